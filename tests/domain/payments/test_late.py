"""Late and double payments: honoured, or back to the last fen."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import select, update

from domain.catalog.models import Product
from domain.kernel.db import Database
from domain.kernel.outbox import OutboxRow
from domain.kernel.outside import OutsideRejected, OutsideUnavailable
from domain.orders.models import Order
from domain.orders.paying import lock_closed
from domain.orders.placing.values import Placed
from domain.orders.words import CloseReason, OrderStatus
from domain.payments import applying
from domain.payments.clearing import unapplied
from domain.payments.ports import GatewayState, RefundState
from domain.payments.refunding import apply_refund
from domain.payments.rules import ASK_ABNORMAL_AFTER
from domain.payments.words import NoticeOutcome, RefundReason, RefundStatus
from tests.domain.orders.buying import Shop, a_shop, buy
from tests.domain.payments.purchases import (
    EXPIRED,
    LATER,
    a_payer,
    all_is_accounted_for,
    an_order,
    events,
    held,
    let_go,
    refunds,
    run_refunds,
)
from tests.domain.payments.tills import (
    Clock,
    MemoryGateway,
    a_till,
    prepaid,
    statuses,
)


@pytest.fixture(autouse=True)
async def _accounts(database: Database) -> AsyncGenerator[None]:
    yield
    await all_is_accounted_for(database)


async def paid_late(
    database: Database, shop: Shop, reason: CloseReason, gateway: MemoryGateway
) -> tuple[Placed, Any]:
    """An order that was closed although somebody could pay it, and then was paid."""
    member, order = await an_order(database, shop)
    number = await prepaid(database, member, order, gateway)
    till = a_till(database, gateway)
    await till.release(order.order_id)
    await let_go(database, order, reason)
    gateway.payments[number] = replace(gateway.payments[number], state=GatewayState.NOT_PAID)
    return order, gateway.pay(number)


async def test_a_late_payment_is_honoured_where_the_goods_can_be_had(database: Database):
    gateway, shop = MemoryGateway(), await a_shop(database)
    order, payment = await paid_late(database, shop, CloseReason.NOT_PAID_IN_TIME, gateway)
    assert await held(database) == 0
    till = a_till(database, gateway, Clock(EXPIRED))
    told = await asyncio.gather(*(till.applied(payment) for _ in range(4)))
    assert Counter(told) == {NoticeOutcome.APPLIED: 1, NoticeOutcome.REPEATED: 3}
    assert await statuses(database) == [OrderStatus.PAID]
    assert await held(database) == 2
    assert await refunds(database) == []
    async with database.writes() as session:
        row = (await session.scalars(select(OutboxRow).where(OutboxRow.type == "order.paid"))).one()
    assert row.payload["is_late"] is True
    assert row.aggregate_id == order.order_id


async def test_money_that_went_back_pays_nothing_although_the_goods_came_back(
    database: Database, monkeypatch: pytest.MonkeyPatch
):
    """Two tell of one late payment; between them somebody's units are free again."""
    gateway, shop = MemoryGateway(), await a_shop(database, units=2)
    order, payment = await paid_late(database, shop, CloseReason.NOT_PAID_IN_TIME, gateway)
    other = await buy(database, await a_payer(database), shop.variants[0], 1)
    till = a_till(database, gateway, Clock(EXPIRED))
    has_read, may_go_on = asyncio.Event(), asyncio.Event()

    async def pausing(*given: Any, **more: Any) -> Any:
        if not has_read.is_set():
            has_read.set()
            await may_go_on.wait()
        return await lock_closed(*given, **more)

    monkeypatch.setattr(applying, "lock_closed", pausing)
    slow = asyncio.create_task(till.applied(payment))
    await has_read.wait()
    assert await till.applied(payment) is NoticeOutcome.APPLIED
    await let_go(database, other, CloseReason.CANCELLED_BY_MEMBER)
    may_go_on.set()
    assert await slow is NoticeOutcome.REPEATED
    async with database.writes() as session:
        standing = {each.id: each.status for each in await session.scalars(select(Order))}
    assert standing[order.order_id] is OrderStatus.CLOSED
    assert await held(database) == 0
    assert await run_refunds(database, gateway, Clock(EXPIRED)) == 1


@pytest.mark.parametrize("why", ["sold", "cancelled by the shop", "over the limit"])
async def test_a_late_payment_that_cannot_be_honoured_goes_back_whole(database: Database, why: str):
    gateway, shop = MemoryGateway(), await a_shop(database, units=2)
    is_shops = why == "cancelled by the shop"
    reason = CloseReason.CANCELLED_BY_STAFF if is_shops else CloseReason.NOT_PAID_IN_TIME
    order, payment = await paid_late(database, shop, reason, gateway)
    if why == "sold":
        await buy(database, await a_payer(database), shop.variants[0], 1)
    if why == "over the limit":
        async with database.writes.begin() as session:
            await session.execute(update(Product).values(member_limit=1))
    clock = Clock(EXPIRED)
    assert await a_till(database, gateway, clock).applied(payment) is NoticeOutcome.APPLIED
    async with database.writes() as session:
        stands = await unapplied(session)
        assert (
            await session.scalar(select(Order.status).where(Order.id == order.order_id))
            is OrderStatus.CLOSED
        )
    assert (stands.fen, stands.attempts, stands.oldest_since) == (order.payable_fen, 1, EXPIRED)

    assert await run_refunds(database, gateway, clock) == 1

    (refund,) = await refunds(database)
    assert (refund.status, refund.reason) == (RefundStatus.SUCCEEDED, RefundReason.LATE_PAYMENT)
    assert (refund.amount_fen, refund.payer_fen) == (order.payable_fen, order.payable_fen)
    async with database.writes() as session:
        assert (await unapplied(session)).fen == 0
    assert (await events(database))["payment.refunded"] == 1
    assert await run_refunds(database, gateway, Clock(EXPIRED + timedelta(days=1))) == 0


async def test_a_second_payment_for_a_paid_order_goes_back(database: Database):
    gateway, shop = MemoryGateway(), await a_shop(database)
    member, order = await an_order(database, shop)
    first = await prepaid(database, member, order, gateway)
    till = a_till(database, gateway)
    await till.release(order.order_id)
    second = await prepaid(database, member, order, gateway)
    gateway.payments[first] = replace(gateway.payments[first], state=GatewayState.NOT_PAID)
    payments = gateway.pay(first), gateway.pay(second)
    await asyncio.gather(*(till.applied(each) for each in payments))
    (refund,) = await refunds(database)
    assert refund.reason is RefundReason.DUPLICATE_PAYMENT
    assert await run_refunds(database, gateway, Clock(LATER)) == 1
    assert await statuses(database) == [OrderStatus.PAID]


async def test_a_refund_whose_answer_is_lost_is_asked_for_by_the_same_number(database: Database):
    def lost(call: str) -> None:
        if call == "refund":
            raise OutsideUnavailable("lost", may_have_happened=True)

    gateway, shop = MemoryGateway(), await a_shop(database)
    _, payment = await paid_late(database, shop, CloseReason.CANCELLED_BY_STAFF, gateway)
    clock = Clock(EXPIRED)
    await a_till(database, gateway, clock).applied(payment)
    gateway.after = lost
    with pytest.raises(OutsideUnavailable):
        await run_refunds(database, gateway, clock)
    assert await run_refunds(database, gateway, clock) == 0
    gateway.after = lambda _: None
    clock.now += timedelta(seconds=31)
    assert await run_refunds(database, gateway, clock) == 1
    assert len(gateway.refunds) == 1
    assert [each.status for each in await refunds(database)] == [RefundStatus.SUCCEEDED]


async def test_a_refund_that_happened_is_found_although_its_repeat_is_refused(database: Database):
    def lost(call: str) -> None:
        if call == "refund":
            raise OutsideUnavailable("lost", may_have_happened=True)

    def refused(call: str) -> None:
        if call == "refund":
            raise OutsideRejected("INVALID_REQUEST")

    gateway, shop, clock = MemoryGateway(), await a_shop(database), Clock(EXPIRED)
    _, payment = await paid_late(database, shop, CloseReason.CANCELLED_BY_STAFF, gateway)
    await a_till(database, gateway, clock).applied(payment)
    gateway.before = refused
    with pytest.raises(OutsideRejected):
        await run_refunds(database, gateway, clock)
    gateway.before, gateway.after = lambda _: None, lost
    clock.now += timedelta(seconds=31)
    with pytest.raises(OutsideUnavailable):
        await run_refunds(database, gateway, clock)
    gateway.before = refused
    clock.now += timedelta(seconds=61)
    assert await run_refunds(database, gateway, clock) == 1
    assert [each.status for each in await refunds(database)] == [RefundStatus.SUCCEEDED]


async def test_a_refund_that_is_given_up_is_followed_by_another_and_no_more_goes_back(
    database: Database,
):
    gateway, shop = MemoryGateway(refund_state=RefundState.PROCESSING), await a_shop(database)
    order, payment = await paid_late(database, shop, CloseReason.CANCELLED_BY_STAFF, gateway)
    clock = Clock(EXPIRED)
    await a_till(database, gateway, clock).applied(payment)
    await run_refunds(database, gateway, clock)
    (number,) = gateway.refunds
    told = replace(gateway.refunds[number], state=RefundState.CLOSED)
    async with database.writes.begin() as session:
        await apply_refund(session, told, at=clock.now, random=Random(1))
    gateway.refund_state = RefundState.SUCCEEDED
    clock.now += timedelta(minutes=2)
    assert await run_refunds(database, gateway, clock) == 1
    both = [(each.number, each.status) for each in await refunds(database)]
    assert both == [
        (f"{order.number}-1-R1", RefundStatus.CLOSED),
        (f"{order.number}-1-R2", RefundStatus.SUCCEEDED),
    ]
    async with database.writes.begin() as session:
        late = await apply_refund(session, told, at=clock.now, random=Random(1))
        wrong = replace(told, amount_fen=1)
        other = await apply_refund(session, wrong, at=clock.now, random=Random(1))
    assert (late, other) == (NoticeOutcome.REPEATED, NoticeOutcome.MISMATCHED)


async def test_a_refund_that_people_see_to_is_found_although_the_notice_is_lost(
    database: Database,
):
    gateway, shop = MemoryGateway(refund_state=RefundState.ABNORMAL), await a_shop(database)
    _, payment = await paid_late(database, shop, CloseReason.CANCELLED_BY_STAFF, gateway)
    clock = Clock(EXPIRED)
    await a_till(database, gateway, clock).applied(payment)
    for state, status, after in (
        (RefundState.ABNORMAL, RefundStatus.ABNORMAL, ASK_ABNORMAL_AFTER),
        (RefundState.ABNORMAL, RefundStatus.ABNORMAL, ASK_ABNORMAL_AFTER),
        (RefundState.PROCESSING, RefundStatus.PROCESSING, timedelta(minutes=1)),
        (RefundState.SUCCEEDED, RefundStatus.SUCCEEDED, timedelta(days=30)),
    ):
        for number, refund in gateway.refunds.items():
            gateway.refunds[number] = replace(refund, state=state)
        assert await run_refunds(database, gateway, clock) == 1
        assert [each.status for each in await refunds(database)] == [status]
        clock.now += after - timedelta(seconds=1)
        assert await run_refunds(database, gateway, clock) == 0
        clock.now += timedelta(seconds=1)
    async with database.writes() as session:
        assert (await unapplied(session)).fen == 0
