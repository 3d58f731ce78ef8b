"""Orders from carts: over HTTP and by the batcher alone, beside `pgbench` with the same rows."""

import asyncio
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import SystemRandom
from statistics import median
from typing import Any

import asyncpg
import orjson

from api.trusted.registry import trusted_documents
from bench import load, pgbench, rounds
from bench.benchmark import Column, Effort, Outcome
from bench.ground import Ground, fill, ground
from bench.order_driver import Driver, driver
from bench.order_mall import VARIANTS, Mall, Variety, fill_carts
from bench.rounds import Round
from bench.server import Server, mall_api
from domain.kernel.clock import system_clock
from domain.kernel.ids import new_id
from domain.kernel.settings import Profile
from sandbox.brand.seeding import Wish

HTTP, BATCHER, ONE_BY_ONE, BATCHES = "http", "batcher", "pgbench", "pgbench, batches"
CONNECTIONS = (64, 256)
CLIENTS = (1, 4, 16, 64)
AT_ONCE = 128
"""Orders of one transaction at the most."""
_WARMING = 8
_RANDOM = SystemRandom()
_PUBLIC_URL = "http://mall.bench"
_PLACED = b'"OrderPlaced"'
_STATEMENT = """SELECT bench_place('{variety}', '{place}', :run,
    (nextval('bench_turn') - 1) * {many} + 1, {many})"""
_BATCHES = "SELECT count(DISTINCT placed_at) FROM orders WHERE placed_at > $1"

COLUMNS = (
    Column("orders by", "contender"),
    Column("of", "variety"),
    Column("at once", "at_once"),
    Column("client us", "server_us"),
    Column("postgres us", "postgres_us"),
    Column("both us", "both_us"),
    Column("orders/s", "requests_per_second"),
    Column("p50 ms", "p50_ms", 1),
    Column("p99 ms", "p99_ms", 1),
    Column("orders a batch", "batch", 1),
    Column("SQL a batch", "statements"),
    Column("x best one by one", "to_best", 2),
    Column("x 64 one by one", "to_crowd", 2),
    Column("x batches", "to_batches", 2),
)
NOTES = (
    "client: the server, the process of the batcher, or pgbench. us: processor time per order,",
    "also of all of PostgreSQL. pgbench tells the average in the place of percentiles.",
    "x: orders/s divided by pgbench's on one variant in the same round: its best one by one, that",
    "of 64 clients one by one, that of batches. SQL: without BEGIN and COMMIT. All are medians.",
)


@dataclass(slots=True)
class Case:
    """A way to place orders, and what was found out about it."""

    contender: str
    variety: Variety
    at_once: int
    fly: Callable[[], Round]
    rounds: list[Round] = field(default_factory=list[Round])
    batches: list[float] = field(default_factory=list[float])


@dataclass(frozen=True, slots=True)
class Field:
    """Everything that a measurement needs."""

    base: Ground
    driver: Driver
    mall: Mall
    server: Server
    gun: load.Gun
    effort: Effort


def run(effort: Effort) -> Outcome:
    """Measure on ground of its own, which waits for the disk."""
    with field_of(effort, products=VARIANTS) as opened:
        return measure(opened)


@contextmanager
def field_of(effort: Effort, *, products: int) -> Generator[Field]:
    """Fill a mall with carts, and serve it."""
    buyers = max(effort.volley_requests, AT_ONCE)
    with ground(durable=True) as base, load.load_process() as gun, driver(base) as own:
        fill(base, Wish(products=products, members=buyers))
        mall = own.open_mall(_PUBLIC_URL)
        with mall_api(base, Profile.PRODUCTION, public_url=_PUBLIC_URL) as server:
            yield Field(base, own, mall, server, gun, effort)


def measure(opened: Field) -> Outcome:
    """Measure all cases in turns, so that every ratio is within one round."""
    cases = _cases(opened)
    effort = opened.effort
    # The first batch of a process reads besides what freight costs.
    _, one, many = (_statements(opened, orders) for orders in (1, 1, effort.counted_requests))
    _refilled(opened, _http(opened, Variety.SPREAD, _WARMING))
    for case in cases:
        _refilled(opened, case)
    for case in cases:
        case.rounds.clear()
        case.batches.clear()
    for _ in range(effort.rounds):
        for case in cases:
            _refilled(opened, case)
    rows = [_row(case, cases, (one, many)) for case in cases]
    buyers = len(opened.mall.buyers[Variety.HOT])
    return Outcome(f"orders: {buyers:,} carts of one line", COLUMNS, rows, NOTES)


def _http(opened: Field, variety: Variety, connections: int) -> Case:
    return Case(HTTP, variety, connections, lambda: _volley(opened, variety, connections))


def _cases(opened: Field) -> list[Case]:
    def batcher(variety: Variety, at_once: int) -> Case:
        buyers, seconds = opened.mall.buyers[variety], opened.effort.volley_seconds
        return Case(
            BATCHER,
            variety,
            at_once,
            lambda: opened.driver.measured(buyers, at_once, seconds=seconds),
        )

    def theirs(name: str, clients: int, many: int) -> Case:
        return Case(name, Variety.HOT, clients, _Pgbench(opened, clients, many))

    cases = [_http(opened, variety, each) for each in CONNECTIONS for variety in Variety]
    cases += [batcher(variety, CONNECTIONS[0]) for variety in Variety]
    cases += [theirs(ONE_BY_ONE, clients, 1) for clients in CLIENTS]
    return [*cases, batcher(Variety.HOT, AT_ONCE), theirs(BATCHES, 1, AT_ONCE)]


def _refilled(opened: Field, case: Case) -> None:
    """Measure once, with all carts full."""
    asyncio.run(fill_carts(opened.base))
    begun = asyncio.run(_fetched(opened.base, "SELECT clock_timestamp()"))
    done = case.fly()
    batches = asyncio.run(_fetched(opened.base, _BATCHES, begun))
    case.rounds.append(done)
    case.batches.append(done.requests / batches)


async def _fetched(base: Ground, sql: str, *values: object) -> Any:
    connection = await asyncpg.connect(base.owner_url)
    try:
        return await connection.fetchval(sql, *values)
    finally:
        await connection.close()


def _volley(opened: Field, variety: Variety, connections: int) -> Round:
    document = next(
        each for each in trusted_documents().values() if each.name == "miniprogram/OrderPlace"
    )
    series = [
        load.post(
            "/graphql",
            orjson.dumps(
                {
                    "documentId": document.id,
                    "variables": {
                        "input": {
                            "requestId": str(new_id(system_clock(), _RANDOM)),
                            "quote": buyer.quote,
                        }
                    },
                }
            ),
            buyer.token,
        )
        for buyer in opened.mall.buyers[variety][: opened.effort.volley_requests]
    ]
    volley = load.Volley(
        opened.server.ports,
        series[0],
        len(series),
        opened.effort.volley_seconds,
        connections,
        series,
        _PLACED,
    )
    return rounds.flown(opened.base, opened.gun, opened.server, volley)


@dataclass(slots=True)
class _Pgbench:
    """Jobs as long as a volley, by the rate of the one before; the first is as short as can be."""

    opened: Field
    clients: int
    many: int
    rate: float = 0.0

    def __call__(self) -> Round:
        opened, rows = self.opened, self.clients * self.many
        most = len(opened.mall.buyers[Variety.HOT]) // rows
        wanted = round(self.rate * opened.effort.volley_seconds / rows)
        statement = _STATEMENT.format(
            variety=Variety.HOT, place=opened.mall.place_id, many=self.many
        )
        done = pgbench.run(
            opened.base,
            pgbench.Job(statement, self.clients, max(1, min(wanted, most)), self.many),
        )
        self.rate = done.requests_per_second
        return done


def _statements(opened: Field, orders: int) -> int:
    asyncio.run(fill_carts(opened.base))
    return opened.driver.statements_of(opened.mall.buyers[Variety.HOT][:orders])


def _row(case: Case, cases: list[Case], statements: tuple[int, int]) -> dict[str, object]:
    def middle(name: str) -> float:
        return median(getattr(each, name) for each in case.rounds)

    def to(theirs: list[Case]) -> float:
        best = [
            max(each.rounds[number].requests_per_second for each in theirs)
            for number in range(len(case.rounds))
        ]
        ours = [each.requests_per_second for each in case.rounds]
        return median(map(rounds.ratio, ours, best))

    one_by_one = [each for each in cases if each.contender == ONE_BY_ONE]
    is_ours = case.contender in {HTTP, BATCHER}
    return {
        "contender": case.contender,
        "variety": case.variety,
        "at_once": case.at_once,
        "requests": sum(each.requests for each in case.rounds),
        **{
            name: middle(name)
            for name in (
                "server_us",
                "postgres_us",
                "both_us",
                "requests_per_second",
                "p50_ms",
                "p99_ms",
            )
        },
        "batch": median(case.batches),
        "statements": statements[1] if is_ours else 7,
        "statements_of_one": statements[0] if is_ours else 7,
        "to_best": to(one_by_one),
        "to_crowd": to([each for each in one_by_one if each.at_once == max(CLIENTS)]),
        "to_batches": to([each for each in cases if each.contender == BATCHES]),
        "rounds": case.rounds,
    }
