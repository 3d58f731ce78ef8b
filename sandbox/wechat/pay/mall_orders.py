"""Orders at the mall, as the mini-program places, lists and pays them."""

from collections.abc import Callable, Mapping
from typing import TypeVar

import msgspec
from msgspec import Struct

from sandbox.wechat.mall import Answer, Mall

ORDERS = """
{
  orders(first: 10) {
    edges { node { id number status payBy payable lines { productTitle units } } }
  }
}
"""
PAY = """
mutation PayOrder($input: PayOrderInput!) {
  payOrder(input: $input) {
    __typename
    ... on OrderPayable {
      orderId
      number
      payBy
      requestPayment { timeStamp nonceStr package signType paySign }
    }
    ... on OrderIsPaid { orderId number }
    ... on Refusal { message }
  }
}
"""
PRODUCTS = "{ products(first: 20) { edges { node { variants { id isInStock } } } } }"
ADDRESSES = "{ addresses { id } }"
ADD_ADDRESS = """
mutation CreateAddress($input: CreateAddressInput!) {
  createAddress(input: $input) { __typename ... on Refusal { message } }
}
"""
ADD_TO_CART = """
mutation AddToCart($input: AddToCartInput!) {
  addToCart(input: $input) {
    __typename
    ... on CartLineAdded { lineId }
    ... on Refusal { message }
  }
}
"""
REMOVE = """
mutation RemoveCartLines($input: RemoveCartLinesInput!) {
  removeCartLines(input: $input) { __typename ... on Refusal { message } }
}
"""
QUOTE = """
query Quote($input: QuoteInput!) {
  quote(input: $input) { token obstacles { obstacle message } }
}
"""
PLACE = """
mutation PlaceOrder($input: PlaceOrderInput!) {
  placeOrder(input: $input) {
    __typename
    ... on OrderPlaced { orderId number payBy }
    ... on Refusal { message }
  }
}
"""
_ADDRESS = {
    "recipient": "演示",
    "phone": "+8613800138000",
    "regionCode": "310115",
    "detail": "世纪大道 1 号",
    "isDefault": True,
}
_MOST_TRIED = 20
NewRequestId = Callable[[], str]
_DataT = TypeVar("_DataT")


class _Variant(Struct, rename="camel"):
    id: str
    is_in_stock: bool


class _Product(Struct):
    variants: list[_Variant]


class _Edge(Struct):
    node: _Product


class _Edges(Struct):
    edges: list[_Edge]


class _Products(Struct):
    products: _Edges


class _Address(Struct):
    id: str


class _Addresses(Struct):
    addresses: list[_Address]


class _Line(Struct, rename="camel"):
    line_id: str | None = None


class _Added(Struct, rename="camel"):
    add_to_cart: _Line


class _Quote(Struct):
    token: str | None


class _Quoted(Struct):
    quote: _Quote


async def orders_of(mall: Mall, token: str, language: str) -> Answer:
    """Return the member's last orders and how far they have come."""
    return await mall.ask({"query": ORDERS}, token, language)


async def pay_order(
    mall: Mall, token: str, language: str, order_id: str, *, new_request_id: NewRequestId
) -> Answer:
    """Ask the mall for what the sheet of an order is opened with."""
    given = {"requestId": new_request_id(), "orderId": order_id}
    return await mall.ask({"query": PAY, "variables": {"input": given}}, token, language)


async def buy(
    mall: Mall, token: str, language: str, units: int, *, new_request_id: NewRequestId
) -> Answer:
    """Order units of the first thing that can be delivered; answers with what was said last.

    Whoever has no address gets one. What is in stock in stores alone cannot be delivered: the next
    few are tried.
    """
    buying = _Buying(mall, token, language, new_request_id)
    said = await buying.ask(PRODUCTS)
    variants = _in_stock(said)
    addresses = await buying.ask(ADDRESSES)
    known = _data(addresses, _Addresses)
    if known and not known.addresses:
        await buying.change(ADD_ADDRESS, _ADDRESS)
    for variant in variants[:_MOST_TRIED]:
        said = added = await buying.change(ADD_TO_CART, {"variantId": variant, "units": units})
        line = _data(added, _Added)
        if not line or not line.add_to_cart.line_id:
            continue
        said = await buying.ask(QUOTE, {"lineIds": [line.add_to_cart.line_id]})
        quote = _data(said, _Quoted)
        if quote and quote.quote.token:
            return await buying.change(PLACE, {"quote": quote.quote.token})
        await buying.ask(REMOVE, {"lineIds": [line.add_to_cart.line_id]})
    return said


class _Buying:
    def __init__(self, mall: Mall, token: str, language: str, new_request_id: NewRequestId) -> None:
        self._mall = mall
        self._token = token
        self._language = language
        self._new_request_id = new_request_id

    async def ask(self, query: str, given: Mapping[str, object] | None = None) -> Answer:
        question: dict[str, object] = {"query": query}
        if given is not None:
            question["variables"] = {"input": given}
        return await self._mall.ask(question, self._token, self._language)

    async def change(self, mutation: str, given: Mapping[str, object]) -> Answer:
        return await self.ask(mutation, {"requestId": self._new_request_id(), **given})


def _in_stock(answer: Answer) -> list[str]:
    data = _data(answer, _Products)
    edges = data.products.edges if data else []
    variants = [variant for edge in edges for variant in edge.node.variants]
    return [variant.id for variant in variants if variant.is_in_stock]


def _data(answer: Answer, type_: type[_DataT]) -> _DataT | None:
    """Read the data of an answer; None where it is not what was asked for."""
    try:
        body = msgspec.convert(answer.body, dict[str, object])
        return msgspec.convert(body.get("data"), type_)
    except msgspec.ValidationError:
        return None
