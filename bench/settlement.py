"""Settling a million lots that are due at once, by two processes of the workers."""

import asyncio
import time
from collections.abc import Generator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from random import SystemRandom
from typing import Any

import asyncpg
import uvloop

from bench import load, rounds
from bench.benchmark import Column, Effort, Outcome
from bench.contenders import BARE_LIST, bare_server
from bench.cost import metered
from bench.goals import Goal
from bench.ground import Ground, fill, ground
from bench.load import LoadProblem
from bench.rounds import Round
from bench.server import Server
from domain.gateways.media_folder import MediaFolder
from domain.kernel.audit import violations
from domain.kernel.clock import system_clock
from domain.kernel.db import Database, open_database
from domain.points.audit import INVARIANTS
from domain.points.sweeping import SETTLING
from sandbox.brand.seeding import Wish
from workers.points import settle_points
from workers.tools import Tools

WORKERS = 2
MEMBERS, LOTS_EACH = 100_000, 10
"""Who has points to settle, and how many lots each; as many are paid by promotions in a night."""
LOTS_A_PAGE = 13
"""What settles in the time of one page, where a million take 30 s and a page 0.39 ms."""
_WARMING = 200
_SQL = Path(__file__).parent / "points.sql"
_TABLES = ("members", "points_accounts", "points_lots", "points_entries")
COLUMNS = (
    Column("lots", "lots"),
    Column("members", "members"),
    Column("workers", "workers"),
    Column("seconds", "seconds", 1),
    Column("lots/s", "lots_per_second"),
    Column("client us", "client_us", 1),
    Column("postgres us", "postgres_us", 1),
    Column("both us", "both_us", 1),
    Column("page us", "page_us"),
    Column("lots a page", "lots_a_page", 1),
)
NOTES = (
    "us: processor time of the workers and of all of PostgreSQL for each lot, with the disk waited",
    "for. page: a page of products by the hand-written server, measured before and after; lots a",
    "page: how many settle, by the clock, in the processor time of one. Afterwards the journal has",
    "an entry for each lot and the audit of points finds nothing, or the measurement fails.",
)


@dataclass(frozen=True, slots=True)
class Field:
    """Everything that a measurement needs."""

    base: Ground
    bare: Server
    gun: load.Gun
    workers: ProcessPoolExecutor


def run(effort: Effort) -> Outcome:
    """Measure once: a million lots are a long measurement already."""
    with field_of(products=100) as opened:
        return measure(opened, effort, members=MEMBERS, lots_each=LOTS_EACH)


@contextmanager
def field_of(*, products: int) -> Generator[Field]:
    """A mall without members, a server of pages beside it, and processes that are ready."""
    with (
        ground(durable=True) as base,
        load.load_process() as gun,
        ProcessPoolExecutor(WORKERS, mp_context=get_context("spawn")) as workers,
    ):
        fill(base, Wish(products=products, members=1))
        asyncio.run(_executed(base, _SQL.read_text()))
        with bare_server(base) as bare:
            yield Field(base, bare, gun, workers)


def measure(opened: Field, effort: Effort, *, members: int, lots_each: int) -> Outcome:
    """Let so many members' lots be due, and settle them all."""
    # Who comes first pays for imports, connections and plans.
    _earned(opened.base, _WARMING, 1)
    _settled(opened)
    _earned(opened.base, members, lots_each)
    rounds.warmed(opened.gun, opened.bare, BARE_LIST, effort)
    pages = [_page(opened, effort)]
    before = asyncio.run(_entries(opened.base))
    with metered([], opened.base.postgres) as spent:
        begun = time.perf_counter()
        client = _settled(opened)
        seconds = time.perf_counter() - begun
    pages.append(_page(opened, effort))
    lots = asyncio.run(_entries(opened.base)) - before
    if lots != members * lots_each:
        raise LoadProblem(f"{lots} entries of {members * lots_each} lots")
    if broken := asyncio.run(_broken(opened.base)):
        raise LoadProblem(f"the audit has found {broken}")
    row = _row(lots, seconds, client, spent.postgres, pages)
    goal = Goal("lots settled in the time of a page", LOTS_A_PAGE, (float(row["lots_a_page"]),))
    more = {"members": members, "workers": WORKERS}
    return Outcome(f"settlement: {lots:,} lots", COLUMNS, [row | more], NOTES, (goal,))


def _row(
    lots: int, seconds: float, client: float, postgres: float, pages: list[Round]
) -> dict[str, Any]:
    page_us = sum(each.both_us for each in pages) / len(pages)
    return {
        "lots": lots,
        "seconds": seconds,
        "lots_per_second": lots / seconds,
        "client_us": client / lots * 1e6,
        "postgres_us": postgres / lots * 1e6,
        "both_us": (client + postgres) / lots * 1e6,
        "page_us": page_us,
        "lots_a_page": rounds.ratio(page_us, seconds / lots * 1e6),
    }


def _page(opened: Field, effort: Effort) -> Round:
    return rounds.measured(opened.base, opened.gun, opened.bare, BARE_LIST, effort)


def _earned(base: Ground, members: int, lots_each: int) -> None:
    """Let members earn lots that are due, and look at the tables as autovacuum would."""
    run = time.time_ns() // 1_000_000
    asyncio.run(_executed(base, f"SELECT bench_earn({run}, {members}, {lots_each})"))
    asyncio.run(_executed(base, f"VACUUM ANALYZE {', '.join(_TABLES)}"))
    asyncio.run(_executed(base, "CHECKPOINT"))


def _settled(opened: Field) -> float:
    """Settle all that is due; the processor seconds of the workers."""
    url, home = opened.base.database_url, opened.base.home
    running = [opened.workers.submit(_settle, url, home) for _ in range(WORKERS)]
    return sum(each.result() for each in running)


def _settle(url: str, home: Path) -> float:
    """Sweep in this process until nothing is due; its processor seconds."""
    begun = time.process_time()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_sweep(url, home))
    return time.process_time() - begun


async def _sweep(url: str, home: Path) -> None:
    async with open_database(
        url, read_connections=1, write_connections=1, hot_connections=1
    ) as database:
        store = MediaFolder(home / "media", home / "private", base_url="http://mall.bench")
        tools = Tools(database, system_clock, store, SystemRandom())
        while await _is_due(database):
            await settle_points({"tools": tools})


async def _is_due(database: Database) -> bool:
    oldest = await SETTLING.oldest(database.reads)
    return oldest is not None and oldest <= system_clock()


async def _entries(base: Ground) -> int:
    """How many lots have settled, by the journal."""
    connection = await asyncpg.connect(base.owner_url)
    try:
        return await connection.fetchval(
            "SELECT count(*) FROM points_entries WHERE reason = 'settled'"
        )
    finally:
        await connection.close()


async def _broken(base: Ground) -> list[str]:
    """The invariants of points that do not hold."""
    async with (
        open_database(
            base.owner_url, read_connections=1, write_connections=1, are_writes_bounded=False
        ) as database,
        database.writes() as session,
    ):
        await session.send("SET LOCAL statement_timeout = 0", [])
        return [
            each.name for each in INVARIANTS if [row async for row in violations(session, each)]
        ]


async def _executed(base: Ground, sql: str) -> None:
    connection = await asyncpg.connect(base.owner_url)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()
