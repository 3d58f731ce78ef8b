"""The sweeps over payments, without arq."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

from prometheus_client import REGISTRY
from sqlalchemy import select, update
from structlog.typing import EventDict

from domain.kernel.db import Database
from domain.kernel.outside import OutsideUnavailable
from domain.messages.models import InboxMessage
from domain.messages.words import MessageKind
from domain.orders.models import Order
from domain.orders.placing.deciding import PAYMENT_WINDOW
from domain.orders.refunding.rules import UnitsBack
from domain.orders.words import CloseReason, OrderStatus
from domain.payments.beginning import Begun
from domain.payments.clearing import LONGEST_UNAPPLIED
from domain.payments.models import PaymentAttempt, PaymentNotice
from domain.payments.ports import GatewayState, Notice
from domain.payments.words import AttemptStatus, NoticeOutcome, PaymentProvider
from tests import make
from tests.domain.orders.buying import a_buyer, a_shop, buy
from tests.domain.payments.purchases import EXPIRED, LATER, a_payer, an_order, let_go
from tests.domain.payments.returns import sold
from tests.domain.payments.tills import (
    Clock,
    MemoryGateway,
    a_till,
    attempts,
    begun,
    prepaid,
    statuses,
)
from tests.make import NOON
from workers.orders import close_due_orders
from workers.payments import (
    ask_payments,
    refund_payments,
    watch_clearing,
)
from workers.relay import relay_outbox
from workers.sweeps import forget_payment_notices
from workers.tools import SweepContext, Tools


def worker(database: Database, gateway: MemoryGateway, clock: Clock) -> SweepContext:
    """What a worker's sweeps are handed."""
    store = make.media_folder(Path("/nowhere"))
    return {"tools": Tools(database, clock, store, Random(8), gateway)}


async def test_what_the_gateway_keeps_to_itself_is_asked_for(database: Database):
    gateway, shop, clock = MemoryGateway(), await a_shop(database), Clock()
    member, order = await an_order(database, shop)
    gateway.pay(await prepaid(database, member, order, gateway))
    await ask_payments(worker(database, gateway, clock))
    assert gateway.calls == ["prepay"]
    clock.now += timedelta(minutes=1)
    await ask_payments(worker(database, gateway, clock))
    assert await statuses(database) == [OrderStatus.PAID]
    assert gateway.calls == ["prepay", "query"]


async def test_a_gateway_that_is_away_for_one_keeps_up_no_other(database: Database):
    gateway, shop, clock = MemoryGateway(), await a_shop(database), Clock()
    failed: list[str] = []

    def once(call: str) -> None:
        if call == "close" and not failed:
            failed.append(call)
            raise OutsideUnavailable("away", may_have_happened=False)

    for _ in range(3):
        await prepaid(database, *await an_order(database, shop), gateway)
    gateway.before, clock.now = once, EXPIRED
    await ask_payments(worker(database, gateway, clock))
    await close_due_orders(worker(database, gateway, clock))
    async with database.writes() as session:
        closed = [each.value for each in await session.scalars(select(PaymentAttempt.status))]
        reasons = [*(await session.scalars(select(Order.close_reason)))]
    assert sorted(closed) == [AttemptStatus.CLOSED, AttemptStatus.CLOSED, AttemptStatus.PREPAID]
    assert reasons.count(CloseReason.NOT_PAID_IN_TIME) == 2
    clock.now += timedelta(seconds=31)
    await ask_payments(worker(database, gateway, clock))
    await close_due_orders(worker(database, gateway, clock))
    assert await statuses(database) == [OrderStatus.CLOSED] * 3


async def test_what_costs_nothing_is_paid_although_nobody_asks(database: Database):
    shop = await a_shop(database, prices_fen=(0,))
    await buy(database, await a_buyer(database), shop.variants[0])
    await relay_outbox(worker(database, MemoryGateway(), Clock(LATER)))
    assert await statuses(database) == [OrderStatus.PAID]


async def test_what_costs_nothing_is_not_closed_by_its_deadline_while_it_waits_for_us(
    database: Database,
):
    shop = await a_shop(database, prices_fen=(0,))
    await buy(database, await a_buyer(database), shop.variants[0])
    late = worker(database, MemoryGateway(), Clock(EXPIRED))
    await close_due_orders(late)
    assert await statuses(database) == [OrderStatus.PENDING_PAYMENT]
    await relay_outbox(late)
    assert await statuses(database) == [OrderStatus.PAID]


async def test_an_attempt_of_the_last_minutes_is_closed_at_the_deadline(database: Database):
    gateway, shop = MemoryGateway(), await a_shop(database)
    member, order = await an_order(database, shop)
    deadline = NOON + PAYMENT_WINDOW
    outcome = await begun(database, member, order, gateway, deadline - timedelta(seconds=30))
    assert isinstance(outcome, Begun)
    assert outcome.attempt_id is not None
    assert outcome.pay_by == deadline
    clock = Clock(deadline - timedelta(seconds=30))
    await a_till(database, gateway, clock).payable(outcome.attempt_id)
    (attempt,) = await attempts(database)
    assert attempt.expires_at == deadline + timedelta(seconds=30)
    clock.now = deadline - timedelta(seconds=1)
    await ask_payments(worker(database, gateway, clock))
    assert gateway.payments[attempt.number].state is GatewayState.NOT_PAID
    clock.now = deadline
    await ask_payments(worker(database, gateway, clock))
    assert gateway.payments[attempt.number].state is GatewayState.CLOSED


async def test_what_is_open_beside_the_attempt_that_paid_is_closed_by_the_next_sweep(
    database: Database,
):
    gateway, shop, clock = MemoryGateway(), await a_shop(database), Clock()
    member, order = await an_order(database, shop)
    first = await prepaid(database, member, order, gateway)
    till = a_till(database, gateway, clock)
    await till.release(order.order_id)
    second = await prepaid(database, member, order, gateway)
    other = await prepaid(database, *await an_order(database, shop), gateway)
    open_ = gateway.payments[first]
    gateway.payments[first] = replace(open_, state=GatewayState.NOT_PAID)
    await till.applied(gateway.pay(first))
    await ask_payments(worker(database, gateway, clock))
    states = [gateway.payments[each].state for each in (second, other)]
    assert states == [GatewayState.CLOSED, GatewayState.NOT_PAID]


async def test_members_are_told_what_was_paid_and_what_went_back(
    database: Database, logged: list[EventDict]
):
    gateway, shop, clock = MemoryGateway(), await a_shop(database), Clock(LATER)
    till = a_till(database, gateway, clock)
    member, order = await an_order(database, shop)
    await till.applied(gateway.pay(await prepaid(database, member, order, gateway)))
    late = await a_payer(database)
    theirs = await buy(database, late, shop.variants[0])
    number = await prepaid(database, late, theirs, gateway)
    payment = gateway.pay(number)
    gateway.payments.pop(number)
    clock.now = EXPIRED
    await till.release(theirs.order_id)
    await let_go(database, theirs, CloseReason.CANCELLED_BY_STAFF)
    await till.applied(payment)

    clock.now += LONGEST_UNAPPLIED + timedelta(seconds=1)
    await watch_clearing(worker(database, gateway, clock))
    assert REGISTRY.get_sample_value("mall_clearing_unapplied_fen") == theirs.payable_fen
    assert REGISTRY.get_sample_value("mall_clearing_oldest_seconds") == 601
    assert [each["event"] for each in logged if each["log_level"] == "error"] == [
        "clearing.not_at_zero"
    ]
    await refund_payments(worker(database, gateway, clock))
    await watch_clearing(worker(database, gateway, clock))
    assert REGISTRY.get_sample_value("mall_clearing_unapplied_fen") == 0

    for _ in range(3):
        await relay_outbox(worker(database, gateway, clock))
    async with database.writes() as session:
        found = await session.execute(select(InboxMessage.member_id, InboxMessage.kind))
        told = [tuple(row) for row in found]
    assert sorted(told, key=str) == sorted(
        [
            (member, MessageKind.ORDER_PAID),
            (late, MessageKind.ORDER_CLOSED),
            (late, MessageKind.PAYMENT_REFUNDED),
        ],
        key=str,
    )


async def test_old_notices_are_forgotten(database: Database):
    gateway, shop = MemoryGateway(), await a_shop(database)
    member, order = await an_order(database, shop)
    payment = gateway.pay(await prepaid(database, member, order, gateway))
    till = a_till(database, gateway)
    notice = Notice("n-1", "TRANSACTION.SUCCESS", NOON, payment)
    for outcome in (NoticeOutcome.APPLIED, NoticeOutcome.REPEATED):
        assert await till.told(PaymentProvider.WECHAT_PAY, notice) is outcome
    sweep = worker(database, gateway, Clock(NOON + timedelta(days=180)))
    await forget_payment_notices(sweep)
    async with database.writes.begin() as session:
        assert len((await session.scalars(select(PaymentNotice))).all()) == 1
        await session.execute(update(PaymentNotice).values(received_at=NOON - timedelta(seconds=1)))
    await forget_payment_notices(sweep)
    async with database.writes() as session:
        assert (await session.scalars(select(PaymentNotice))).all() == []


async def test_it_is_measured_how_long_the_oldest_refund_of_an_order_goes_on(database: Database):
    order = await sold(database, await a_shop(database), 2)
    for _ in range(2):
        await order.back(UnitsBack(1, 1))
        order.clock.now += timedelta(hours=1)
    sweeps = worker(database, order.gateway, order.clock)
    await watch_clearing(sweeps)
    assert REGISTRY.get_sample_value("mall_order_refunds_oldest_seconds") == 7_200
    for _ in range(2):
        await order.run()
    await watch_clearing(sweeps)
    assert REGISTRY.get_sample_value("mall_order_refunds_oldest_seconds") == 0
