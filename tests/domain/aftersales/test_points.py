"""What an open case stands against: the points of its lines do not settle until it is over."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from domain.aftersales.words import CaseReason, CaseStatus
from domain.kernel.audit import violations
from domain.kernel.db import Database
from domain.orders.earning.reading import paid_orders
from domain.orders.shipping.receiving import Receiving, receive
from domain.points import sweeping
from domain.points.audit import INVARIANTS
from domain.points.earning.keeping import keep_up
from domain.points.earning.programme import Programme
from domain.points.models import PointsLot
from tests.domain.aftersales.cases import RANDOM, WAITING, Counter, units, wish
from tests.domain.orders.buying import a_shop
from tests.domain.payments.returns import sent, sold
from tests.domain.points.earning.desk import published
from tests.make import NOON

LONG_AFTER = NOON + timedelta(days=300)


async def a_counter(database: Database) -> Counter:
    """An order of two lines, 100 and 50 yuan, that was received, under a point per yuan."""
    await published(database, Programme(base_rate_bp=10_000), at=NOON - timedelta(days=1))
    shop = await a_shop(database, prices_fen=(5_000, 5_000))
    counter = Counter(await sold(database, shop, 2, 1), WAITING)
    await sent(database, counter.sold.order_id)
    counter.later(hours=1)
    async with database.writes.begin() as session:
        order_id, at = counter.sold.order_id, counter.sold.clock.now
        wanted = Receiving(order_id, "member:test", counter.sold.member_id)
        await receive(session, [wanted], at, random=RANDOM)
    return counter


async def kept_up(counter: Counter) -> None:
    async with counter.database.writes.begin() as session:
        orders = await paid_orders(session, [counter.sold.order_id])
        await keep_up(session, orders, at=counter.sold.clock.now, random=RANDOM)


async def settled(counter: Counter) -> dict[int, int]:
    """What is active of each line once its time is long over; the books are audited."""
    async with counter.database.writes.begin() as session:
        await sweeping.settle_due(session, at=LONG_AFTER, most=10)
    async with counter.database.writes() as session:
        for invariant in INVARIANTS:
            assert [each async for each in violations(session, invariant)] == []
        lots = (await session.scalars(select(PointsLot))).all()
    return {lot.source_part: lot.remaining for lot in lots if lot.activated_at}


@pytest.mark.parametrize("is_earned_first", [True, False])
async def test_points_of_an_open_case_do_not_settle_and_those_of_other_lines_do(
    database: Database, *, is_earned_first: bool
):
    counter = await a_counter(database)
    if is_earned_first:
        await kept_up(counter)
    case_id = await counter.open(wish(units(1, 1), reason=CaseReason.DAMAGED))
    await kept_up(counter)
    assert await settled(counter) == {2: 50}
    await counter.cancel(case_id)
    assert await settled(counter) == {1: 100, 2: 50}


async def test_points_settle_once_no_case_is_open_any_more(database: Database):
    counter = await a_counter(database)
    await kept_up(counter)
    asked = wish(units(1, 1), reason=CaseReason.DAMAGED)
    first, second = await counter.open(asked), await counter.open(asked)
    await counter.refuse(first)
    assert await settled(counter) == {2: 50}
    await counter.refuse(second)
    assert await settled(counter) == {1: 100, 2: 50}
    # What is opened afterwards stands against nothing that has settled.
    await counter.open(asked)
    assert await settled(counter) == {1: 100, 2: 50}


async def test_what_a_case_brings_back_is_taken_and_the_rest_settles(database: Database):
    counter = await a_counter(database)
    await kept_up(counter)
    case_id = await counter.open(wish(units(1, 1), reason=CaseReason.MISSING))
    await counter.approve(case_id)
    assert await counter.status(case_id) is CaseStatus.REFUNDING
    assert await settled(counter) == {2: 50}
    await counter.paid_back(case_id)
    assert await counter.status(case_id) is CaseStatus.SUCCEEDED
    assert await settled(counter) == {1: 50, 2: 50}
