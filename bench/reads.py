"""Reads of the catalogue: the mall's answers beside the same answers written by hand."""

import asyncio
from collections.abc import Generator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import orjson

from api.trusted.registry import TrustedDocument, trusted_documents
from bench import load
from bench.benchmark import Column, Effort, Outcome
from bench.cost import metered, resident_megabytes, statements_finished
from bench.ground import Ground, fill, ground
from bench.server import Server, free_port, mall_api, serving
from domain.kernel.settings import Profile

BARE, TRUSTED, ADHOC = "bare", "trusted", "ad hoc"
LIST, DETAIL = "list", "detail"
_PAGE = 20
_PUBLIC_URL = "http://mall.bench"

COLUMNS = (
    Column("shape", "shape"),
    Column("server", "contender"),
    Column("server us", "server_us"),
    Column("postgres us", "postgres_us"),
    Column("x bare, server", "server_to_bare", 2),
    Column("x bare, both", "both_to_bare", 2),
    Column("SQL", "statements", 2),
    Column("requests/s", "requests_per_second"),
    Column("p50 ms", "p50_ms", 2),
    Column("p99 ms", "p99_ms", 2),
    Column("RSS MB", "resident_mb"),
)
NOTES = (
    "us: processor time per request, user and system, of the server and of all of PostgreSQL.",
    "x bare: the same round's processor time divided by that of the hand-written endpoint; the",
    "inverse is the share of its requests per processor second. All figures are medians.",
)


@dataclass(frozen=True, slots=True)
class Round:
    """One volley, measured; times are for each request."""

    requests: int
    server_us: float
    postgres_us: float
    requests_per_second: float
    p50_ms: float
    p99_ms: float


@dataclass(slots=True)
class Case:
    """One request to one server, and what was found out about it."""

    shape: str
    contender: str
    server: Server
    request: bytes
    statements: float = 0.0
    rounds: list[Round] = field(default_factory=list[Round])


def run(effort: Effort) -> Outcome:
    """Measure the product list and the product detail on ground of their own."""
    with ground() as base, load.load_process() as gun:
        fill(base)
        with contenders(base) as cases:
            return measure(base, gun, cases, effort)


def measure(base: Ground, gun: load.Gun, cases: list[Case], effort: Effort) -> Outcome:
    """Measure all cases in turns, so that every ratio is within one round.

    Raises `LoadProblem` where the servers do not answer with the same data.
    """
    for case in cases:
        if answer(case) != answer(_bare_of(case, cases)):
            raise load.LoadProblem(f"{case.contender} answers otherwise than bare: {case.shape}")
    for case in cases:
        case.statements = _statements(base, gun, case, effort)
    for case in cases:
        gun.fire(_volley(case, effort, seconds=effort.volley_seconds / 3))
    for _ in range(effort.rounds):
        for case in cases:
            case.rounds.append(_round(base, gun, case, effort))
    rows = [_row(case, _bare_of(case, cases), effort) for case in cases]
    return Outcome(f"reads: {_PAGE} products with their variants, or one", COLUMNS, rows, NOTES)


@contextmanager
def contenders(base: Ground) -> Generator[list[Case]]:
    """Run the servers: the hand-written one and the mall in both profiles."""
    documents = {each.name: each for each in trusted_documents().values()}
    listed = documents["miniprogram/ProductList"]
    detailed = documents["miniprogram/ProductDetail"]
    with ExitStack() as stack:
        bare = stack.enter_context(_bare_server(base))
        mall = stack.enter_context(mall_api(base, Profile.PRODUCTION, public_url=_PUBLIC_URL))
        open_mall = stack.enter_context(mall_api(base, Profile.DEVELOPMENT, public_url=_PUBLIC_URL))
        by_page = {"first": _PAGE}
        bare_list = Case(LIST, BARE, bare, load.get(f"/products?first={_PAGE}"))
        product_id = answer(bare_list)["products"]["edges"][0]["node"]["id"]
        yield [
            bare_list,
            Case(LIST, TRUSTED, mall, _by_id(listed, by_page)),
            Case(LIST, ADHOC, open_mall, _by_text(listed, by_page)),
            Case(DETAIL, BARE, bare, load.get(f"/products/{product_id}")),
            Case(DETAIL, TRUSTED, mall, _by_id(detailed, {"id": product_id})),
        ]


def answer(case: Case) -> Any:
    """Ask once; return the answer's ``data``."""
    flight = load.fly(load.Volley(case.server.port, case.request, 1, seconds=5, connections=1))
    return orjson.loads(flight.body)["data"]


def _bare_server(base: Ground) -> AbstractContextManager[Server]:
    port = free_port()
    words = ("-m", "bench.bare", str(port), base.database_url, f"{_PUBLIC_URL}/media/")
    return serving(base, port, *words)


def _by_id(document: TrustedDocument, variables: Mapping[str, object]) -> bytes:
    return load.post("/graphql", orjson.dumps({"documentId": document.id, "variables": variables}))


def _by_text(document: TrustedDocument, variables: Mapping[str, object]) -> bytes:
    return load.post("/graphql", orjson.dumps({"query": document.text, "variables": variables}))


def _bare_of(case: Case, cases: list[Case]) -> Case:
    return next(each for each in cases if (each.shape, each.contender) == (case.shape, BARE))


def _statements(base: Ground, gun: load.Gun, case: Case, effort: Effort) -> float:
    """Count the statements of a request, as the difference between some requests and twice as many.

    What a new connection costs is in both counts, and so in neither.
    """
    some = effort.counted_requests
    fewer, more = (_finished_by(base, gun, case, requests) for requests in (some, 2 * some))
    return (more - fewer) / some


def _finished_by(base: Ground, gun: load.Gun, case: Case, requests: int) -> int:
    before = asyncio.run(statements_finished(base.database_url))
    gun.fire(load.Volley(case.server.port, case.request, requests, seconds=30, connections=1))
    return asyncio.run(statements_finished(base.database_url)) - before


def _round(base: Ground, gun: load.Gun, case: Case, effort: Effort) -> Round:
    with metered(case.server.process, base.postgres) as spent:
        flight = gun.fire(_volley(case, effort, seconds=effort.volley_seconds))
    return Round(
        requests=flight.requests,
        server_us=spent.server / flight.requests * 1e6,
        postgres_us=spent.postgres / flight.requests * 1e6,
        requests_per_second=flight.requests_per_second,
        p50_ms=flight.percentile_ms(50),
        p99_ms=flight.percentile_ms(99),
    )


def _volley(case: Case, effort: Effort, *, seconds: float) -> load.Volley:
    return load.Volley(
        case.server.port, case.request, effort.volley_requests, seconds, effort.connections
    )


def _row(case: Case, bare: Case, effort: Effort) -> dict[str, object]:
    def middle(name: str) -> float:
        return median(getattr(each, name) for each in case.rounds)

    pairs = list(zip(case.rounds, bare.rounds, strict=True))
    return {
        "shape": case.shape,
        "contender": case.contender,
        "connections": effort.connections,
        "requests": sum(each.requests for each in case.rounds),
        **{
            name: middle(name)
            for name in ("server_us", "postgres_us", "requests_per_second", "p50_ms", "p99_ms")
        },
        "server_to_bare": median(_ratio(ours.server_us, its.server_us) for ours, its in pairs),
        "both_to_bare": median(
            _ratio(ours.server_us + ours.postgres_us, its.server_us + its.postgres_us)
            for ours, its in pairs
        ),
        "statements": case.statements,
        "resident_mb": resident_megabytes(case.server.process),
        "rounds": case.rounds,
    }


def _ratio(ours: float, its: float) -> float:
    """Divide; a volley too short for the processor clock's ticks has no ratio."""
    return ours / its if its else 0.0
