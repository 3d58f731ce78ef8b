"""Many who move points at once: what is there is spent once, and nobody waits for ever."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from itertools import pairwise
from typing import TypeAlias
from uuid import UUID

import asyncpg
import pytest

from domain.kernel.db import Database, open_database
from domain.points.errors import PointsShort
from domain.points.posting import lock, write
from domain.points.rules import granting, holding
from domain.points.rules.books import Book, Source
from domain.points.rules.transferring import transfer
from domain.points.words import SourceKind
from tests import make_points
from tests.domain.points.replay import replay
from tests.domain.points.world import World
from tests.make import NOON, an_id

Owner: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Spend = Callable[[Database, UUID], Awaitable[None]]
CLIENTS = 16


@pytest.fixture
async def crowd(database: Database, database_url: str) -> AsyncGenerator[Database]:
    """The same mall with a connection for each client, so that they are all at it at once."""
    async with open_database(
        database_url, read_connections=1, write_connections=1, hot_connections=CLIENTS
    ) as opened:
        yield opened


async def spend(database: Database, member_id: UUID) -> None:
    """Hold and capture one point, by the way that everybody takes."""
    source = Source(SourceKind.ORDER, an_id())
    async with database.hot.begin() as session:
        books = await lock(session, [member_id], facts=[source])
        held = holding.hold(books[member_id], an_id(), 1, source=source, at=NOON)
        holding.capture(books[member_id], held, at=NOON)
        await write(session, books.values())


async def spend_naively(database: Database, member_id: UUID) -> None:
    """Read the balance, decide, and write what is left: two who do so at once spend one point.

    Others come between the two, as they do where a mall thinks for a moment.
    """
    async with database.hot.begin() as session:
        ((available, spent),) = await session.send(
            "SELECT available, lifetime_spent FROM points_accounts WHERE member_id = $1",
            [member_id],
        )
        if available < 1:
            raise PointsShort(available, 1)
        await asyncio.sleep(0.001)
        await session.send(
            "UPDATE points_accounts SET available = $1, lifetime_spent = $2 WHERE member_id = $3",
            [available - 1, spent + 1, member_id],
        )


async def succeeded(database: Database, member_id: UUID, spend: Spend, tries: int) -> int:
    """How many of so many tries by each of the clients at once were not refused."""

    async def client() -> int:
        done = 0
        for _ in range(tries):
            try:
                await spend(database, member_id)
            except PointsShort:
                continue
            done += 1
        return done

    return sum(await asyncio.gather(*(client() for _ in range(CLIENTS))))


async def a_rich_member(database: Database, points: int) -> UUID:
    """A member with so many points, in five lots."""
    (member_id,) = await make_points.members(database)
    await make_points.granted(database, member_id, *[points // 5] * 5)
    return member_id


async def test_as_many_points_are_spent_as_there_are(
    database: Database, crowd: Database, owner: Owner, *, is_soak: bool
):
    points, tries = (1_000, 150) if is_soak else (100, 15)
    member_id = await a_rich_member(database, points)

    assert await succeeded(crowd, member_id, spend, tries) == points

    book = await make_points.read_book(database, member_id)
    assert (book.figures.available, book.figures.held, book.lifetime_spent) == (0, 0, points)
    assert await owner.fetchval("SELECT sum(captured)::int FROM points_holds") == points
    # Lots are spent one after the other, each whole (G5).
    parts = await owner.fetch(
        "SELECT lot_id FROM points_entries WHERE reason = 'held' ORDER BY number"
    )
    changes = [before != after for before, after in pairwise(parts)]
    assert sum(changes) == 4
    await replay(owner)
    await World(database, []).check()


async def test_a_naive_twin_spends_more_than_there_is(database: Database, crowd: Database):
    """Or the test above would prove nothing."""
    member_id = await a_rich_member(database, 100)
    assert await succeeded(crowd, member_id, spend_naively, 15) > 100


async def test_a_fact_that_many_tell_at_once_moves_points_once(
    database: Database, crowd: Database, owner: Owner
):
    member_id = await a_rich_member(database, 100)
    source = Source(SourceKind.ORDER, an_id())

    async def told() -> UUID:
        async with crowd.hot.begin() as session:
            books = await lock(session, [member_id], facts=[source])
            held = holding.hold(books[member_id], an_id(), 30, source=source, at=NOON)
            await write(session, books.values())
        return held.id

    assert len(set(await asyncio.gather(*(told() for _ in range(CLIENTS))))) == 1
    assert await owner.fetchval("SELECT held FROM points_accounts") == 30


async def test_an_account_that_many_open_at_once_is_there_once(
    database: Database, crowd: Database, owner: Owner
):
    (member_id,) = await make_points.members(database)

    async def told() -> None:
        async with crowd.hot.begin() as session:
            books = await lock(session, [member_id])
            granting.grant(books[member_id], make_points.new_lot(), at=NOON)
            await write(session, books.values())

    await asyncio.gather(*(told() for _ in range(CLIENTS)))
    assert await owner.fetchval("SELECT available FROM points_accounts") == 160
    await replay(owner)


@pytest.mark.parametrize("are_open", [True, False])
async def test_members_that_are_locked_in_any_order_never_wait_for_each_other(
    database: Database,
    crowd: Database,
    owner: Owner,
    are_open: bool,  # noqa: FBT001 - pytest gives it by name
):
    members = await make_points.members(database, 6)
    if are_open:
        for each in members:
            await make_points.granted(database, each, 100)
    else:
        # One is there; to open others after it was locked would be out of order.
        await make_points.granted(database, members[-1], 100)

    async def gives(giver: UUID, taker: UUID) -> None:
        source = Source(SourceKind.TRANSFER, an_id())
        async with crowd.hot.begin() as session:
            books = await lock(session, [giver, taker], facts=[source])
            _transfer(books, giver, taker, source)
            await write(session, books.values())

    pairs = [(one, other) for one in members for other in members if one != other]
    await asyncio.gather(*(gives(*pair) for pair in [*pairs, *reversed(pairs)]))
    assert await owner.fetchval("SELECT sum(available)::int FROM points_accounts") in {100, 600}
    await replay(owner)


def _transfer(books: dict[UUID, Book], giver: UUID, taker: UUID, source: Source) -> None:
    if books[giver].figures.available:
        lot_ids = [an_id() for _ in books[giver].lots]
        transfer(books[giver], books[taker], 1, source=source, lot_ids=lot_ids, at=NOON)
