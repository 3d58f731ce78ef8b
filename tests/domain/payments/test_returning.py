"""Refunds of orders that are paid: to the fen, once, and what follows for the order."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select

from domain.kernel.db import Database
from domain.kernel.errors import Refused
from domain.kernel.outside import OutsideUnavailable
from domain.orders.models import Order, OrderHistory
from domain.orders.refunding.errors import (
    AmountNotRefundable,
    OrderNotRefundable,
    RefundsExhausted,
    UnitsNotRefundable,
)
from domain.orders.refunding.models import OrderRefund
from domain.orders.refunding.reserving import Cause
from domain.orders.refunding.restocking import restock
from domain.orders.refunding.rules import (
    AmountBack,
    RefundLine,
    RefundPlan,
    UnitsBack,
    all_that_is_left,
)
from domain.orders.refunding.standing import lock_refundable
from domain.orders.shipping.errors import OrderNotShippable, ShippingObstacle
from domain.orders.shipping.models import ReceiptDeadline
from domain.orders.shipping.sending import Shipped
from domain.orders.words import CloseReason, OrderRefundStatus, OrderStatus
from domain.payments.models import ClearingEntry
from domain.payments.ports import RefundState
from domain.payments.refunding import apply_refund
from domain.payments.returning import begin_refund
from domain.payments.rules import ASK_ABNORMAL_AFTER, BETWEEN_REFUNDS, MOST_REFUNDS
from domain.payments.words import ClearingAccount, NoticeOutcome, RefundStatus
from tests.api.orders.parcels import units as levels
from tests.domain.orders.buying import a_shop
from tests.domain.payments.purchases import (
    LATER,
    all_is_accounted_for,
    events,
    held,
    refunds,
    run_refunds,
)
from tests.domain.payments.returns import RANDOM, Sold, sent, sold
from tests.domain.payments.tills import attempts


@pytest.fixture(autouse=True)
async def _accounts(database: Database) -> AsyncGenerator[None]:
    yield
    await all_is_accounted_for(database)


async def standing(database: Database) -> list[tuple[int, OrderRefundStatus]]:
    """What each refund of an order gives back, and how far it is."""
    async with database.writes() as session:
        found = await session.scalars(select(OrderRefund).order_by(OrderRefund.ordinal))
        return [(each.goods_fen + each.freight_fen, each.status) for each in found]


async def test_one_unit_goes_back_and_then_the_rest_with_the_freight(database: Database):
    shop = await a_shop(database, prices_fen=(1001, 333))
    order = await sold(database, shop, 2, 1)
    line = (await order.paid()).lines[0]
    first = await order.back(UnitsBack(line.number, 1))
    assert first.total_fen == line.paid_fen // line.units
    assert await order.run() == 1
    half = await order.order()
    assert (half.status, half.refunded_fen) == (OrderStatus.PAID, first.total_fen)
    # What was never sent can be sold again; the rest is held still.
    assert await levels(database) == (100, 2, 0)
    await order.back(*all_that_is_left(await order.paid()))
    assert await order.run() == 1
    whole = await order.order()
    assert (whole.status, whole.close_reason) == (OrderStatus.CLOSED, CloseReason.REFUNDED)
    assert (
        whole.refunded_fen
        == whole.payable_fen
        == sum(r.amount_fen for r in order.gateway.refunds.values())
    )
    assert whole.paid_at is not None
    assert await held(database) == 0
    assert [each.number for each in await refunds(database)] == [
        f"{order.number}-R1",
        f"{order.number}-R2",
    ]
    told = await events(database)
    assert (told["payment.refunded"], told["order.refunded"], told["order.closed"]) == (2, 2, 1)
    async with database.writes() as session:
        last = (await session.scalars(select(OrderHistory).order_by(OrderHistory.number))).all()[-1]
    assert (last.from_status, last.to_status) == (OrderStatus.PAID, OrderStatus.CLOSED)
    assert (last.reason, last.actor) == (CloseReason.REFUNDED, "staff:test")


async def test_money_of_an_order_leaves_it_for_the_gateway_and_was_never_unapplied(
    database: Database,
):
    order = await sold(database, await a_shop(database), 1)
    await order.back(AmountBack(1, 300))
    await order.run()
    async with database.writes() as session:
        entries = (
            await session.scalars(select(ClearingEntry).order_by(ClearingEntry.source))
        ).all()
    assert [(e.source, e.from_account, e.to_account, e.amount_fen) for e in entries][-1] == (
        "refunded:1",
        ClearingAccount.ORDERS,
        ClearingAccount.GATEWAY,
        300,
    )
    (attempt,) = await attempts(database)
    assert (attempt.unapplied_fen, attempt.refunding_fen) == (0, 300)


async def test_a_cause_refunds_once_however_often_it_is_asked_for(database: Database):
    order = await sold(database, await a_shop(database), 2)
    first = await order.back(UnitsBack(1, 1), source="case:1")
    again = await order.back(UnitsBack(1, 1), source="case:1")
    assert first == again
    assert len(await refunds(database)) == 1
    await order.run()
    done = await order.back(UnitsBack(1, 1), source="case:1")
    assert (done.id, done.is_done) == (first.id, True)


async def test_what_is_reserved_cannot_be_refunded_again(database: Database):
    order = await sold(database, await a_shop(database), 2)
    await order.back(UnitsBack(1, 2))
    with pytest.raises(UnitsNotRefundable):
        await order.back(UnitsBack(1, 1))
    with pytest.raises(AmountNotRefundable):
        await order.back(AmountBack(1, 1))


async def test_of_two_at_one_moment_one_has_the_last_unit(database: Database):
    order = await sold(database, await a_shop(database), 1)
    done = await asyncio.gather(
        *(order.back(UnitsBack(1, 1)) for _ in range(4)), return_exceptions=True
    )
    assert Counter(type(each).__name__ for each in done) == {
        "BegunRefund": 1,
        "UnitsNotRefundable": 3,
    }
    assert len(await refunds(database)) == 1


async def test_a_plan_of_another_moment_gives_back_no_more_than_is_left(database: Database):
    order = await sold(database, await a_shop(database), 2)
    await order.back(AmountBack(1, 15800))
    stale = RefundPlan((RefundLine(1, 2, 0, 2 * 15800, 0),))
    with pytest.raises(AmountNotRefundable) as refused:
        await begin(order, stale)
    assert refused.value.left_fen == 15800
    with pytest.raises(AmountNotRefundable) as refused:
        await begin(order, RefundPlan((RefundLine(1, 0, 0, 0, 100_000),)))
    assert refused.value.line_number == 0


async def begin(order: Sold, plan: RefundPlan) -> None:
    """Begin a refund of just that."""
    async with order.database.writes.begin() as session:
        locked = await lock_refundable(session, order.order_id)
        cause = Cause(f"test:{RANDOM.random()}", "staff:test")
        await begin_refund(session, locked, plan, cause, at=LATER, random=RANDOM)


async def test_what_is_not_paid_or_closed_is_not_refunded(database: Database):
    shop = await a_shop(database)
    waiting = await sold(database, shop, 1, is_free=True)
    with pytest.raises(OrderNotRefundable):
        await waiting.back(UnitsBack(1, 1))
    order = await sold(database, shop, 1)
    await order.back(UnitsBack(1, 1))
    await order.run()
    with pytest.raises(UnitsNotRefundable):
        await order.back(UnitsBack(1, 1))
    with pytest.raises(OrderNotRefundable):
        await begin(order, RefundPlan((RefundLine(1, 0, 0, 1, 0),)))


async def test_refunds_of_one_payment_keep_their_distance(database: Database):
    order = await sold(database, await a_shop(database), 3)
    for _ in range(3):
        await order.back(UnitsBack(1, 1))
    order.clock.now += timedelta(seconds=1)
    assert await run_refunds(database, order.gateway, order.clock) == 1
    order.clock.now += BETWEEN_REFUNDS - timedelta(seconds=1)
    assert await run_refunds(database, order.gateway, order.clock) == 0
    order.clock.now += timedelta(seconds=1)
    assert await run_refunds(database, order.gateway, order.clock) == 1
    assert await order.run() == 1
    assert [each.status for each in await refunds(database)] == [RefundStatus.SUCCEEDED] * 3
    sent_at = [each.sent_at for each in await refunds(database) if each.sent_at]
    assert all(b - a >= BETWEEN_REFUNDS for a, b in pairwise(sent_at))


async def test_a_payment_has_so_many_refunds_and_no_more(database: Database):
    order = await sold(database, await a_shop(database), 1)
    for _ in range(MOST_REFUNDS):
        await order.back(AmountBack(1, 1))
    with pytest.raises(RefundsExhausted):
        await order.back(AmountBack(1, 1))
    assert len(await refunds(database)) == MOST_REFUNDS


async def test_a_call_that_times_out_after_its_effect_gives_back_once(database: Database):
    order = await sold(database, await a_shop(database), 2)

    def lost(call: str) -> None:
        if call == "refund":
            raise OutsideUnavailable("timeout", may_have_happened=True)

    order.gateway.after = lost
    await order.back(UnitsBack(1, 1))
    with pytest.raises(OutsideUnavailable):
        await order.run()
    assert await standing(database) == [(15800, OrderRefundStatus.PROCESSING)]
    assert await held(database) == 2
    order.gateway.after = lambda _: None
    await order.run()
    assert list(order.gateway.refunds) == [f"{order.number}-R1"]
    assert (await order.order()).refunded_fen == 15800
    assert await held(database) == 1


async def test_told_by_notice_by_answer_and_by_query_it_has_its_effects_once(database: Database):
    order = await sold(database, await a_shop(database), 1)
    await order.back(UnitsBack(1, 1))
    order.gateway.refund_state = RefundState.PROCESSING
    await order.run()
    told = replace(order.gateway.refunds[f"{order.number}-R1"], state=RefundState.SUCCEEDED)
    order.gateway.refunds[told.number] = told

    async def notice() -> NoticeOutcome:
        async with database.writes.begin() as session:
            return await apply_refund(session, told, at=order.clock.now, random=RANDOM)

    outcomes = await asyncio.gather(*(notice() for _ in range(4)))
    assert Counter(outcomes) == {NoticeOutcome.APPLIED: 1, NoticeOutcome.REPEATED: 3}
    await order.run()
    assert (await order.order()).status is OrderStatus.CLOSED
    assert await levels(database) == (50, 0, 0)
    assert (await events(database))["order.refunded"] == 1


async def test_the_notice_may_come_before_the_answer(database: Database):
    order = await sold(database, await a_shop(database), 1)
    await order.back(UnitsBack(1, 1))
    told: list[asyncio.Task[NoticeOutcome]] = []

    async def notice() -> NoticeOutcome:
        async with database.writes.begin() as session:
            known = order.gateway.refunds[f"{order.number}-R1"]
            return await apply_refund(session, known, at=order.clock.now, random=RANDOM)

    def at_once(call: str) -> None:
        if call == "refund":
            told.append(asyncio.create_task(notice()))

    order.gateway.after = at_once
    assert await order.run() == 1
    outcomes = [await each for each in told]
    assert len(outcomes) == 1
    assert (await order.order()).status is OrderStatus.CLOSED
    assert (await events(database))["order.refunded"] == 1


async def test_one_that_the_gateway_gave_up_is_followed_by_another_for_the_same(
    database: Database,
):
    order = await sold(database, await a_shop(database), 2)
    await order.back(UnitsBack(1, 1))
    await order.back(UnitsBack(1, 1))
    order.gateway.refund_state = RefundState.CLOSED
    await order.run()
    order.gateway.refund_state = RefundState.SUCCEEDED
    assert await standing(database) == [
        (15800, OrderRefundStatus.PROCESSING),
        ((await order.order()).payable_fen - 15800, OrderRefundStatus.PROCESSING),
    ]
    for _ in range(3):
        await order.run()
    # Its number is one that none had before, and the order has all of its money back once.
    assert [each.ordinal for each in await refunds(database)] == [1, 2, 3]
    assert (await refunds(database))[0].status is RefundStatus.CLOSED
    assert (await order.order()).close_reason is CloseReason.REFUNDED


async def test_one_that_the_payers_account_cannot_take_waits_for_people(database: Database):
    order = await sold(database, await a_shop(database), 1)
    await order.back(UnitsBack(1, 1))
    order.gateway.refund_state = RefundState.ABNORMAL
    await order.run()
    ((_, status),) = await standing(database)
    assert status is OrderRefundStatus.ABNORMAL
    assert (await order.order()).status is OrderStatus.PAID
    number = f"{order.number}-R1"
    order.gateway.refunds[number] = replace(
        order.gateway.refunds[number], state=RefundState.SUCCEEDED
    )
    order.clock.now += ASK_ABNORMAL_AFTER
    await order.run()
    assert (await order.order()).close_reason is CloseReason.REFUNDED


async def test_what_is_refunded_is_not_sent(database: Database):
    order = await sold(database, await a_shop(database, prices_fen=(1000, 500)), 2, 1)
    await order.back(UnitsBack(1, 1), UnitsBack(2, 1))
    outcome = await sent(database, order.order_id)
    assert isinstance(outcome, Shipped)
    assert outcome.is_whole
    # The last of it is sent, though the money of the rest is still on its way.
    assert (await order.order()).status is OrderStatus.SHIPPED
    await order.run()
    assert (await order.order()).status is OrderStatus.SHIPPED
    assert await levels(database) == (99, 0, 1)


async def test_of_what_is_all_refunded_nothing_is_sent(database: Database):
    order = await sold(database, await a_shop(database), 1)
    await order.back(UnitsBack(1, 1))
    outcome = await sent(database, order.order_id)
    assert isinstance(outcome, OrderNotShippable)
    assert outcome.obstacle is ShippingObstacle.REFUNDED


async def test_what_was_sent_in_part_is_sent_once_the_rest_is_refunded(database: Database):
    order = await sold(database, await a_shop(database), 2)
    await sent(database, order.order_id, [(1, 1)])
    await order.back(UnitsBack(1, 1))
    await order.run()
    assert (await order.order()).status is OrderStatus.SHIPPED
    async with database.writes() as session:
        deadline = (await session.scalars(select(ReceiptDeadline))).one()
    assert deadline.due_at == order.clock.now + timedelta(days=10)


async def test_a_unit_is_sent_or_refunded_and_never_both(database: Database):
    shop = await a_shop(database)
    for _ in range(4):
        order = await sold(database, shop, 1)

        async def back(order: Sold = order) -> object:
            try:
                return await order.back(UnitsBack(1, 1))
            except Refused as refused:
                return refused

        parcel, refund = await asyncio.gather(sent(database, order.order_id), back())
        assert isinstance(parcel, Refused) != isinstance(refund, Refused)
        await order.run()


async def test_what_was_sent_comes_back_into_stock_when_somebody_has_looked_at_it(
    database: Database,
):
    order = await sold(database, await a_shop(database), 2)
    await sent(database, order.order_id)
    await order.back(UnitsBack(1, 2, 2), is_shops_fault=True)
    await order.run()
    # All units and all money are back: the order is over, and the goods are on their way.
    whole = await order.order()
    assert (whole.status, whole.close_reason) == (OrderStatus.CLOSED, CloseReason.REFUNDED)
    assert whole.shipped_at is not None
    assert await levels(database) == (48, 0, 2)
    for _ in range(2):
        async with database.writes.begin() as session:
            await restock(
                session, order.order_id, {1: 1}, source="case:1", actor="staff:test", at=LATER
            )
    assert await levels(database) == (49, 0, 1)


async def test_without_the_shops_fault_the_freight_of_what_was_sent_stays(database: Database):
    order = await sold(database, await a_shop(database), 1)
    async with database.writes() as session:
        row = (await session.scalars(select(Order))).one()
    await sent(database, order.order_id)
    await order.back(UnitsBack(1, 1, 1))
    await order.run()
    whole = await order.order()
    freight_fen = row.freight_list_fen - row.freight_discount_fen
    assert whole.payable_fen - whole.refunded_fen == freight_fen
    assert whole.status is (OrderStatus.SHIPPED if freight_fen else OrderStatus.CLOSED)
