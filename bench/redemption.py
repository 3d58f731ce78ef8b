"""Spending points: a hold and its capture, by one client, and by many of one member or of many."""

import asyncio
import time
from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from random import SystemRandom
from statistics import median
from uuid import UUID

import asyncpg
import psutil
import uvloop

from bench import load, rounds
from bench.benchmark import Column, Effort, Outcome
from bench.contenders import BARE_LIST, bare_server
from bench.cost import metered
from bench.ground import Ground, fill, ground
from bench.load import LoadProblem
from bench.rounds import Round
from bench.server import Server
from bench.statements import counted_statements
from domain.kernel.clock import system_clock
from domain.kernel.db import Database, open_database
from domain.kernel.ids import new_id
from domain.points.posting import lock, write
from domain.points.rules import granting, holding
from domain.points.rules.books import Source
from domain.points.rules.granting import NewLot
from domain.points.words import SourceKind
from sandbox.brand.seeding import Wish

CROWD = 16
CROWDS = ((1, 1), (CROWD, 1), (CROWD, CROWD))
"""How many clients at once, and of how many members."""
_LOTS, _POINTS = 5, 1_000_000
_RANDOM = SystemRandom()
_MEMBERS = "SELECT id FROM members ORDER BY id LIMIT $1"
COLUMNS = (
    Column("clients", "clients"),
    Column("of members", "members"),
    Column("client us", "client_us"),
    Column("postgres us", "postgres_us"),
    Column("both us", "both_us"),
    Column("x bare list", "to_bare", 1),
    Column("SQL", "statements", 1),
    Column("redemptions/s", "redemptions_per_second"),
    Column("p50 ms", "p50_ms", 1),
    Column("p99 ms", "p99_ms", 1),
)
NOTES = (
    "A redemption is two transactions: a point is held, and captured. us: processor time of this",
    "process and of all of PostgreSQL for each, with the disk waited for; medians of rounds. x",
    "bare list: divided by what a page of products by the hand-written server took in its round.",
    "SQL: statements of a redemption without BEGIN and COMMIT. Clients of one member take turns.",
)


@dataclass(frozen=True, slots=True)
class Field:
    """Everything that a measurement needs; the event loop runs while something is asked of it."""

    base: Ground
    bare: Server
    gun: load.Gun
    runner: asyncio.Runner
    database: Database
    members: Sequence[UUID]
    counted: Counter[str]


@dataclass(slots=True)
class Case:
    """So many clients of so many members, and what was found out about them."""

    clients: int
    members: int
    statements: float = 0.0
    rounds: list[Round] = field(default_factory=list[Round])


def run(effort: Effort) -> Outcome:
    """Measure on ground of its own, which waits for the disk."""
    with field_of(products=100) as opened:
        return measure(opened, effort)


@contextmanager
def field_of(*, products: int) -> Generator[Field]:
    """A mall whose members have points enough, and a server of pages beside it."""
    with (
        ground(durable=True) as base,
        load.load_process() as gun,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        fill(base, Wish(products=products, members=2 * CROWD))
        stack = AsyncExitStack()
        database = runner.run(_opened(stack, base))
        try:
            members = runner.run(_enriched(database))
            with bare_server(base) as bare, counted_statements(database) as counted:
                yield Field(base, bare, gun, runner, database, members, counted)
        finally:
            runner.run(stack.aclose())


def measure(opened: Field, effort: Effort) -> Outcome:
    """Measure the crowds in turns, each round beside the hand-written page of products."""
    cases, bare = [Case(*each) for each in CROWDS], list[Round]()
    for case in cases:
        opened.counted.clear()
        done = _measured(opened, case, effort, most=effort.counted_requests)
        case.statements = opened.counted.total() / done.requests
    rounds.warmed(opened.gun, opened.bare, BARE_LIST, effort)
    for _ in range(effort.rounds):
        for case in cases:
            most = effort.volley_requests
            case.rounds.append(_measured(opened, case, effort, most=most))
        bare.append(rounds.measured(opened.base, opened.gun, opened.bare, BARE_LIST, effort))
    return Outcome(
        "redemption: a hold and its capture", COLUMNS, [_row(each, bare) for each in cases], NOTES
    )


def _row(case: Case, bare: Sequence[Round]) -> dict[str, object]:
    pairs = zip(case.rounds, bare, strict=True)
    return {
        "clients": case.clients,
        "members": case.members,
        "redemptions": sum(each.requests for each in case.rounds),
        "client_us": median(each.server_us for each in case.rounds),
        "postgres_us": median(each.postgres_us for each in case.rounds),
        "both_us": median(each.both_us for each in case.rounds),
        "to_bare": median(rounds.ratio(each.both_us, its.both_us) for each, its in pairs),
        "statements": case.statements,
        "redemptions_per_second": median(each.requests_per_second for each in case.rounds),
        "p50_ms": median(each.p50_ms for each in case.rounds),
        "p99_ms": median(each.p99_ms for each in case.rounds),
        "rounds": case.rounds,
    }


def _measured(opened: Field, case: Case, effort: Effort, *, most: int) -> Round:
    """Redeem until it was done so often or the time is up.

    Before it the tables are looked at, as autovacuum would: who plans while they are empty would
    read all of them ever after.
    """
    opened.runner.run(_analyse(opened.base))
    members = opened.members[: case.members]
    with metered([psutil.Process()], opened.base.postgres) as spent:
        begun, used = time.perf_counter(), time.process_time()
        redeeming = _redeemed(
            opened.database, case.clients, members, most, begun + effort.volley_seconds
        )
        latencies = sorted(opened.runner.run(redeeming))
        used, took = time.process_time() - used, time.perf_counter() - begun
    done = len(latencies)
    return Round(
        requests=done,
        server_us=used / done * 1e6,
        postgres_us=spent.postgres / done * 1e6,
        requests_per_second=done / took,
        p50_ms=latencies[done // 2] * 1000,
        p99_ms=latencies[done * 99 // 100] * 1000,
    )


async def _redeemed(
    database: Database, clients: int, members: Sequence[UUID], most: int, deadline: float
) -> list[float]:
    latencies, turns = list[float](), count()

    async def client(member_id: UUID) -> None:
        while next(turns) < most:
            begun = time.perf_counter()
            await _redeem(database, member_id)
            latencies.append(time.perf_counter() - begun)
            if time.perf_counter() > deadline:
                return

    await asyncio.gather(*(client(members[each % len(members)]) for each in range(clients)))
    return latencies


async def _redeem(database: Database, member_id: UUID) -> None:
    """Hold a point for an order, and capture it, each in a transaction."""
    at = system_clock()
    source = Source(SourceKind.ORDER, new_id(at, _RANDOM))
    async with database.hot.begin() as session:
        books = await lock(session, [member_id], facts=[source])
        holding.hold(books[member_id], new_id(at, _RANDOM), 1, source=source, at=at)
        await write(session, books.values())
    async with database.hot.begin() as session:
        books = await lock(session, [member_id], facts=[source])
        held = books[member_id].hold_of(source)
        if held is None:
            raise LoadProblem(f"the points of {source} are not held")
        holding.capture(books[member_id], held, at=at)
        await write(session, books.values())


async def _opened(stack: AsyncExitStack, base: Ground) -> Database:
    return await stack.enter_async_context(
        open_database(
            base.database_url, read_connections=1, write_connections=1, hot_connections=CROWD
        )
    )


async def _analyse(base: Ground) -> None:
    owner = await asyncpg.connect(base.owner_url)
    try:
        await owner.execute("ANALYZE")
    finally:
        await owner.close()


async def _enriched(database: Database) -> list[UUID]:
    """Give members points in a few lots; those members."""
    at = system_clock()
    members = [row[0] for row in await database.reads.rows(_MEMBERS, [CROWD])]
    async with database.writes.begin() as session:
        books = await lock(session, members)
        for book in books.values():
            for _ in range(_LOTS):
                source = Source(SourceKind.EVENT, new_id(at, _RANDOM))
                new = NewLot(new_id(at, _RANDOM), _POINTS, source, "days:365")
                granting.grant(book, new, at=at)
        await write(session, books.values())
    return members
