"""What an offer gave comes back with its order, closed, paid late or refunded: once, exactly."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from domain.kernel.db import Database
from domain.orders.closing import Closed, Closing
from domain.orders.models import Order
from domain.orders.placing.values import Placed
from domain.orders.redeeming.models import PointsOffer, PointsRedemption
from domain.orders.refunding.rules import (
    AmountBack,
    Before,
    PaidLine,
    PaidOrder,
    RefundLine,
    UnitsBack,
    by_units,
)
from domain.orders.words import CloseReason, OrderStatus
from domain.payments.free import settle_free
from domain.payments.ports import GatewayState
from domain.payments.words import NoticeOutcome
from tests.domain.orders.buying import closed
from tests.domain.orders.redeeming.malls import (
    RANDOM,
    Mall,
    a_mall,
    a_saver,
    all_is_accounted_for,
)
from tests.domain.orders.redeeming.malls import (
    given as granted,
)
from tests.domain.payments.purchases import EXPIRED, LATER, let_go, refunds
from tests.domain.payments.returns import Sold, sent
from tests.domain.payments.tills import Clock, MemoryGateway, a_till, prepaid


@pytest.fixture(autouse=True)
async def _audited(database: Database) -> AsyncGenerator[None]:
    yield
    await all_is_accounted_for(database)


@pytest.mark.parametrize(
    "reason",
    [
        CloseReason.CANCELLED_BY_MEMBER,
        CloseReason.CANCELLED_BY_STAFF,
        CloseReason.NOT_PAID_IN_TIME,
    ],
)
async def test_an_order_that_is_closed_gives_all_back_once(database: Database, reason: CloseReason):
    mall, member = await a_mall(database, member_limit=2), await a_saver(database)
    placed = await mall.ordered(member, 2)
    closing = Closing(placed.order_id, reason, "test")
    both = await asyncio.gather(*(closed(database, [closing], LATER) for _ in range(2)))
    assert sorted(each.is_new for (each,) in both if isinstance(each, Closed)) == [False, True]
    assert await mall.taken() == (0, {}, 0)
    assert await mall.points(member) == (1_000, 0)
    assert await returned(database) == [2]
    # The limit is theirs again.
    await mall.ordered(member, 2)


async def returned(database: Database) -> list[int]:
    """Units that redemptions gave back, by order."""
    async with database.writes() as session:
        rows = select(PointsRedemption.returned).order_by(PointsRedemption.order_id)
        return [*await session.scalars(rows)]


async def test_many_orders_of_many_offers_are_closed_together(database: Database):
    mall = await a_mall(database)
    other = await mall.another(points=100)
    one, two = await a_saver(database), await a_saver(database)
    orders = [
        await each.ordered(member, units)
        for each, member, units in ((mall, one, 1), (mall, two, 2), (mall, one, 1), (other, one, 3))
    ]
    left = await mall.ordered(two, 1)
    wishes = [Closing(each.order_id, CloseReason.NOT_PAID_IN_TIME, "test") for each in orders]
    assert await closed(database, wishes, LATER) == [Closed(each.order_id) for each in orders]
    assert (await mall.taken())[0] == 1
    assert (await other.taken())[0] == 0
    assert await mall.points(two) == (700, 300)
    assert left.payable_fen == 2_000


async def paid(mall: Mall, member: UUID, units: int) -> Sold:
    """An order of the offer that is paid by a gateway, or costs nothing."""
    placed = await mall.ordered(member, units)
    gateway, number = MemoryGateway(), ""
    if placed.payable_fen:
        number = await prepaid(mall.database, member, placed, gateway)
        await a_till(mall.database, gateway).applied(gateway.pay(number))
    else:
        async with mall.database.writes.begin() as session:
            await settle_free(session, [placed.order_id], at=LATER, random=RANDOM)
    return Sold(mall.database, placed.order_id, member, number, gateway)


@pytest.mark.parametrize("cash_fen", [0, 2_000])
async def test_payment_spends_the_points_and_the_units_stay_taken(
    database: Database, cash_fen: int
):
    mall, member = await a_mall(database, cash_fen=cash_fen), await a_saver(database)
    sold = await paid(mall, member, 2)
    assert (await sold.order()).status is OrderStatus.PAID
    assert await mall.points(member) == (400, 0)
    assert await mall.taken() == (2, {member: 2}, 2)


async def paid_late(mall: Mall, member: UUID) -> tuple[Placed, Any, MemoryGateway]:
    """An order of two units that was closed in time, and then was paid."""
    placed, gateway = await mall.ordered(member, 2), MemoryGateway()
    number = await prepaid(mall.database, member, placed, gateway)
    await a_till(mall.database, gateway).release(placed.order_id)
    await let_go(mall.database, placed, CloseReason.NOT_PAID_IN_TIME)
    gateway.payments[number] = replace(gateway.payments[number], state=GatewayState.NOT_PAID)
    return placed, gateway.pay(number), gateway


async def test_a_late_payment_takes_units_and_points_again(database: Database):
    mall, member = await a_mall(database, member_limit=2), await a_saver(database)
    placed, payment, gateway = await paid_late(mall, member)
    # Its time is over by now, but was not when it was ordered.
    async with database.writes.begin() as session:
        await session.execute(update(PointsOffer).values(closes_at=LATER - timedelta(seconds=1)))
    till = a_till(database, gateway, Clock(EXPIRED))
    told = await asyncio.gather(*(till.applied(payment) for _ in range(3)))
    assert sorted(told) == sorted([NoticeOutcome.APPLIED, *[NoticeOutcome.REPEATED] * 2])
    assert await mall.taken() == (2, {member: 2}, 2)
    assert await mall.points(member) == (400, 0)
    assert await returned(database) == [0]
    assert await refunds(database) == []
    async with database.writes() as session:
        assert (await session.get_one(Order, placed.order_id)).status is OrderStatus.PAID


async def _others_have_it(mall: Mall, _: UUID) -> None:
    await mall.ordered(await a_saver(mall.database, 2_000), 6)


async def _the_member_has_others(mall: Mall, member: UUID) -> None:
    await granted(mall.database, member, 300)
    await mall.ordered(member, 1)


async def _it_is_withdrawn(mall: Mall, _: UUID) -> None:
    async with mall.database.writes.begin() as session:
        await session.execute(update(PointsOffer).values(withdrawn_at=LATER))


async def _the_points_are_spent(mall: Mall, member: UUID) -> None:
    other = await mall.another(points=1_000)
    await other.ordered(member)


@pytest.mark.parametrize(
    "meanwhile", [_others_have_it, _the_member_has_others, _it_is_withdrawn, _the_points_are_spent]
)
async def test_a_late_payment_of_what_is_gone_goes_back(database: Database, meanwhile: Any):
    mall, member = await a_mall(database, member_limit=6), await a_saver(database)
    if meanwhile is _the_member_has_others:
        async with database.writes.begin() as session:
            await session.execute(update(PointsOffer).values(member_limit=2))
    placed, payment, gateway = await paid_late(mall, member)
    await meanwhile(mall, member)
    before = await mall.taken(), await mall.points(member)
    await a_till(database, gateway, Clock(EXPIRED)).applied(payment)
    assert (await mall.taken(), await mall.points(member)) == before
    (refund,) = await refunds(database)
    assert refund.amount_fen == placed.payable_fen
    async with database.writes() as session:
        assert (await session.get_one(Order, placed.order_id)).status is OrderStatus.CLOSED


async def test_units_that_were_never_sent_come_back_with_points_and_cash(database: Database):
    mall = await a_mall(database, points=100, cash_fen=333, member_limit=3)
    member = await a_saver(database)
    sold = await paid(mall, member, 3)
    for expected_taken, expected_points in ((2, 800), (1, 900), (0, 1_000)):
        await sold.back(UnitsBack(1, 1))
        await sold.run()
        assert await mall.taken() == (
            expected_taken,
            {member: expected_taken} if expected_taken else {},
            expected_taken,
        )
        assert await mall.points(member) == (expected_points, 0)
    order = await sold.order()
    assert (order.status, order.refunded_fen) == (OrderStatus.CLOSED, 999)


async def test_units_that_were_sent_stay_taken(database: Database):
    mall, member = await a_mall(database), await a_saver(database)
    sold = await paid(mall, member, 3)
    await sent(database, sold.order_id, [(1, 2)])
    await sold.back(UnitsBack(1, 3, 2))
    await sold.run()
    assert (await mall.taken())[0] == 2
    assert await returned(database) == [1]
    assert await mall.points(member) == (1_000, 0)


async def test_what_cost_only_points_comes_back_by_units(database: Database):
    mall, member = await a_mall(database, cash_fen=0), await a_saver(database)
    sold = await paid(mall, member, 3)
    await sold.back(UnitsBack(1, 2))
    await sold.run()
    assert await mall.points(member) == (700, 0)
    assert (await mall.taken())[0] == 1
    await sold.back(UnitsBack(1, 1))
    await sold.run()
    assert await mall.points(member) == (1_000, 0)
    assert (await sold.order()).status is OrderStatus.CLOSED


async def test_an_amount_brings_its_points_with_it_and_no_units(database: Database):
    mall, member = await a_mall(database), await a_saver(database)
    sold = await paid(mall, member, 2)
    await sold.back(AmountBack(1, 1_000))
    await sold.run()
    # A quarter of the cash, and so a quarter of the points.
    assert await mall.points(member) == (550, 0)
    assert (await mall.taken())[0] == 2
    await sold.back(UnitsBack(1, 2))
    await sold.run()
    assert await mall.points(member) == (1_000, 0)
    assert (await mall.taken())[0] == 0
    assert (await sold.order()).refunded_fen == 4_000


@settings(max_examples=200, deadline=None)
@given(
    units=st.integers(1, 12),
    points=st.integers(1, 10_000),
    cash_fen=st.integers(0, 10_000),
    steps=st.lists(st.integers(1, 12), min_size=1, max_size=12),
)
def test_in_whatever_steps_all_comes_back_and_never_more_than_its_part(
    units: int, points: int, cash_fen: int, steps: list[int]
):
    """A unit of an offer has whole points and whole fen, so each step gives back just its own."""
    line = PaidLine(1, units, units * cash_fen, 0, 0, Before(), units * points)
    for step in [*steps, units]:
        some = min(step, units - line.before.units)
        if some == 0:
            continue
        (back,) = by_units(PaidOrder((line,)), [UnitsBack(1, some)]).lines
        assert (back.goods_fen, back.points) == (some * cash_fen, some * points)
        line = _after(line, back)
    assert (line.before.goods_fen, line.before.points) == (units * cash_fen, units * points)


def _after(line: PaidLine, back: RefundLine) -> PaidLine:
    before = line.before
    gone = Before(
        units=before.units + back.units,
        by_units_fen=before.by_units_fen + back.goods_fen,
        by_units_points=before.by_units_points + back.points,
    )
    return PaidLine(1, line.units, line.paid_fen, 0, 0, gone, line.points)
