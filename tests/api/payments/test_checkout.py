"""A whole purchase over HTTP, from signing in to paid, at the fake WeChat Pay."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta

import pytest

from domain.kernel.clock import system_clock
from domain.kernel.db import Database
from domain.kernel.settings import Settings
from domain.orders.models import Order, OrderHistory
from domain.payments.models import PaymentAttempt, PaymentNotice, PaymentRefund
from domain.payments.words import AttemptStatus, RefundStatus
from domain.stock.models import StockLevel
from sandbox.wechat.pay.orders import TradeState
from tests import make
from tests.api.client import Api
from tests.api.payments.malls import PayingMall, number_of, paying_mall
from tests.domain.members.people import rows
from tests.domain.orders.buying import Shop, a_shop
from tests.domain.payments.tills import Clock
from tests.wechat import FakeWeChat
from tests.wechat_pay import CLOSE, PREPAY, QUERY, REFUND

pytestmark = pytest.mark.usefixtures("redis")
PAY_WITHIN = timedelta(minutes=30, seconds=1)


@pytest.fixture
def clock() -> Clock:
    """The mall's clock: real time, until a test sets it ahead."""
    return Clock(system_clock())


@pytest.fixture
async def mall(
    settings: Settings, wechat: FakeWeChat, database: Database, clock: Clock
) -> AsyncGenerator[PayingMall]:
    """A mall that takes money."""
    async with paying_mall(settings, wechat, database, clock) as mall:
        yield mall


@pytest.fixture
async def shop(database: Database) -> Shop:
    """Two hundred units of a variant."""
    return await a_shop(database, units=200)


async def test_a_member_signs_in_buys_and_pays(mall: PayingMall, shop: Shop, database: Database):
    buyer = await mall.a_buyer()
    order = await mall.order(buyer, shop, 2)
    payable = await mall.begin(buyer, order)
    assert payable["__typename"] == "OrderPayable", payable
    assert payable["amount"] == 31_600
    sheet = payable["requestPayment"]
    assert sheet["package"].startswith("prepay_id=")
    assert sheet["signType"] == "RSA"

    mall.pay.pay(number_of(payable))
    await mall.pay.settled()

    assert await mall.status(order) == "PAID"
    assert [each.status for each in mall.pay.deliveries] == [204]
    again = await mall.begin(buyer, order)
    assert again == {"__typename": "OrderIsPaid", "orderId": order, "number": payable["number"]}
    detail = await mall.api.run("miniprogram/OrderDetail", buyer.headers, id=order)
    told = detail["data"]["order"]
    assert told["timeline"][-1]["text"] == "订单已通过微信支付付款。"
    assert told["paidAt"] is not None
    assert {each["status"] for each in told["payments"]} == {"PAID"}
    late = await buyer.cancel(order)
    assert late["__typename"] == "OrderNotOpen"
    (level,) = await rows(database, StockLevel)
    assert (level.on_hand, level.held) == (200, 2)


async def test_the_same_request_begins_nothing_twice(mall: PayingMall, shop: Shop):
    buyer = await mall.a_buyer()
    order, request_id = await mall.order(buyer, shop), make.an_id()
    answers = await asyncio.gather(*(mall.begin(buyer, order, request_id) for _ in range(6)))
    more = [await mall.begin(buyer, order), *answers]
    assert {each["requestPayment"]["package"] for each in more} == {
        more[0]["requestPayment"]["package"]
    }
    (attempt,) = await rows(mall.database, PaymentAttempt)
    assert attempt.status is AttemptStatus.PREPAID


async def test_nobody_pays_for_somebody_elses_order(mall: PayingMall, shop: Shop):
    order = await mall.order(await mall.a_buyer(), shop)
    stranger = await mall.a_buyer("韩梅梅")
    assert (await mall.begin(stranger, order))["__typename"] == "OrderUnavailable"
    refused = await stranger.cancel(order)
    assert refused["__typename"] == "OrderUnavailable"


async def test_an_order_of_nothing_is_paid_by_the_same_road(mall: PayingMall, database: Database):
    free = await a_shop(database, prices_fen=(0,))
    buyer = await mall.a_buyer()
    order = await mall.order(buyer, free)
    paid = await mall.begin(buyer, order)
    assert paid["__typename"] == "OrderIsPaid", paid
    assert await mall.status(order) == "PAID"
    assert mall.wechat.calls(PREPAY) == []
    history = await rows(database, OrderHistory)
    assert sorted(each.actor for each in history)[0] == "gateway:free"


@pytest.mark.parametrize("kind", ["forged", "old", "probe", "tampered"])
async def test_what_is_not_what_it_should_be_pays_nothing(
    mall: PayingMall, shop: Shop, clock: Clock, kind: str
):
    buyer = await mall.a_buyer()
    order = await mall.order(buyer, shop)
    payable = await mall.begin(buyer, order)
    mall.pay.trick(kind, instead=True)
    mall.pay.pay(number_of(payable))
    await mall.pay.settled()
    assert await mall.status(order) == "PENDING_PAYMENT"
    assert {each.status for each in mall.pay.deliveries} <= {401, 422}
    # Asked by itself, the gateway says how it is: silence is made up for.
    clock.now += timedelta(minutes=1, seconds=1)
    await mall.sweep()
    assert await mall.status(order) == "PAID"


async def test_a_stranger_posts_what_he_likes_and_nothing_happens(mall: PayingMall):
    for body in (b"", b"{}", b"[]", b"\xff", b'{"id": 1}'):
        answer = await mall.api.http.post("/webhooks/wechat-pay", content=body)
        assert (answer.status_code, answer.json()["code"]) == (401, "FAIL")
    large = await mall.api.http.post("/webhooks/wechat-pay", content=b"x" * 70_000)
    assert large.status_code == 413
    read = await mall.api.http.get("/webhooks/wechat-pay")
    assert (read.status_code, read.headers["allow"]) == (405, "POST")
    assert await rows(mall.database, PaymentNotice) == []


async def test_a_mall_without_a_gateway_says_so(api: Api, mall: PayingMall, shop: Shop):
    """The mall of the other tests, on the same database, takes no money."""
    buyer = await mall.a_buyer()
    order = await mall.order(buyer, shop)
    given = {"requestId": str(make.an_id()), "orderId": order}
    answer = await api.run("miniprogram/OrderPay", buyer.headers, input=given)
    assert answer["data"]["payOrder"]["__typename"] == "PaymentUnavailable"
    posted = await api.http.post("/webhooks/wechat-pay", content=b"{}")
    assert posted.status_code == 404


async def test_a_lost_answer_is_asked_for_again_with_the_same_number(mall: PayingMall, shop: Shop):
    buyer = await mall.a_buyer()
    order = await mall.order(buyer, shop)
    mall.wechat.fail(PREPAY, "lost", seconds=0)
    busy = await mall.begin(buyer, order)
    assert busy["errors"][0]["extensions"]["code"] == "BUSY"
    payable = await mall.begin(buyer, order)
    assert payable["__typename"] == "OrderPayable"
    (attempt,) = await rows(mall.database, PaymentAttempt)
    assert attempt.number == number_of(payable)


async def test_a_cancelled_order_is_closed_at_the_gateway_first(mall: PayingMall, shop: Shop):
    buyer = await mall.a_buyer()
    order = await mall.order(buyer, shop)
    payable = await mall.begin(buyer, order)
    mall.wechat.fail(CLOSE, "busy")
    given = {"requestId": str(make.an_id()), "orderId": order}
    busy = await mall.api.run("miniprogram/OrderCancel", buyer.headers, input=given)
    assert busy["errors"][0]["extensions"]["code"] == "BUSY"
    assert await mall.status(order) == "PENDING_PAYMENT"
    cancelled = await buyer.cancel(order)
    assert cancelled["__typename"] == "OrderCancelled"
    assert mall.pay.order(number_of(payable)).state is TradeState.CLOSED


async def test_what_was_paid_meanwhile_cannot_be_cancelled(mall: PayingMall, shop: Shop):
    buyer = await mall.a_buyer()
    order = await mall.order(buyer, shop)
    payable = await mall.begin(buyer, order)
    mall.pay.trick("silent")
    mall.pay.pay(number_of(payable))
    refused = await buyer.cancel(order)
    assert refused["__typename"] == "OrderNotOpen"
    assert await mall.status(order) == "PAID"


async def test_at_the_deadline_the_gateway_is_closed_first_and_the_units_come_back(
    mall: PayingMall, shop: Shop, clock: Clock, database: Database
):
    buyer = await mall.a_buyer()
    order = await mall.order(buyer, shop)
    payable = await mall.begin(buyer, order)
    clock.now += PAY_WITHIN
    mall.wechat.fail(CLOSE, "busy")
    await mall.sweep()
    assert await mall.status(order) == "PENDING_PAYMENT"
    clock.now += timedelta(seconds=31)
    await mall.sweep()
    assert await mall.status(order) == "CLOSED"
    assert mall.pay.order(number_of(payable)).state is TradeState.CLOSED
    (level,) = await rows(database, StockLevel)
    assert level.held == 0


async def test_what_was_paid_in_silence_is_found_at_the_deadline(
    mall: PayingMall, shop: Shop, clock: Clock
):
    buyer = await mall.a_buyer()
    order = await mall.order(buyer, shop)
    payable = await mall.begin(buyer, order)
    mall.pay.trick("silent")
    mall.pay.pay(number_of(payable))
    clock.now += PAY_WITHIN
    await mall.sweep()
    assert await mall.status(order) == "PAID"


async def test_money_that_comes_after_closing_is_honoured_or_goes_back(
    mall: PayingMall, database: Database, clock: Clock
):
    """The gateway says closed and takes the money all the same, which no gateway should."""
    scarce = await a_shop(database, units=2)
    first = await mall.a_buyer()
    paid_late = await mall.order(first, scarce, 2)
    payable = await mall.begin(first, paid_late)
    clock.now += PAY_WITHIN
    await mall.sweep()
    assert await mall.status(paid_late) == "CLOSED"
    second = await mall.a_buyer("韩梅梅")
    taken = await mall.order(second, scarce, 1)
    mall.pay.order(number_of(payable)).state = TradeState.NOTPAY
    mall.pay.pay(number_of(payable))
    await mall.pay.settled()
    assert await mall.status(paid_late) == "CLOSED"
    mall.wechat.fail(REFUND, "lost", seconds=0)
    await mall.sweep()
    clock.now += timedelta(seconds=31)
    await mall.sweep()
    clock.now += timedelta(minutes=2)
    await mall.sweep()
    (refund,) = await rows(database, PaymentRefund)
    assert (refund.status, refund.amount_fen) == (RefundStatus.SUCCEEDED, 31_600)
    assert await mall.status(taken) == "PENDING_PAYMENT"
    orders = await rows(database, Order)
    assert len(orders) == 2
    assert mall.wechat.calls(QUERY) == []
