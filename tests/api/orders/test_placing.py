"""From a cart to an order over HTTP, by trusted documents."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from domain.catalog.models import Variant
from domain.kernel.db import Database
from domain.kernel.money import Money
from domain.kernel.settings import Settings
from domain.orders.cart.models import CartLine
from domain.orders.models import Order
from domain.stock.models import StockLevel
from tests import make, make_orders
from tests.api.client import Api, running_api, statements_run
from tests.api.oauth.desk import as_member
from tests.domain.addresses import homes
from tests.domain.orders.buying import Shop, a_shop, in_cart
from tests.patience import until_somebody_waits_for_a_lock


class Buyer:
    """A member with an address, and what they do over HTTP."""

    def __init__(self, api: Api, member_id: UUID, headers: dict[str, str]) -> None:
        self.api, self.member_id, self.headers = api, member_id, headers

    async def quote(self, **wanted: object) -> Any:
        """What the selected lines cost."""
        answer = await self.api.run("miniprogram/Quote", self.headers, input=wanted)
        return answer["data"]["quote"]

    async def place(self, token: str, request_id: UUID | None = None, **more: object) -> Any:
        """Order what was quoted."""
        given = {"requestId": str(request_id or make.an_id()), "quote": token, **more}
        return await self.api.run("miniprogram/OrderPlace", self.headers, input=given)

    async def cancel(self, order_id: str, request_id: UUID | None = None) -> Any:
        """Close an order."""
        given = {"requestId": str(request_id or make.an_id()), "orderId": order_id}
        answer = await self.api.run("miniprogram/OrderCancel", self.headers, input=given)
        return answer["data"]["cancelOrder"]


async def a_buyer(api: Api, database: Database) -> Buyer:
    """A member who is signed in and has a default address."""
    async with database.writes.begin() as session:
        member_id = await make_orders.a_member(session)
    await homes.add(database, member_id)
    return Buyer(api, member_id, await as_member(api, database, member_id))


@pytest.fixture
async def shop(database: Database) -> Shop:
    """Fifty units of one variant in a warehouse."""
    return await a_shop(database)


async def test_a_member_quotes_orders_and_cancels(api: Api, database: Database, shop: Shop):
    buyer = await a_buyer(api, database)
    await in_cart(database, buyer.member_id, shop.variants[0], 2)

    quote = await buyer.quote()
    assert (quote["payable"], quote["obstacles"]) == (31_600, [])
    (line,) = quote["lines"]
    assert (line["units"], line["unitPrice"], line["listTotal"]) == (2, 15_800, 31_600)

    answer = await buyer.place(quote["token"], note=" 请轻放 ")
    placed = answer["data"]["placeOrder"]
    assert (placed["__typename"], placed["payable"]) == ("OrderPlaced", 31_600)
    assert len(placed["number"]) == 18

    cancelled = await buyer.cancel(placed["orderId"])
    assert cancelled == {"__typename": "OrderCancelled", "orderId": placed["orderId"]}
    async with database.writes() as session:
        assert await session.scalar(select(StockLevel.held)) == 0
        assert await session.scalar(select(Order.member_note)) == "请轻放"
        assert await session.scalar(select(func.count()).select_from(CartLine)) == 0


async def test_one_request_that_comes_many_times_is_one_order_with_equal_answers(
    api: Api, database: Database, shop: Shop
):
    buyer = await a_buyer(api, database)
    await in_cart(database, buyer.member_id, shop.variants[0])
    token, request_id = (await buyer.quote())["token"], make.an_id()
    answers = await asyncio.gather(*(buyer.place(token, request_id) for _ in range(8)))
    later = await buyer.place(token, request_id)
    assert all(answer == later for answer in answers)
    assert later["data"]["placeOrder"]["__typename"] == "OrderPlaced"
    async with database.writes() as session:
        assert await session.scalar(select(func.count()).select_from(Order)) == 1

    reused = await buyer.place(token, request_id, note="另一个")
    assert reused["errors"][0]["extensions"]["code"] == "KEY_REUSED"


async def test_a_change_since_the_quote_is_told_in_the_callers_language(
    api: Api, database: Database, shop: Shop
):
    buyer = await a_buyer(api, database)
    line_id = await in_cart(database, buyer.member_id, shop.variants[0])
    token, request_id = (await buyer.quote())["token"], make.an_id()
    async with database.writes.begin() as session:
        await session.execute(update(Variant).values(price_fen=Money(16_800)))
    told = (await buyer.place(token, request_id))["data"]["placeOrder"]
    (change,) = told["changes"]
    assert told["__typename"] == "QuoteChanged"
    assert (change["kind"], change["before"], change["now"]) == ("PRICE", 15_800, 16_800)
    assert change["lineId"].endswith(line_id.hex)
    buyer.headers["accept-language"] = "zh-CN"
    told = (await buyer.place(token, request_id))["data"]["placeOrder"]
    assert told["changes"][0]["message"] == "价格由 ¥158.00 变为 ¥168.00。"
    assert (await buyer.quote())["payable"] == 16_800


async def test_a_quote_of_somebody_else_or_of_nobody_is_none(
    api: Api, database: Database, shop: Shop
):
    buyer, thief = await a_buyer(api, database), await a_buyer(api, database)
    await in_cart(database, buyer.member_id, shop.variants[0])
    token = (await buyer.quote())["token"]
    for forged in (token, token[:-8] + "AAAAAAA=", "", "no quote", "é" * 50_000):
        answer = await thief.place(forged)
        assert answer["errors"][0]["extensions"]["code"] == "BAD_INPUT"
    placed = (await buyer.place(token))["data"]["placeOrder"]
    stolen = await thief.cancel(placed["orderId"])
    unknown = await thief.cancel(f"order_{make.an_id().hex}")
    assert stolen == unknown
    assert stolen["__typename"] == "OrderUnavailable"


async def test_a_quote_says_what_is_in_the_way(api: Api, database: Database, shop: Shop):
    buyer = await a_buyer(api, database)
    empty = await buyer.quote()
    assert [each["obstacle"] for each in empty["obstacles"]] == ["NOTHING_SELECTED"]
    assert empty["token"] is None
    await in_cart(database, buyer.member_id, shop.variants[0], 51)
    buyer.headers["accept-language"] = "zh-CN"
    short = await buyer.quote()
    (obstacle,) = short["obstacles"]
    assert obstacle["message"] == "库存不足，仅剩 50 件。"
    assert (obstacle["obstacle"], obstacle["available"]) == ("OUT_OF_STOCK", 50)
    assert (short["payable"], short["token"]) == (51 * 15_800, None)
    nowhere = await buyer.quote(delivery="PICK_UP")
    assert [each["obstacle"] for each in nowhere["obstacles"]] == ["NO_PICK_UP"]
    # What nobody can price costs no amount, and not nothing.
    for unpriced in (empty, nowhere):
        assert [unpriced[each] for each in ("listTotal", "discountTotal", "payable")] == [None] * 3


async def test_a_quote_costs_two_statements_however_many_lines(api: Api, database: Database):
    shop = await a_shop(database, prices_fen=(100,) * 30)
    buyer = await a_buyer(api, database)
    for number, variant in enumerate(shop.variants):
        await in_cart(database, buyer.member_id, variant)
        if number in {0, 29}:
            before = statements_run()
            assert (await buyer.quote())["payable"] == 100 * (number + 1)
            assert statements_run() - before == 2


async def test_a_crowd_that_waits_for_its_orders_lets_others_browse(
    settings: Settings, database: Database, shop: Shop
):
    narrow = settings.model_copy(update={"browse_running": 1, "browse_waiting": 0})
    async with running_api(narrow) as api:
        buyers = [await a_buyer(api, database) for _ in range(4)]
        for buyer in buyers:
            await in_cart(database, buyer.member_id, shop.variants[0])
        tokens = [(await buyer.quote())["token"] for buyer in buyers]
        async with database.writes.begin() as session:
            await session.execute(select(StockLevel.held).with_for_update())
            ordering = [
                asyncio.create_task(buyer.place(token))
                for buyer, token in zip(buyers, tokens, strict=True)
            ]
            await until_somebody_waits_for_a_lock(database)
            page = await api.run("miniprogram/ProductList", first=1)
        placed = await asyncio.gather(*ordering)
    assert page["data"]["products"]["edges"]
    typenames = [answer["data"]["placeOrder"]["__typename"] for answer in placed]
    assert typenames == ["OrderPlaced"] * 4
