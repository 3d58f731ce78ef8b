"""Orders of the same members earn, are refunded and give points at once: nobody waits for ever."""

import asyncio
from copy import copy
from uuid import UUID

import asyncpg

from domain.kernel.db import Database
from domain.kernel.ids import new_id
from domain.orders.refunding.rules import UnitsBack
from domain.points.earning.programme import Programme
from domain.points.posting import lock, write
from domain.points.rules.books import Source
from domain.points.rules.transferring import transfer
from domain.points.words import SourceKind
from tests import make_points
from tests.domain.orders.earning.earners import RANDOM, a_shop
from tests.domain.orders.refunding.given import refunded
from tests.domain.points.earning.desk import published
from tests.domain.points.replay import replay
from tests.make import NOON, an_id
from tests.make_orders import a_member

ROUNDS = 5


async def gives(database: Database, giver: UUID, taker: UUID) -> None:
    """A member gives a point to another."""
    source = Source(SourceKind.TRANSFER, an_id())
    async with database.writes.begin() as session:
        books = await lock(session, [giver, taker], facts=[source])
        lots = [new_id(NOON, RANDOM) for _ in range(40)]
        transfer(books[giver], books[taker], 1, source=source, lot_ids=lots, at=NOON)
        await write(session, books.values())


async def test_whoever_moves_points_of_the_same_members_never_waits_for_ever(
    database: Database, owner: "asyncpg.Connection[asyncpg.Record]"
):
    await published(database, Programme(base_rate_bp=10_000))
    first = await a_shop(database)
    async with database.writes.begin() as session:
        member_id = await a_member(session)
    second = copy(first)
    second.member_id = member_id
    for each in (first, second):
        await make_points.granted(database, each.member_id, 100)
    members = first.member_id, second.member_id
    for _ in range(ROUNDS):
        new = [await shop.sold(2) for shop in (first, second, second, first)]
        old = [await shop.sold(2) for shop in (second, first)]
        await first.kept_up(*old)
        await asyncio.gather(
            first.kept_up(*new[:2]),
            first.kept_up(*new[2:]),
            *(refunded(database, each, UnitsBack(1, 1, 0)) for each in (*old, *new[1:3])),
            gives(database, *members),
            gives(database, *members[::-1]),
        )
    # Each round six orders of 100 yuan, of which 50 are back of four.
    counted = await owner.fetchval(
        "SELECT sum(available)::int FROM points_accounts WHERE wallet = 'growth'"
    )
    pending = await owner.fetchval("SELECT sum(pending)::int FROM points_accounts")
    assert (counted, pending) == (ROUNDS * 400, ROUNDS * 400)
    await replay(owner)
    await first.audited()
