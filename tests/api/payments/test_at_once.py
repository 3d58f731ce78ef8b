"""Notices in any number and order, and paying and closing at one moment, over HTTP.

Small forms in the suite; `--soak` runs five hundred notices and two hundred rounds.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from pathlib import Path
from random import Random
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import SecretStr

from domain.kernel.db import Database
from domain.kernel.settings import Settings
from domain.orders.models import OrderHistory
from domain.orders.words import OrderStatus
from domain.payments.models import PaymentAttempt, PaymentNotice, PaymentRefund
from domain.payments.ports import RefundWish
from domain.payments.words import NoticeOutcome
from sandbox.wechat.pay.cashier import NotPayable
from sandbox.wechat.pay.desk import Delivery
from sandbox.wechat.pay.orders import TradeState
from tests.api.orders.test_placing import Buyer
from tests.api.payments.malls import PayingMall, number_of, paying_mall
from tests.domain.members.people import rows
from tests.domain.orders.buying import Shop, a_shop
from tests.faults.deadlines import let_deadlines_pass, let_gateways_be_asked
from tests.faults.proxy import Proxy
from tests.settled import agrees_with_the_gateway, settled
from tests.wechat import FakeWeChat
from tests.wechat_pay import QUERY_REFUND, REFUND

pytestmark = pytest.mark.usefixtures("redis")
AT_ONCE, TIMES = 16, 5
PATIENCE_SECONDS = 60.0
LONGEST_SECONDS = 5.0
"""How long WeChat Pay waits for an answer."""


@pytest.fixture
async def mall(
    settings: Settings, wechat: FakeWeChat, database: Database
) -> AsyncGenerator[PayingMall]:
    """A mall that takes money and lives by real time."""
    async with paying_mall(settings, wechat, database) as mall:
        yield mall


@pytest.fixture
async def shop(database: Database) -> Shop:
    """A thousand units of a variant."""
    return await a_shop(database, units=1_000)


async def begun(mall: PayingMall, buyer: Buyer, shop: Shop) -> tuple[str, str]:
    """An order that can be paid, by its public id, and what the gateway calls it."""
    order = await mall.order(buyer, shop)
    payable = await mall.begin(buyer, order)
    assert payable["__typename"] == "OrderPayable", payable
    return order, number_of(payable)


async def test_notices_five_times_each_in_any_order_pay_each_order_once(
    mall: PayingMall, shop: Shop, database: Database, *, is_soak: bool
):
    orders = 500 if is_soak else 12
    buyer = await mall.a_buyer()
    numbers = [(await begun(mall, buyer, shop))[1] for _ in range(orders)]
    mall.pay.trick("silent", times=orders)
    for number in numbers:
        mall.pay.pay(number)

    delivered = await told_in_any_order(mall, numbers, Random(4))

    assert len(delivered) == TIMES * orders
    assert {each.status for each in delivered} == {204}
    assert max(each.seconds for each in delivered) < LONGEST_SECONDS
    history = Counter(each.to_status for each in await rows(database, OrderHistory))
    assert history == {OrderStatus.PENDING_PAYMENT: orders, OrderStatus.PAID: orders}
    found = await settled(database)
    agrees_with_the_gateway(found, mall.pay.desk.orders)
    assert Counter(each.status for each in found.values()) == {OrderStatus.PAID: orders}


async def told_in_any_order(mall: PayingMall, numbers: list[str], random: Random) -> list[Delivery]:
    """Each notice five times, shuffled, up to sixteen at once; how each was answered."""
    left = numbers * TIMES
    random.shuffle(left)
    delivered: list[Delivery] = []
    while left:
        for number in left[:AT_ONCE]:
            mall.pay.resend(number)
        del left[:AT_ONCE]
        await mall.pay.settled()
        delivered += mall.pay.deliveries
        mall.pay.desk.deliveries.clear()
    return delivered


async def pay(mall: PayingMall, number: str, *, after: float | None) -> bool:
    """Let the payer pay after so many seconds, or as soon as it is too late; whether they could."""
    if after is None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while mall.pay.order(number).state is not TradeState.CLOSED:
                await asyncio.sleep(0.001)
    else:
        await asyncio.sleep(after)
    try:
        mall.pay.pay(number)
    except NotPayable:
        return False
    return True


def moments(random: Random) -> tuple[float, float | None, float]:
    """Three payers: one who is first, one who is last, and one who may be either."""
    return 0.0, None, random.uniform(0.0, 0.08)


async def test_paying_and_cancelling_at_one_moment_end_the_same_way_for_all(
    mall: PayingMall, shop: Shop, database: Database, *, is_soak: bool
):
    """Whoever was first, the order is paid and held, or closed, given back and not payable."""
    random, outcomes = Random(6), Counter[tuple[bool, str]]()
    buyer = await mall.a_buyer()
    for _ in range(33 if is_soak else 1):
        for after in moments(random):
            order, number = await begun(mall, buyer, shop)
            is_paid, cancelled = await asyncio.gather(
                pay(mall, number, after=after), buyer.cancel(order)
            )
            await mall.pay.settled()
            assert (await mall.status(order) == "PAID") is is_paid
            outcomes[is_paid, cancelled["__typename"]] += 1
    assert set(outcomes) == {(True, "OrderNotOpen"), (False, "OrderCancelled")}
    found = await settled(database)
    agrees_with_the_gateway(found, mall.pay.desk.orders)
    assert not any(each.refunds for each in found.values())


async def let_time_pass(database: Database) -> None:
    """Bring the deadlines of all open orders, and of what their gateway is asked about."""
    await let_deadlines_pass(database)
    await let_gateways_be_asked(database)


async def test_paying_at_the_deadline_ends_the_same_way_for_all(
    mall: PayingMall, shop: Shop, database: Database, *, is_soak: bool
):
    """Two workers close what is due while all of its payers pay."""
    random, paid = Random(7), Counter[bool]()
    buyer = await mall.a_buyer()
    for _ in range(11 if is_soak else 1):
        numbers = [(await begun(mall, buyer, shop))[1] for _ in range(9 if is_soak else 3)]
        await let_time_pass(database)
        paying = [
            pay(mall, number, after=after)
            for first in range(0, len(numbers), 3)
            for number, after in zip(numbers[first : first + 3], moments(random), strict=True)
        ]
        *could, _, _ = await asyncio.gather(*paying, mall.sweep(), mall.sweep())
        await mall.pay.settled()
        await let_gateways_be_asked(database)
        await mall.sweep()
        found = await settled(database)
        assert [found[each].status for each in numbers] == [
            OrderStatus.PAID if is_paid else OrderStatus.CLOSED for is_paid in could
        ]
        paid.update(bool(each) for each in could)
    assert set(paid) == {True, False}
    found = await settled(database)
    agrees_with_the_gateway(found, mall.pay.desk.orders)
    assert not any(each.refunds for each in found.values())


def pay_all_the_same(mall: PayingMall, number: str) -> None:
    """Let somebody pay what the gateway has closed."""
    mall.pay.order(number).state = TradeState.NOTPAY
    mall.pay.pay(number)


async def test_money_that_a_gateway_takes_once_it_has_closed_is_an_orders_or_goes_back(
    mall: PayingMall, database: Database, *, is_soak: bool
):
    """No gateway should; here payers pay at the moment at which the mall gives units back.

    What the others of them wanted has somebody else by the time at which they pay.
    """
    orders, random = (66 if is_soak else 4), Random(8)
    scarce = await a_shop(database, units=orders)
    buyer, rival = await mall.a_buyer(), await mall.a_buyer("韩梅梅")
    numbers = [(await begun(mall, buyer, scarce))[1] for _ in range(orders)]
    soon, late = numbers[: orders // 2], numbers[orders // 2 :]

    async def pay_soon(number: str) -> None:
        assert not await pay(mall, number, after=None)
        await asyncio.sleep(random.uniform(0.0, 0.05))
        pay_all_the_same(mall, number)

    await let_time_pass(database)
    await asyncio.gather(*map(pay_soon, soon), mall.sweep(), mall.sweep())
    await mall.pay.settled()
    await mall.order(rival, scarce, len(late))
    for number in late:
        pay_all_the_same(mall, number)
    await mall.pay.settled()
    async with asyncio.timeout(PATIENCE_SECONDS):
        while any(each.finished_at is None for each in await rows(database, PaymentRefund)):
            await let_gateways_be_asked(database)
            await asyncio.gather(mall.sweep(), mall.sweep())

    found = await settled(database)
    agrees_with_the_gateway(found, mall.pay.desk.orders)
    kept, back = [found[each] for each in soon], [found[each] for each in late]
    assert {(each.status, each.refunds) for each in kept} == {(OrderStatus.PAID, 0)}
    assert {(each.status, each.refunds) for each in back} == {(OrderStatus.CLOSED, 1)}
    assert all(each.went_back_fen == each.came_in_fen > 0 for each in back)


async def test_notices_of_a_payment_and_its_refund_in_any_order_are_taken_in_once(
    mall: PayingMall, database: Database
):
    """The answer to the refund is lost: a notice tells of it, and others of the payment after."""
    scarce = await a_shop(database, units=1)
    order, number = await begun(mall, await mall.a_buyer(), scarce)
    await let_time_pass(database)
    await mall.sweep()
    await mall.order(await mall.a_buyer("韩梅梅"), scarce)
    pay_all_the_same(mall, number)
    await mall.pay.settled()
    mall.wechat.fail(REFUND, "lost", seconds=0)
    await mall.sweep()
    mall.pay.desk.deliveries.clear()
    for _ in range(2):
        mall.pay.resend(number, 2, refund=f"{number}-R1")
        mall.pay.resend(number, 2)
        await mall.pay.settled()
    assert {each.status for each in mall.pay.deliveries} == {204}
    assert await mall.status(order) == "CLOSED"
    found = await settled(database)
    agrees_with_the_gateway(found, mall.pay.desk.orders)
    assert (found[number].went_back_fen, found[number].refunds) == (15_800, 1)
    assert mall.wechat.calls(QUERY_REFUND) == []


async def test_a_refund_that_comes_before_its_payment_is_left_to_people(
    mall: PayingMall, shop: Shop, database: Database
):
    """Somebody has given money back at the gateway before the mall heard that it was paid."""
    order, number = await begun(mall, await mall.a_buyer(), shop)
    mall.pay.trick("silent")
    mall.pay.pay(number)
    gateway = mall.sweeps["tools"].gateway
    assert gateway is not None
    await gateway.refund(RefundWish("by-hand", number, 15_800, 15_800, "退款"))
    await mall.pay.settled()
    mall.pay.desk.deliveries.clear()
    mall.pay.resend(number, refund="by-hand")
    await mall.pay.settled()
    assert {each.status for each in mall.pay.deliveries} == {422}
    assert await mall.status(order) == "PENDING_PAYMENT"
    await let_time_pass(database)
    await mall.sweep()
    assert await mall.status(order) == "CLOSED"
    found = (await settled(database))[number]
    assert (found.came_in_fen, found.refunds) == (0, 0)
    outcomes = {each.outcome for each in await rows(database, PaymentNotice)}
    assert outcomes == {NoticeOutcome.UNKNOWN}


async def test_paying_needs_no_valkey(
    settings: Settings, wechat: FakeWeChat, database: Database, shop: Shop, redis_url: str
):
    """Emptied and then gone between an order and its payment, it is not missed."""
    parts = urlsplit(redis_url)
    proxy = Proxy(Path(parts.path), seed=5)
    url = f"redis://127.0.0.1:{proxy.port}/{parse_qs(parts.query)['db'][0]}"
    given = settings.model_copy(update={"redis_url": SecretStr(url)})
    async with proxy.running(), paying_mall(given, wechat, database) as mall:
        buyer = await mall.a_buyer()
        order = await mall.order(buyer, shop)
        proxy.is_away = True
        await proxy.cut()
        payable = await mall.begin(buyer, order)
        mall.pay.pay(number_of(payable))
        await mall.pay.settled()
        assert await mall.status(order) == "PAID"
        other, number = await begun(mall, buyer, shop)
        assert (await buyer.cancel(other))["__typename"] == "OrderCancelled"
        assert mall.pay.order(number).state is TradeState.CLOSED
    agrees_with_the_gateway(await settled(database), wechat.pay.desk.orders)
    assert len(await rows(database, PaymentAttempt)) == 2
