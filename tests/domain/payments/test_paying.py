"""Money for an order: in once, and the order's, or back; whatever the gateway says how often."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from domain.kernel.db import Database
from domain.kernel.outside import OutsideRejected, OutsideUnavailable
from domain.members.models import MemberIdentity
from domain.orders.closing import Closed, Closing
from domain.orders.errors import OrderNotOpen, OrderUnavailable, PaymentUnderWay
from domain.orders.models import Order, OrderDeadline, OrderHistory, OrderPayment
from domain.orders.words import CloseReason, OrderStatus, PaymentStatus
from domain.payments.beginning import Begun
from domain.payments.clearing import unapplied
from domain.payments.ending import attempt_by_id
from domain.payments.errors import PaymentUnavailable
from domain.payments.exchanges import NoGateway
from domain.payments.models import ClearingEntry, PaymentAttempt
from domain.payments.ports import GatewayState
from domain.payments.words import AttemptStatus, NoticeOutcome
from tests.domain.orders.buying import a_buyer, a_shop, buy, closed
from tests.domain.payments.purchases import (
    EXPIRED,
    LATER,
    a_payer,
    all_is_accounted_for,
    an_order,
    events,
    held,
)
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


@pytest.fixture(autouse=True)
async def _accounts(database: Database) -> AsyncGenerator[None]:
    yield
    await all_is_accounted_for(database)


async def test_an_order_is_paid_once_however_often_it_is_told(database: Database):
    gateway, shop = MemoryGateway(), await a_shop(database)
    member, order = await an_order(database, shop)
    number = await prepaid(database, member, order, gateway)
    assert number == f"{order.number}-1"
    payment, till = gateway.pay(number), a_till(database, gateway, Clock(LATER))

    told = await asyncio.gather(*(till.applied(payment) for _ in range(8)))

    assert Counter(told) == {NoticeOutcome.APPLIED: 1, NoticeOutcome.REPEATED: 7}
    async with database.writes() as session:
        paid = (await session.scalars(select(Order))).one()
        due = (await session.scalars(select(OrderPayment))).one()
        moves = (await session.scalars(select(OrderHistory).order_by(OrderHistory.number))).all()
        money = (await session.scalars(select(ClearingEntry.source))).all()
        assert (await session.scalars(select(OrderDeadline))).all() == []
        assert (await unapplied(session)).fen == 0
    assert (paid.status, paid.paid_at) == (OrderStatus.PAID, LATER)
    assert (due.status, due.is_at_gateway) == (PaymentStatus.PAID, False)
    assert [(each.to_status, each.actor) for each in moves][1:] == [
        (OrderStatus.PAID, "gateway:wechat_pay")
    ]
    assert sorted(money) == ["applied", "received"]
    assert await held(database) == 2
    assert await events(database) == {"order.placed": 1, "order.paid": 1}


async def test_who_asks_again_pays_by_the_same_attempt(database: Database):
    gateway, shop = MemoryGateway(), await a_shop(database)
    member, order = await an_order(database, shop)
    first = await begun(database, member, order, gateway)
    again = await begun(database, member, order, gateway, LATER)
    assert first == again
    assert len(await attempts(database)) == 1
    assert isinstance(first, Begun)
    assert first.attempt_id is not None
    till = a_till(database, gateway)
    assert await till.payable(first.attempt_id) == await till.payable(first.attempt_id)
    assert gateway.calls == ["prepay"]


async def test_a_lost_answer_is_asked_for_again_with_the_same_bytes(database: Database):
    def lost(_call: str) -> None:
        raise OutsideUnavailable("lost", may_have_happened=True)

    gateway, shop = MemoryGateway(after=lost), await a_shop(database)
    member, order = await an_order(database, shop)
    outcome = await begun(database, member, order, gateway)
    assert isinstance(outcome, Begun)
    assert outcome.attempt_id is not None
    till = a_till(database, gateway)
    with pytest.raises(OutsideUnavailable):
        await till.payable(outcome.attempt_id)
    gateway.after = lambda _: None
    assert await till.payable(outcome.attempt_id) == f"prepay-{order.number}-1"
    assert len(gateway.sent) == 2
    assert len({*gateway.sent}) == 1


async def test_what_the_gateway_refuses_is_over_and_the_next_attempt_has_a_number_of_its_own(
    database: Database,
):
    def refused(call: str) -> None:
        if call == "prepay":
            raise OutsideRejected("PARAM_ERROR")

    gateway, shop = MemoryGateway(before=refused), await a_shop(database)
    member, order = await an_order(database, shop)
    outcome = await begun(database, member, order, gateway)
    assert isinstance(outcome, Begun)
    assert outcome.attempt_id is not None
    clock = Clock(NOON + timedelta(seconds=30))
    for is_open in (True, False):
        # What somebody else may have sent of it can still be on its way for a minute.
        with pytest.raises(OutsideRejected):
            await a_till(database, gateway, clock).payable(outcome.attempt_id)
        assert [each.ask_at is not None for each in await attempts(database)] == [is_open]
        clock.now += timedelta(seconds=31)
    gateway.before = lambda _: None
    assert await prepaid(database, member, order, gateway) == f"{order.number}-2"
    kept = [(each.ordinal, each.status) for each in await attempts(database)]
    assert kept == [(1, AttemptStatus.CLOSED), (2, AttemptStatus.PREPAID)]


async def test_an_id_that_comes_after_the_end_is_handed_to_nobody(database: Database):
    gateway, shop, clock = MemoryGateway(), await a_shop(database), Clock(LATER)
    member, order = await an_order(database, shop)
    outcome = await begun(database, member, order, gateway)
    assert isinstance(outcome, Begun)
    assert outcome.attempt_id is not None
    till = a_till(database, gateway, clock)
    async with database.writes() as session:
        attempt = await attempt_by_id(session, outcome.attempt_id)

    async def slow(request: bytes) -> str:
        await till.release(order.order_id)
        return await MemoryGateway.prepay(gateway, request)

    gateway.prepay = slow
    assert await till.payable(outcome.attempt_id) is None
    assert gateway.payments[attempt.number].state is GatewayState.CLOSED


async def test_an_order_that_is_paid_meanwhile_hands_out_no_other_id(database: Database):
    gateway, shop, clock = MemoryGateway(), await a_shop(database), Clock(NOON)
    member, order = await an_order(database, shop)
    first = await prepaid(database, member, order, gateway)
    till = a_till(database, gateway, clock)
    await till.release(order.order_id)
    outcome = await begun(database, member, order, gateway)
    assert isinstance(outcome, Begun)
    assert outcome.attempt_id is not None

    async def slow(request: bytes) -> str:
        await till.applied(gateway.payment(first, outcome.amount_fen, GatewayState.PAID))
        return await MemoryGateway.prepay(gateway, request)

    gateway.prepay = slow
    assert await till.payable(outcome.attempt_id) is None
    assert await statuses(database) == [OrderStatus.PAID]
    assert gateway.payments[f"{order.number}-2"].state is GatewayState.CLOSED


async def test_a_gateway_that_does_not_close_is_asked_whether_it_was_paid(database: Database):
    def refused(call: str) -> None:
        if call == "close":
            raise OutsideRejected("TRADE_ERROR")

    gateway, shop = MemoryGateway(before=refused), await a_shop(database)
    member, order = await an_order(database, shop)
    number = await prepaid(database, member, order, gateway)
    till = a_till(database, gateway)
    with pytest.raises(OutsideRejected):
        await till.release(order.order_id)
    gateway.pay(number)
    await till.release(order.order_id)
    assert await statuses(database) == [OrderStatus.PAID]


async def test_an_attempt_at_another_merchant_stays_as_it_is(database: Database):
    gateway, shop = MemoryGateway(), await a_shop(database)
    member, order = await an_order(database, shop)
    await prepaid(database, member, order, gateway)
    other = a_till(database, MemoryGateway(merchant_id="1900000009"), Clock(EXPIRED))
    with pytest.raises(NoGateway):
        await other.release(order.order_id)
    assert [each.status for each in await attempts(database)] == [AttemptStatus.PREPAID]


async def test_another_account_pays_by_another_attempt_once_the_first_is_over(database: Database):
    gateway, shop = MemoryGateway(), await a_shop(database)
    member, order = await an_order(database, shop)
    await prepaid(database, member, order, gateway)
    async with database.writes.begin() as session:
        await session.execute(update(PaymentAttempt).values(asked=1))
    await another_openid(database, member)
    outcome = await begun(database, member, order, gateway)
    assert isinstance(outcome, Begun)
    assert outcome.is_superseded
    await a_till(database, gateway).release(order.order_id)
    assert gateway.payments[f"{order.number}-1"].state is GatewayState.CLOSED
    assert await prepaid(database, member, order, gateway) == f"{order.number}-2"


async def another_openid(database: Database, member: UUID) -> None:
    """The member has signed in with another account since."""
    async with database.writes.begin() as session:
        await session.execute(
            update(MemberIdentity)
            .where(MemberIdentity.member_id == member)
            .values(subject="another")
        )


async def test_who_may_not_pay_is_refused_and_nothing_is_written(database: Database):
    gateway, shop = MemoryGateway(), await a_shop(database)
    member, order = await an_order(database, shop)
    stranger = await a_payer(database)
    assert isinstance(await begun(database, stranger, order, gateway), OrderUnavailable)
    assert isinstance(await begun(database, member, order, None), PaymentUnavailable)
    late = await begun(database, member, order, gateway, EXPIRED)
    assert isinstance(late, OrderNotOpen)
    nobody = await a_buyer(database)
    theirs = await buy(database, nobody, shop.variants[0])
    assert isinstance(await begun(database, nobody, theirs, gateway), PaymentUnavailable)
    assert await attempts(database) == []


@pytest.mark.parametrize(
    "change",
    [
        {"amount_fen": 1},
        {"amount_fen": None},
        {"currency": "USD"},
        {"merchant_id": "1900000002"},
        {"app_id": "wx0000000000000002"},
        {"state": GatewayState.REFUNDED},
    ],
)
async def test_what_differs_from_what_was_asked_for_pays_nothing(
    database: Database, change: dict[str, Any]
):
    gateway, shop = MemoryGateway(), await a_shop(database)
    member, order = await an_order(database, shop)
    payment = gateway.pay(await prepaid(database, member, order, gateway))
    till = a_till(database, gateway)
    assert await till.applied(replace(payment, **change)) is NoticeOutcome.MISMATCHED
    assert await till.applied(replace(payment, number="x")) is NoticeOutcome.UNKNOWN
    assert await statuses(database) == [OrderStatus.PENDING_PAYMENT]
    assert await till.applied(payment) is NoticeOutcome.APPLIED
    other = replace(payment, transaction_id="another")
    assert await till.applied(other) is NoticeOutcome.MISMATCHED


async def test_an_order_at_a_gateway_is_not_closed_before_it_is_closed_there(database: Database):
    gateway, shop = MemoryGateway(), await a_shop(database)
    member, order = await an_order(database, shop)
    number = await prepaid(database, member, order, gateway)
    wish = Closing(order.order_id, CloseReason.CANCELLED_BY_MEMBER, "test", member)
    (refused,) = await closed(database, [wish], LATER)
    assert isinstance(refused, PaymentUnderWay)
    with pytest.raises(DBAPIError, match="only_due_is_at_gateway"):
        async with database.writes.begin() as session:
            await session.execute(update(OrderPayment).values(status=PaymentStatus.VOID))
    await a_till(database, gateway).release(order.order_id)
    assert gateway.payments[number].state is GatewayState.CLOSED
    assert await closed(database, [wish], LATER) == [Closed(order.order_id)]
    assert await held(database) == 0


async def test_what_is_paid_while_it_is_cancelled_is_paid(database: Database):
    gateway, shop = MemoryGateway(), await a_shop(database)
    member, order = await an_order(database, shop)
    gateway.pay(await prepaid(database, member, order, gateway))
    await a_till(database, gateway, Clock(LATER)).release(order.order_id)
    assert await statuses(database) == [OrderStatus.PAID]
    wish = Closing(order.order_id, CloseReason.CANCELLED_BY_MEMBER, "test", member)
    (refused,) = await closed(database, [wish], LATER)
    assert isinstance(refused, OrderNotOpen)


async def test_an_attempt_that_may_be_on_its_way_keeps_its_order_open(database: Database):
    gateway, shop = MemoryGateway(), await a_shop(database)
    member, order = await an_order(database, shop)
    await begun(database, member, order, gateway)
    clock = Clock(NOON + timedelta(seconds=20))
    till = a_till(database, gateway, clock)
    with pytest.raises(OutsideUnavailable):
        await till.release(order.order_id)
    clock.now = NOON + timedelta(seconds=61)
    await till.release(order.order_id)
    assert [each.status for each in await attempts(database)] == [AttemptStatus.CLOSED]


@pytest.mark.parametrize("seed", range(6))
async def test_paying_and_closing_at_one_moment_end_the_same_way_for_all(
    database: Database, seed: int
):
    """The gateway has closed it as far as it said, and tells of a payment all the same."""
    gateway, shop = MemoryGateway(), await a_shop(database, units=2)
    member, order = await an_order(database, shop)
    number = await prepaid(database, member, order, gateway)
    till = a_till(database, gateway, Clock(LATER))
    attempt = (await attempts(database))[0]
    async with database.writes() as session:
        await till.end(await attempt_by_id(session, attempt.id))
    gateway.payments[number] = replace(gateway.payments[number], state=GatewayState.NOT_PAID)
    payment = gateway.pay(number)
    wish = Closing(order.order_id, CloseReason.NOT_PAID_IN_TIME, "test")
    paying, closing = till.applied(payment), closed(database, [wish], LATER)
    both = (paying, closing) if seed % 2 else (closing, paying)
    await asyncio.gather(*both)
    assert await statuses(database) == [OrderStatus.PAID]
    assert await held(database) == 2


async def test_the_database_itself_refuses_any_other_move(database: Database):
    gateway, shop = MemoryGateway(), await a_shop(database)
    member, order = await an_order(database, shop)
    payment = gateway.pay(await prepaid(database, member, order, gateway))
    await a_till(database, gateway).applied(payment)
    for change in (
        update(Order).values(status=OrderStatus.PENDING_PAYMENT, paid_at=None),
        update(PaymentAttempt).values(status=AttemptStatus.CLOSED, paid_at=None),
        update(PaymentAttempt).values(amount_fen=1),
        update(PaymentAttempt).values(refunding_fen=PaymentAttempt.amount_fen + 1),
        update(ClearingEntry).values(amount_fen=1),
    ):
        with pytest.raises(DBAPIError):
            async with database.writes.begin() as session:
                await session.execute(change.execution_options(synchronize_session=False))
