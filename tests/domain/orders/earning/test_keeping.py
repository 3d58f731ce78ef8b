"""The points of orders are kept up to where the orders are, however often and in which order."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import select

from domain.kernel.days import begin_of, day_at
from domain.kernel.db import Database
from domain.orders.earning.due import mark, take
from domain.orders.earning.reading import paid_orders
from domain.orders.refunding.rules import UnitsBack
from domain.orders.refunding.terms import RefundTerms
from domain.points import sweeping
from domain.points.earning.models import PointsLineEarning
from domain.points.earning.programme import Bonus, Caps, GoodsRate, GoodsScope, Programme
from domain.points.earning.rules import Cap
from domain.points.rules.validity import Validity, ValidityKind
from domain.points.words import ClawbackPolicy, SourceKind
from tests.api.client import statements_run
from tests.domain.addresses import homes
from tests.domain.orders.buying import in_cart, quoted
from tests.domain.orders.earning.earners import Shop, a_shop
from tests.domain.orders.refunding.given import refunded
from tests.domain.points.earning.desk import published
from tests.domain.points.earning.test_rules import TITLE
from tests.make import NOON

DAY = timedelta(days=1)
ONE = Programme(base_rate_bp=10_000)


@pytest.fixture
async def shop(database: Database) -> Shop:
    return await a_shop(database)


async def test_orders_earn_by_the_rules_of_when_they_were_placed(shop: Shop):
    doubled = GoodsRate(title=TITLE, goods=GoodsScope((shop.product,)), rate_bp=20_000)
    first = Programme(base_rate_bp=10_000, rates=(doubled,), bonuses=(
        Bonus(title=TITLE, bonus_bp=5_000),
    ), validity=Validity(ValidityKind.DAYS, 90))  # fmt: skip
    await published(shop.database, first)
    await published(shop.database, Programme(base_rate_bp=30_000), 1, valid_from=NOON + 2 * DAY)
    moments = [NOON - DAY, NOON, NOON + 2 * DAY - timedelta(seconds=1), NOON + 2 * DAY]
    ids = [await shop.sold(placed_at=at, paid_at=NOON + 3 * DAY) for at in moments]
    assert await shop.kept_up(*ids, at=NOON + 3 * DAY) == 4
    lots = {lot.source_id: lot for lot in await shop.lots()}
    assert [lots[key].granted for key in ids[1:]] == [300, 300, 300]
    assert ids[0] not in lots
    told = [(lots[key].rule_version, lots[key].validity) for key in ids[1:]]
    assert told == [(1, "days:90"), (1, "days:90"), (2, "never")]
    assert await shop.account() == (900, 0, 0)
    async with shop.database.writes() as session:
        rows = {row.order_id: row for row in await session.scalars(select(PointsLineEarning))}
    row = rows[ids[1]]
    figures = row.base_fen, row.rate_bp, row.bonus_bp, row.window_days, row.wanted, row.granted
    assert figures == (10_000, 20_000, 5_000, 7, 300, 300)
    assert (rows[ids[0]].rule_version, rows[ids[0]].granted) == (0, 0)


async def test_doing_it_again_or_at_the_same_time_changes_nothing(shop: Shop):
    await published(shop.database, ONE)
    ids = [await shop.sold() for _ in range(5)]
    done = await asyncio.gather(*(shop.kept_up(*ids) for _ in range(4)))
    assert sorted(done) == [0, 0, 0, 5]
    assert await shop.account() == (500, 0, 0)
    assert await shop.kept_up(*ids) == 0
    assert len(await shop.lots()) == 5


async def test_any_number_of_orders_costs_the_same_few_statements(
    shop: Shop, count_statements: Counter[str]
):
    await published(shop.database, Programme(base_rate_bp=10_000, caps=Caps(month=10_000)))
    await shop.kept_up(await shop.sold())
    told: list[int] = []
    for number in (1, 12):
        ids = [await shop.sold() for _ in range(number)]
        count_statements.clear()
        await shop.kept_up(*ids)
        told.append(count_statements.total())
    # Two of them are for the accounts of what counts towards tiers.
    assert told == [13, 13]


async def test_an_order_that_nobody_paid_earns_nothing(shop: Shop):
    await published(shop.database, ONE)
    assert await shop.kept_up(await shop.ordered()) == 0
    assert await shop.lots() == []


async def test_caps_count_what_was_granted_by_then_and_what_is_earned_along(shop: Shop):
    caps = Caps(order=90, day=150, month=400, lifetime=500, balance=450)
    await published(shop.database, Programme(base_rate_bp=10_000, caps=caps), at=NOON - DAY)
    today = [await shop.sold() for _ in range(3)]
    await shop.kept_up(*today)
    tomorrow = [await shop.sold(placed_at=NOON + DAY) for _ in range(2)]
    await shop.kept_up(tomorrow[0], at=NOON + DAY)
    await shop.kept_up(tomorrow[1], at=NOON + DAY)
    # Of 400 in the month 100 are left.
    last = [await shop.sold(placed_at=NOON + 2 * DAY) for _ in range(2)]
    await shop.kept_up(*last, at=NOON + 2 * DAY)
    async with shop.database.writes() as session:
        rows = {row.order_id: row for row in await session.scalars(select(PointsLineEarning))}
    granted = [rows[key].granted for key in (*today, *tomorrow, *last)]
    assert granted == [90, 60, 0, 90, 60, 90, 10]
    assert {rows[key].wanted for key in rows} == {100}
    # The next month begins anew, and the balance has its own cap.
    later = await shop.sold(placed_at=NOON + 40 * DAY)
    await shop.kept_up(later, at=NOON + 40 * DAY)
    assert await shop.account() == (450, 0, 0)


@pytest.mark.parametrize(
    ("caps", "granted", "limited_by"),
    [
        (Caps(order=100), 50, None),
        (Caps(day=140), 40, Cap.DAY),
        (Caps(month=230), 30, Cap.MONTH),
        (Caps(lifetime=320), 20, Cap.LIFETIME),
        (Caps(balance=310), 10, Cap.BALANCE),
        (Caps(day=50, balance=1_000), 0, Cap.DAY),
    ],
)
async def test_a_quote_tells_what_the_caps_leave_of_what_its_order_wants(
    shop: Shop, caps: Caps, granted: int, limited_by: Cap | None
):
    begins = NOON - 60 * DAY
    await published(shop.database, ONE, at=begins)
    moments = (begins, NOON - 5 * DAY, NOON)
    for at in moments:
        await shop.kept_up(await shop.sold(placed_at=at), at=at)
    await published(
        shop.database, Programme(base_rate_bp=10_000, caps=caps), 1, at=NOON - timedelta(hours=1)
    )
    await homes.add(shop.database, shop.member_id)
    await in_cart(shop.database, shop.member_id, shop.variant)
    before = statements_run()
    earning = (await quoted(shop.database, shop.member_id)).earning
    assert statements_run() - before == (2 if caps.order else 3)
    assert earning is not None
    assert (earning.wanted, earning.granted, earning.limited_by) == (50, granted, limited_by)


async def test_what_was_taken_back_leaves_room_under_a_cap(shop: Shop):
    await published(shop.database, Programme(base_rate_bp=10_000, caps=Caps(day=100)))
    first = await shop.sold()
    await shop.kept_up(first)
    await refunded(shop.database, first, UnitsBack(1, 1, 0))
    await shop.kept_up(await shop.sold())
    assert await shop.account() == (100, 0, 0)


async def test_points_settle_when_the_window_after_receipt_is_over(shop: Shop):
    rate = GoodsRate(title=TITLE, goods=GoodsScope((shop.product,)), rate_bp=10_000, window_days=9)
    validity = Validity(ValidityKind.DAYS, 30)
    await published(shop.database, Programme(base_rate_bp=0, rates=(rate,), validity=validity))
    order_id = await shop.sold(shipped_at=NOON)
    await shop.kept_up(order_id)
    received_at = NOON + 3 * DAY
    await shop.received(order_id, received_at)
    for _ in range(2):
        await shop.kept_up(order_id, at=received_at)
    (lot,) = await shop.lots()
    assert lot.settles_at == received_at + 9 * DAY
    for early, expected in ((timedelta(seconds=1), (100, 0, 0)), (timedelta(0), (0, 100, 0))):
        async with shop.database.writes.begin() as session:
            at = received_at + 9 * DAY - early
            await sweeping.settle_due(session, at=at, most=10)
        assert await shop.account() == expected
    await shop.kept_up(order_id, at=received_at + 10 * DAY)
    assert await shop.account() == (0, 100, 0)


async def test_what_came_and_was_received_at_once_is_earned_to_settle(shop: Shop):
    await published(shop.database, ONE)
    await shop.kept_up(await shop.sold(received_at=NOON + DAY))
    (lot,) = await shop.lots()
    assert (lot.settles_at, lot.activated_at) == (NOON + 8 * DAY, None)


async def test_refunds_take_back_by_what_has_gone_back_in_all(shop: Shop):
    await published(shop.database, Programme(base_rate_bp=10_300))
    order_id = await shop.sold(3)
    await shop.kept_up(order_id)
    assert await shop.account() == (154, 0, 0)
    told: list[int] = []
    for _ in range(3):
        await refunded(shop.database, order_id, UnitsBack(1, 1, 0))
        told.append((await shop.account())[0])
    # Of 154 points 2/3, then 1/3, then none are kept, rounded down.
    assert told == [102, 51, 0]


async def test_a_refund_that_is_on_its_way_takes_nothing_back(shop: Shop):
    await published(shop.database, ONE)
    order_id = await shop.sold()
    await shop.kept_up(order_id)
    await refunded(shop.database, order_id, UnitsBack(1, 1, 0), is_back=False)
    assert await shop.account() == (100, 0, 0)


async def test_a_refund_before_the_points_were_earned_forgets_nothing(shop: Shop):
    await published(shop.database, ONE)
    order_id = await shop.sold()
    await refunded(shop.database, order_id, UnitsBack(1, 1, 0))
    assert await shop.account() == (50, 0, 0)
    assert await shop.kept_up(order_id) == 0
    assert await shop.account() == (50, 0, 0)


async def test_a_refund_of_settled_points_takes_them_from_what_is_available(shop: Shop):
    await published(shop.database, ONE)
    order_id = await shop.sold(received_at=NOON)
    await shop.kept_up(order_id)
    async with shop.database.writes.begin() as session:
        await sweeping.settle_due(session, at=NOON + 8 * DAY, most=10)
    await refunded(shop.database, order_id, UnitsBack(1, 1, 0))
    assert await shop.account() == (0, 50, 0)
    (lot,) = await shop.lots()
    assert (lot.source_kind, lot.clawed, lot.revoked) == (SourceKind.ORDER, 50, 50)


@pytest.mark.parametrize(
    ("policy", "pending", "available", "debt"),
    [
        (ClawbackPolicy.ONLY_PENDING, 0, 100, 0),
        (ClawbackPolicy.WITHIN_BALANCE, 0, 0, 0),
        (ClawbackPolicy.DEBT, 0, 0, 50),
    ],
)
async def test_what_is_not_there_any_more_is_waived_or_owed_by_the_terms(
    shop: Shop, policy: ClawbackPolicy, pending: int, available: int, debt: int
):
    await published(shop.database, ONE)
    order_id = await shop.sold(3, received_at=NOON)
    await shop.kept_up(order_id)
    async with shop.database.writes.begin() as session:
        await sweeping.settle_due(session, at=NOON + 8 * DAY, most=10)
    await shop.taken(50, at=NOON + 8 * DAY)
    terms = RefundTerms(clawback=policy)
    await refunded(shop.database, order_id, UnitsBack(1, 3, 0), terms=terms)
    assert await shop.account() == (pending, available, debt)
    (lot,) = await shop.lots()
    assert lot.clawed == 150


async def test_a_paid_order_lets_points_hold_anew_whose_validity_slides(shop: Shop):
    await published(
        shop.database,
        Programme(base_rate_bp=10_000, validity=Validity(ValidityKind.SLIDING, 30)),
    )
    first = await shop.sold(received_at=NOON)
    await shop.kept_up(first)
    async with shop.database.writes.begin() as session:
        await sweeping.settle_due(session, at=NOON + 8 * DAY, most=10)
    ends = [await shop.ends_of(first)]
    # The later one is told first: what is told after it brings the end no nearer.
    later = await shop.sold(placed_at=NOON + 20 * DAY)
    sooner = await shop.sold(placed_at=NOON + 10 * DAY)
    for key in (later, sooner, later):
        await shop.kept_up(key, at=NOON + 21 * DAY)
        ends.append(await shop.ends_of(first))
    midnight = begin_of(day_at(NOON))
    assert ends == [midnight + 39 * DAY, *[midnight + 51 * DAY] * 3]
    # One that was paid when the points had ended, but are not swept yet, brings none back.
    late = await shop.sold(placed_at=NOON + 60 * DAY)
    await shop.kept_up(late, at=NOON + 60 * DAY)
    assert await shop.ends_of(first) == ends[-1]
    assert await shop.account() == (300, 100, 0)


async def test_an_order_is_due_once_and_taken_by_one(database: Database, shop: Shop):
    ids = [await shop.sold() for _ in range(3)]
    async with database.writes.begin() as session:
        await mark(session, [*ids, *ids], due_at=NOON)
        await mark(session, ids[:1], due_at=NOON + DAY)
    async with database.writes() as one, database.writes() as other:
        first = await take(one, at=NOON, most=1)
        rest = await take(other, at=NOON, most=10)
        assert sorted([*first, *rest]) == sorted(ids[1:])
        assert await take(one, at=NOON + DAY, most=5, only=ids[0]) == ids[:1]
        await one.rollback()
        await other.rollback()
    async with database.writes.begin() as session:
        assert set(await take(session, at=NOON + DAY, most=10)) == set(ids)
    async with database.writes() as session:
        assert await take(session, at=NOON + DAY, most=10) == []
        assert await paid_orders(session, []) == []
