"""The page of the phone pays: it opens the sheet only with parameters that the merchant signed."""

import secrets
from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from graphql import parse, validate

from api.schema import SCHEMA
from sandbox.wechat.pay.mall_orders import (
    ADD_ADDRESS,
    ADD_TO_CART,
    ADDRESSES,
    ORDERS,
    PAY,
    PLACE,
    PRODUCTS,
    QUOTE,
    REMOVE,
)
from tests.sandbox.pay_client import NUMBER, Merchant, private, signature
from tests.sandbox.stub_mall import ACCESS_TOKEN, StubMall, phone_of
from tests.wechat import APP_ID


@pytest.fixture
def mall() -> StubMall:
    return StubMall()


@pytest.fixture
async def phone(merchant: Merchant, mall: StubMall) -> AsyncGenerator[httpx.AsyncClient]:
    """The page's own calls."""
    async with phone_of(merchant.wechat.world, mall) as client:
        yield client


def signed(merchant: Merchant, prepay_id: str, **changes: str) -> dict[str, str]:
    """What the mini-program hands to ``wx.requestPayment``, but for the changes after signing."""
    given = {
        "timeStamp": str(int(merchant.wechat.world.clock().timestamp())),
        "nonceStr": secrets.token_hex(16),
        "package": f"prepay_id={prepay_id}",
    }
    message = "".join(f"{part}\n" for part in (APP_ID, *given.values())).encode()
    pay_sign = signature(private(merchant.wechat.pay.keys.merchant_key), message)
    return given | {"signType": "RSA", "paySign": pay_sign} | changes


async def prepaid(merchant: Merchant) -> str:
    return (await merchant.prepay()).json()["prepay_id"]


async def open_sheet(
    phone: httpx.AsyncClient, parameters: object, person: str = "李雷"
) -> httpx.Response:
    body = {"person": person, "parameters": parameters}
    return await phone.post("/phone/pay/sheet", json=body)


async def test_a_person_sees_what_they_can_pay_and_pays_it(
    merchant: Merchant, phone: httpx.AsyncClient
):
    merchant.wechat.person("韩梅梅")
    await merchant.prepay()
    (order,) = (await phone.get("/phone/pay/orders", params={"person": "李雷"})).json()
    others = (await phone.get("/phone/pay/orders", params={"person": "韩梅梅"})).json()
    body = {"person": "李雷", "out_trade_no": NUMBER}

    left = (await phone.post("/phone/pay/cancel", json=body)).json()
    paid = (await phone.post("/phone/pay/pay", json=body)).json()

    assert (order["out_trade_no"], order["description"]) == (NUMBER, "小鱼 · 白茶")
    assert (order["total"], others) == (100, [])
    assert order["seconds_left"] == pytest.approx(7 * 86_400, abs=30)
    assert left == {"errMsg": "requestPayment:fail cancel"}
    assert paid == {"errMsg": "requestPayment:ok"}
    assert (await phone.get("/phone/pay/orders", params={"person": "李雷"})).json() == []
    assert (await merchant.query()).json()["trade_state"] == "SUCCESS"


async def test_the_sheet_opens_with_what_the_merchant_signed(
    merchant: Merchant, phone: httpx.AsyncClient
):
    opened = await open_sheet(phone, signed(merchant, await prepaid(merchant)))

    assert opened.status_code == 200
    assert opened.json()["out_trade_no"] == NUMBER


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"paySign": "AAAA"}, "paySign does not verify"),
        ({"nonceStr": "another"}, "paySign does not verify"),
        ({"timeStamp": "1700000000"}, "paySign does not verify"),
        ({"package": "prepay_id=another"}, "paySign does not verify"),
        ({"package": "another"}, "package has to be"),
        ({"timeStamp": "soon"}, "timeStamp has to be"),
        ({"timeStamp": 1700000000}, "Expected `str`"),
        ({"nonceStr": "x" * 33}, "nonceStr has 1 to 32"),
        ({"signType": "MD5"}, "signType has to be RSA"),
    ],
)
async def test_the_sheet_says_why_it_does_not_open(
    merchant: Merchant, phone: httpx.AsyncClient, change: dict[str, Any], reason: str
):
    parameters = signed(merchant, await prepaid(merchant), **change)

    refused = await open_sheet(phone, parameters)

    assert refused.status_code == 400
    assert reason in refused.json()["error"]


async def test_the_sheet_opens_for_the_payer_while_the_order_can_be_paid(
    merchant: Merchant, phone: httpx.AsyncClient
):
    merchant.wechat.person("韩梅梅")
    prepay_id = await prepaid(merchant)
    unknown = await open_sheet(phone, signed(merchant, "wx-never-given"))
    another = await open_sheet(phone, signed(merchant, prepay_id), "韩梅梅")
    merchant.wechat.pass_time(timedelta(hours=2))
    old = await open_sheet(phone, signed(merchant, prepay_id))
    fresh = signed(merchant, await prepaid(merchant))
    merchant.wechat.pay.pay(NUMBER)
    paid = await open_sheet(phone, fresh)

    reasons = [each.json()["error"] for each in (unknown, another, old, paid)]
    assert ["no such prepay_id" in reasons[0], "Somebody else" in reasons[1]] == [True, True]
    assert ["older than two hours" in reasons[2], "paid already" in reasons[3]] == [True, True]


async def test_the_members_orders_are_listed_and_one_is_asked_to_be_paid(
    phone: httpx.AsyncClient, mall: StubMall
):
    mall.fields = {"orders": {"edges": []}, "payOrder": {"__typename": "OrderPayable"}}
    member = {"access_token": ACCESS_TOKEN}

    listed = (await phone.post("/phone/pay/mall-orders", json=member)).json()
    payable = (await phone.post("/phone/pay/mall-pay", json=member | {"order_id": "o1"})).json()

    assert listed["body"] == {"data": {"orders": {"edges": []}}}
    assert payable["body"]["data"]["payOrder"] == {"__typename": "OrderPayable"}
    assert mall.given("payOrder")["orderId"] == "o1"
    assert UUID(mall.given("payOrder")["requestId"])


async def test_the_first_thing_in_stock_is_bought_by_whoever_has_no_address_yet(
    phone: httpx.AsyncClient, mall: StubMall
):
    variants = [{"id": "v1", "isInStock": False}, {"id": "v2", "isInStock": True}]
    mall.fields = {
        "products": {"edges": [{"node": {"variants": variants}}]},
        "addresses": [],
        "createAddress": {},
        "addToCart": {"lineId": "l1"},
        "quote": {"token": "q1", "obstacles": []},
        "placeOrder": {"__typename": "OrderPlaced", "orderId": "o1"},
    }

    placed = await phone.post("/phone/pay/mall-buy", json={"access_token": ACCESS_TOKEN})

    assert placed.json()["body"]["data"]["placeOrder"]["orderId"] == "o1"
    assert mall.given("createAddress")["isDefault"] is True
    assert mall.given("addToCart")["variantId"] == "v2"
    assert mall.given("quote") == {"lineIds": ["l1"]}
    assert mall.given("placeOrder")["quote"] == "q1"


async def test_what_is_in_the_way_of_so_many_units_is_told_and_leaves_the_cart(
    phone: httpx.AsyncClient, mall: StubMall
):
    obstacle = {"obstacle": "OUT_OF_STOCK", "message": "There are not so many units."}
    mall.fields = {
        "products": {"edges": [{"node": {"variants": [{"id": "v1", "isInStock": True}]}}]},
        "addresses": [{"id": "a1"}],
        "addToCart": {"lineId": "l1"},
        "quote": {"token": None, "obstacles": [obstacle]},
        "removeCartLines": {},
    }
    wanted = {"access_token": ACCESS_TOKEN, "units": 999}

    refused = await phone.post("/phone/pay/mall-buy", json=wanted)

    assert refused.json()["body"]["data"]["quote"]["obstacles"] == [obstacle]
    assert mall.given("addToCart")["units"] == 999
    assert mall.given("removeCartLines")["lineIds"] == ["l1"]


async def test_that_nothing_is_in_stock_is_told(phone: httpx.AsyncClient, mall: StubMall):
    mall.fields = {"products": {"edges": []}}

    answer = await phone.post("/phone/pay/mall-buy", json={"access_token": ACCESS_TOKEN})

    assert answer.json() == {"status": 200, "body": {"data": mall.fields}}


@pytest.mark.parametrize(
    "document",
    [ORDERS, PAY, PRODUCTS, ADDRESSES, ADD_ADDRESS, ADD_TO_CART, REMOVE, QUOTE, PLACE],
)
def test_what_it_asks_the_mall_fits_the_schema(document: str):
    assert validate(SCHEMA, parse(document)) == []
