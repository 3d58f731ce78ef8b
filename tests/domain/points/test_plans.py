"""How PostgreSQL finds the rows of what points send, in a mall that has grown: counted in rows."""

import json
import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, TypeAlias

import asyncpg

from domain.kernel.db import Database
from domain.kernel.hot_pool import PLANS
from domain.points import statements
from domain.points.posting import lock, lock_growth, write
from domain.points.rules import granting, holding, settling
from domain.points.rules.books import Source
from domain.points.sweeping import EXPIRING, SETTLING, expire_due, settle_due
from domain.points.words import SourceKind
from tests import make_points
from tests.domain.payments.test_plans import parts, plan_of
from tests.domain.points.history import some_points
from tests.make import NOON, an_id

Owner: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
LATER = NOON + timedelta(days=3)
MANY = 3_000
_KEY, _OTHER = "md5(n::text)::uuid", "md5('other' || n)::uuid"
GROWN = {
    "members": {"id": _OTHER},
    "points_accounts": {"member_id": _OTHER, "settles_at": "NULL", "expires_at": "NULL"},
    "points_lots": {"id": _KEY, "member_id": _OTHER, "source_id": _KEY},
    "points_deferrals": {"lot_id": _KEY, "source_id": _KEY},
    "points_holds": {"id": _KEY, "member_id": _OTHER, "source_id": _KEY},
    "points_hold_lots": {"hold_id": _KEY, "lot_id": _KEY},
    "points_entries": {"member_id": _OTHER, "source_id": _KEY},
}
"""The tables, and what is another one's in each copy of a row."""
_OF_A_KEY = re.compile(r"\b(id|member_id|lot_id|hold_id|source_id) =|\b(settles_at|expires_at) <= ")


async def grow(owner: Owner) -> None:
    """Make a mall of what a few members have: so many accounts, lots, holds and entries."""
    for table, others in GROWN.items():
        names = [
            str(row[0])
            for row in await owner.fetch(
                "SELECT attname FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0"
                " AND NOT attisdropped",
                table,
            )
        ]
        values = ", ".join(others.get(each, f"it.{each}") for each in names)
        await owner.execute(
            f"INSERT INTO {table} ({', '.join(names)}) SELECT {values} FROM"
            f" (SELECT * FROM {table} ORDER BY 1 LIMIT 1) AS it, generate_series(1, {MANY}) AS n"
        )
        await owner.execute(f"ANALYZE {table}")


async def sent(database: Database) -> list[str]:
    """What is sent where points are locked, with facts and without, written and swept."""
    members = await some_points(database)
    heard: dict[str, None] = {}
    database.hot.heard_by = lambda sql: heard.update({sql: None})
    source = Source(SourceKind.ORDER, an_id())
    try:
        for facts in ([], [source]):
            async with database.hot.begin() as session:
                books = await lock(session, members, facts=facts)
                for book in books.values():
                    if not facts:
                        lot = granting.earn(book, make_points.new_lot(), at=NOON)
                        settling.receive(book, [lot], settles_at=NOON)
                await write(session, books.values())
        async with database.hot.begin() as session:
            books = await lock(session, members[:1], facts=[source])
            book = books[members[0]]
            held = holding.hold(book, an_id(), 1, source=source, at=NOON)
            holding.capture(book, held, at=NOON)
            await write(session, [book])
            await lock_growth(session, await lock(session, members), facts=[source])
        for sweep, work in ((settle_due, SETTLING), (expire_due, EXPIRING)):
            async with database.hot.begin() as session:
                await sweep(session, at=LATER + timedelta(days=400), most=10)
                await work.take_again(session, members, at=LATER)
                await work.put_off(session, members[0], at=LATER)
    finally:
        database.hot.heard_by = None
    return [*heard, statements.OLDEST_TO_SETTLE.sql, statements.OLDEST_TO_EXPIRE.sql]


def is_bound(part: dict[str, Any]) -> bool:
    """Whether a part of a plan looks up nothing but the rows that it is about."""
    if part["Node Type"] not in {"Index Scan", "Index Only Scan", "Bitmap Index Scan"}:
        return part["Node Type"] != "Seq Scan"
    if part["Index Name"] in {"ix_points_accounts_settles_at", "ix_points_accounts_expires_at"}:
        return True
    return bool(_OF_A_KEY.search(part.get("Index Cond", "")))


async def unbound(owner: Owner, told: Sequence[str]) -> list[object]:
    """What of statements looks up more than it is about, as the hot pool plans them."""
    for name, value in PLANS.items():
        await owner.execute(f"SET {name} = {value}")
    try:
        return [
            (part.get("Index Name"), part.get("Relation Name"), part.get("Index Cond"), sql)
            for sql in told
            for part in parts(await plan_of(owner, sql))
            if not is_bound(part)
        ]
    finally:
        for name in PLANS:
            await owner.execute(f"RESET {name}")


async def test_whatever_points_send_finds_its_rows_by_their_keys(database: Database, owner: Owner):
    told = await sent(database)
    assert len(told) >= 17
    await grow(owner)
    assert await unbound(owner, told) == []


async def test_facts_are_looked_up_by_their_keys_also_while_there_is_hardly_anything(
    database: Database, owner: Owner
):
    """A plan that was made then goes on in the first minutes of a mall that sells at once."""
    told = [sql for sql in await sent(database) if "LATERAL" in sql]
    assert len(told) == 4
    await owner.execute(f"VACUUM ANALYZE {', '.join(GROWN)}")
    assert await unbound(owner, told) == []


class Explaining:
    """Explains what it is sent, as the hot pool plans it, and what it did is undone."""

    def __init__(self, owner: Owner) -> None:
        self._owner = owner
        self.plans: list[dict[str, Any]] = []

    async def send(self, sql: str, values: Sequence[object]) -> Sequence[Any]:
        """Run a statement; no rows."""
        undone = self._owner.transaction()
        await undone.start()
        for name, value in PLANS.items():
            await self._owner.execute(f"SET LOCAL {name} = {value}")
        told = await self._owner.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", *values)
        await undone.rollback()
        self.plans.append(json.loads(told)[0]["Plan"])
        return []


def lots_read(plan: dict[str, Any]) -> dict[str, int]:
    """How many rows of lots are read by each index, those that are passed over among them."""
    read: dict[str, int] = {}
    for part in parts(plan):
        index = part.get("Index Name", "")
        if "points_lots" in index:
            over = part.get("Rows Removed by Filter", 0) + part["Actual Rows"]
            read[index] = read.get(index, 0) + round(over * part["Actual Loops"])
    return read


async def test_settling_reads_no_lots_but_open_ones(database: Database, owner: Owner):
    """However many a member has had: a thousand here, of which three are open."""
    members = await make_points.members(database, 2)
    (lot, *_) = await make_points.earned(database, members, lots=3)
    await owner.execute(
        "INSERT INTO points_lots SELECT (jsonb_populate_record(NULL::points_lots, to_jsonb(it) ||"
        " jsonb_build_object('id', md5(n::text)::uuid, 'source_id', md5(n::text)::uuid,"
        " 'remaining', 0, 'consumed', granted, 'activated_at', created_at))).*"
        " FROM points_lots AS it, generate_series(1, 1000) AS n WHERE it.id = $1",
        lot.id,
    )
    explaining = Explaining(owner)
    ends = statements.ENDS.bound([("days:365", LATER + timedelta(days=366))])
    await statements.VALIDITIES.rows(explaining, members=members, at=LATER)
    await statements.SETTLE.rows(explaining, members=members, at=LATER, lots=100, **ends)
    finding, settling_them = map(lots_read, explaining.plans)
    assert finding == {"ix_points_lots_open": 6}
    # To find them, once more for when the account is to be looked at next, and to move each.
    assert settling_them == {"ix_points_lots_open": 12, "pk_points_lots": 6}


async def test_taking_what_is_due_reads_as_many_accounts_as_it_takes(
    database: Database, owner: Owner
):
    members = await make_points.members(database, 40)
    await make_points.earned(database, members[:20])
    await make_points.earned(database, members[20:], settles_at=LATER + timedelta(days=1))
    explaining = Explaining(owner)
    await statements.TAKE_TO_SETTLE.rows(explaining, at=LATER, most=5)
    (plan,) = explaining.plans
    assert [
        (part["Index Name"], part["Actual Rows"], part.get("Rows Removed by Filter", 0))
        for part in parts(plan)
        if "Index Name" in part
    ] == [("ix_points_accounts_settles_at", 5, 0)]
