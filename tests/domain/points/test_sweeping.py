"""Settling and expiring set-wise: what the rules say for one account, for any number of them."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from random import Random
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.kernel.db import Database
from domain.points.posting import lock
from domain.points.rules import expiring, granting, holding, settling
from domain.points.rules.books import Book, Source
from domain.points.rules.granting import NewLot
from domain.points.rules.holding import RELEASE_GRACE
from domain.points.sweeping import Moved, expire_due, settle_due
from domain.points.words import Bucket, Reason, SourceKind
from tests import make_points
from tests.conftest import forget_rows
from tests.domain.points.replay import replay
from tests.domain.points.world import World
from tests.make import NOON, an_id
from tests.patience import until_somebody_waits_for_a_lock

Owner: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
LATER = NOON + timedelta(days=3)
VALIDITIES = ("never", "days:1", "days:9", "months:1", "sliding:4", "year_end:0:1001")
LOTS = st.tuples(
    st.sampled_from(["settles", "cancels", "waits", "deferred", "active", "clawed"]),
    st.integers(1, 20),
    st.integers(-4, 4),
    st.sampled_from(VALIDITIES),
)
"""What a lot is, its points, its day from `LATER`, and how long it holds."""
ACCOUNTS = st.lists(
    st.tuples(st.lists(LOTS, max_size=6), st.integers(0, 25), st.booleans()),
    min_size=1,
    max_size=3,
)
"""Accounts of such lots, with what they owe, and whether they are frozen."""


def lots_of(book: Book, lots: list[tuple[str, int, int, str]]) -> None:
    """Open such lots in a book."""
    for kind, points, days, validity in lots:
        day = LATER + timedelta(days=days)
        source = Source(SourceKind.ORDER, an_id())
        new = NewLot(an_id(), points, source, validity, cancels_at=day)
        if kind == "active":
            granting.grant(book, new, at=day - timedelta(days=5))
            continue
        lot = granting.earn(book, new, at=NOON)
        if kind != "cancels":
            settling.receive(book, [lot], settles_at=day + timedelta(days=9 * (kind == "waits")))
        if kind == "deferred":
            settling.defer(book, [lot], source=Source(SourceKind.CASE, an_id()), at=NOON)
        if kind == "clawed":
            way = (Bucket.PENDING, Bucket.REVOKED)
            refund = Source(SourceKind.REFUND, an_id())
            some = max(1, points // 2)
            book.move(Reason.CLAWED_BACK, way, some, source=refund, at=NOON, lot=lot)


async def an_account(
    database: Database, lots: list[tuple[str, int, int, str]], debt: int, *, is_frozen: bool
) -> UUID:
    """A member with such lots, who owes so much where there is nothing to pay it with."""
    (member_id,) = await make_points.members(database)

    def opens(book: Book) -> None:
        lots_of(book, lots)
        if debt and not book.figures.available:
            source = Source(SourceKind.REFUND, an_id())
            book.move(Reason.OWED, (Bucket.DEBT, Bucket.REVOKED), debt, source=source, at=NOON)

    await make_points.on_book(database, member_id, opens)
    if is_frozen:
        async with database.hot.begin() as session:
            await session.send(
                "UPDATE points_accounts SET frozen_at = $1 WHERE member_id = $2",
                (NOON, member_id),
            )
    return member_id


Told: TypeAlias = tuple[Mapping[str, Any], list[Any]]


def told_of(book: Book) -> Told:
    """What a book says of its account and of each lot that is not closed."""
    figures = {each: getattr(book.figures, each) for each in ("pending", "available", "debt")}
    lots = [
        asdict(lot) | {"is_new": False}
        for _, lot in sorted(book.lots.items())
        if lot.remaining or lot.held
    ]
    return figures | {"entries": book.entries}, lots


async def swept(
    database: Database, sweep: Callable[..., Awaitable[Moved]], *, most: int, most_lots: int
) -> Moved:
    """Sweep at `LATER`, chunk by chunk, until nothing is left to look at."""
    total = Moved()
    for _ in range(100):
        async with database.hot.begin() as session:
            moved = await sweep(session, at=LATER, most=most, most_lots=most_lots)
        if moved.accounts == 0:
            return total
        total = Moved(*map(sum, zip(total, moved, strict=True)))
    raise AssertionError("accounts stay due of which nothing is")


async def entries_of(owner: Owner, member_id: UUID) -> list[tuple[Any, ...]]:
    """The journal of a member, in order."""
    rows = await owner.fetch(
        "SELECT number, reason, from_bucket, to_bucket, amount, source_kind, source_id, part,"
        " lot_id, pending_after, available_after, held_after, debt_after, recorded_at"
        " FROM points_entries WHERE member_id = $1 ORDER BY number",
        member_id,
    )
    return [tuple(row) for row in rows]


def decided(book: Book, decide: Callable[[Book, datetime], None]) -> list[tuple[Any, ...]]:
    """What the rules write for an account, as the journal would have it."""
    before = len(book.written)
    decide(book, LATER)
    return [
        (
            each.number, each.reason, each.from_bucket, each.to_bucket, each.amount,
            each.source.kind, each.source.id, each.source.part, each.lot_id, each.after.pending,
            each.after.available, each.after.held, each.after.debt, each.at,
        )
        for each in book.written[before:]
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("sweep", "decide"),
    [(settle_due, settling.settle_due), (expire_due, expiring.expire_due)],
)
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=(HealthCheck.function_scoped_fixture, HealthCheck.too_slow),
)
@given(accounts=ACCOUNTS, most=st.integers(1, 4), most_lots=st.integers(1, 20))
async def test_a_sweep_writes_entry_by_entry_what_the_rules_write_for_each_account(
    database: Database,
    owner: Owner,
    sweep: Callable[..., Awaitable[Moved]],
    decide: Callable[[Book, datetime], None],
    accounts: list[tuple[list[tuple[str, int, int, str]], int, bool]],
    most: int,
    most_lots: int,
):
    await forget_rows(owner)
    members = [
        await an_account(database, lots, debt, is_frozen=is_frozen)
        for lots, debt, is_frozen in accounts
    ]
    expected: dict[UUID, tuple[list[tuple[Any, ...]], Told]] = {}
    for member_id in members:
        book = await make_points.read_book(database, member_id)
        written = decided(book, decide)
        expected[member_id] = [*await entries_of(owner, member_id), *written], told_of(book)

    await swept(database, sweep, most=most, most_lots=most_lots)

    for member_id, (entries, told) in expected.items():
        assert await entries_of(owner, member_id) == entries
        assert told_of(await make_points.read_book(database, member_id)) == told
    await replay(owner)
    await World(database, []).check()


@pytest.mark.parametrize(
    ("sweep", "column"), [(settle_due, "settles_at"), (expire_due, "expires_at")]
)
async def test_an_account_that_is_looked_at_too_early_is_moved_on(
    database: Database, owner: Owner, sweep: Callable[..., Awaitable[Moved]], column: str
):
    first, second = await make_points.members(database, 2)
    ends = LATER + timedelta(days=5)
    for each in (first, second):
        await make_points.earned(database, [each], settles_at=ends)
    await make_points.granted(database, first, 5, validity="days:9")
    await owner.execute(f"UPDATE points_accounts SET {column} = $1", NOON)

    moved = await swept(database, sweep, most=10, most_lots=10)

    assert moved == Moved(accounts=2)
    of_lots = f"SELECT min({column}) FROM points_lots WHERE member_id = $1"
    for each in (first, second):
        now = await owner.fetchval(
            f"SELECT {column} FROM points_accounts WHERE member_id = $1", each
        )
        assert now == await owner.fetchval(of_lots, each)
        assert now is None or now > LATER


async def test_a_lot_ends_at_the_moment_that_it_says_and_not_before(
    database: Database, owner: Owner
):
    (member_id,) = await make_points.members(database)
    (lot,) = await make_points.granted(database, member_id, 5, validity="days:9")
    assert lot.expires_at is not None
    for moment, lots in ((lot.expires_at - timedelta(microseconds=1), 0), (lot.expires_at, 1)):
        async with database.hot.begin() as session:
            assert (await expire_due(session, at=moment, most=1)).lots == lots
    await replay(owner)


async def test_a_lot_that_was_good_again_ends_a_second_time(database: Database, owner: Owner):
    """What was held of it when it ended came back with a grace: two facts, and two entries."""
    (member_id,) = await make_points.members(database)
    await make_points.granted(database, member_id, 10, validity="days:1")
    order = Source(SourceKind.ORDER, an_id())

    def holds(book: Book) -> None:
        holding.hold(book, an_id(), 6, source=order, at=NOON)

    def releases(book: Book) -> None:
        held = book.hold_of(order)
        assert held is not None
        holding.release(book, held, is_members_wish=False, at=LATER)

    await make_points.on_book(database, member_id, holds, facts=[order])
    assert (await swept(database, expire_due, most=1, most_lots=1)).points == 4
    await make_points.on_book(database, member_id, releases, facts=[order])
    assert await swept(database, expire_due, most=1, most_lots=1) == Moved()
    async with database.hot.begin() as session:
        moved = await expire_due(session, at=LATER + RELEASE_GRACE, most=1)
    assert moved == Moved(1, 1, 6)
    parts = await owner.fetch("SELECT part FROM points_entries WHERE reason = 'expired'")
    assert {row["part"] for row in parts} == {0, 1}
    await replay(owner)
    await World(database, []).check()


async def test_two_sweepers_at_once_take_accounts_apart(database: Database, owner: Owner):
    members = await make_points.members(database, 6)
    await make_points.earned(database, members, lots=2)
    async with database.hot.begin() as one, database.hot.begin() as two:
        first = await settle_due(one, at=LATER, most=4)
        second = await settle_due(two, at=LATER, most=4)
        assert (first.accounts, second.accounts) == (4, 2)
    assert (first.lots, second.lots) == (8, 4)
    await replay(owner)


async def test_many_sweepers_at_once_settle_each_lot_once(database: Database, owner: Owner):
    members = await make_points.members(database, 40)
    await make_points.earned(database, members, lots=3)

    async def sweeper() -> int:
        lots, moved = 0, Moved(1)
        while moved.accounts:
            async with database.hot.begin() as session:
                moved = await settle_due(session, at=LATER, most=3, most_lots=4)
            lots += moved.lots
        return lots

    assert sum(await asyncio.gather(*(sweeper() for _ in range(4)))) == 120
    counted = Counter(
        row["lot_id"]
        for row in await owner.fetch("SELECT lot_id FROM points_entries WHERE reason = 'settled'")
    )
    assert len(counted) == counted.total() == 120
    await replay(owner)


async def test_who_spends_while_a_sweep_settles_waits_and_has_all_points(
    database: Database, owner: Owner
):
    """And a sweep passes by whoever moves points just then."""
    (member_id,) = await make_points.members(database)
    await make_points.earned(database, [member_id], points=7)
    async with database.hot.begin() as session:
        assert (await settle_due(session, at=LATER, most=1)).points == 7
        spending = asyncio.create_task(make_points.read_book(database, member_id))
        await until_somebody_waits_for_a_lock(database)
    assert (await spending).figures.available == 7
    await make_points.earned(database, [member_id], points=7)
    async with database.writes.begin() as session:
        await lock(session, [member_id])
        async with database.hot.begin() as other:
            assert await settle_due(other, at=LATER, most=1) == Moved()
    assert (await swept(database, settle_due, most=1, most_lots=1)).points == 7


async def test_a_random_mall_settles_in_any_chunks(database: Database, owner: Owner):
    random = Random(3)
    members = await make_points.members(database, 20)
    for each in members:
        lots = random.randrange(8)
        await make_points.earned(database, [each], lots=lots, validity=random.choice(VALIDITIES))
    lots = await owner.fetchval("SELECT count(*) FROM points_lots")
    moved = await swept(database, settle_due, most=7, most_lots=5)
    assert (moved.lots, moved.points) == (lots, 10 * lots)
    await replay(owner)
