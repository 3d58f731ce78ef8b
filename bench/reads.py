"""Reads of the catalogue: the mall's answers beside the same answers written by hand."""

from collections.abc import Generator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from api.trusted.registry import trusted_documents
from bench import load, rounds
from bench.benchmark import Column, Effort, Outcome
from bench.cost import resident_megabytes
from bench.ground import Ground, fill, ground
from bench.rounds import Round
from bench.server import Server, free_port, mall_api, serving
from domain.kernel.settings import Profile

BARE, TRUSTED, ADHOC = "bare", "trusted", "ad hoc"
LIST, DETAIL = "list", "detail"
_PAGE = 20
_PUBLIC_URL = "http://mall.bench"
BARE_LIST = load.get(f"/products?first={_PAGE}")
"""What the hand-written server is asked for a page of products."""

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
        case.statements = rounds.statements_of(base, gun, case.server, case.request, effort)
    for case in cases:
        rounds.warmed(gun, case.server, case.request, effort)
    for _ in range(effort.rounds):
        for case in cases:
            case.rounds.append(rounds.measured(base, gun, case.server, case.request, effort))
    rows = [_row(case, _bare_of(case, cases), effort) for case in cases]
    return Outcome(f"reads: {_PAGE} products with their variants, or one", COLUMNS, rows, NOTES)


@contextmanager
def contenders(base: Ground) -> Generator[list[Case]]:
    """Run the servers: the hand-written one and the mall in both profiles."""
    documents = {each.name: each for each in trusted_documents().values()}
    listed = documents["miniprogram/ProductList"]
    detailed = documents["miniprogram/ProductDetail"]
    with ExitStack() as stack:
        bare = stack.enter_context(bare_server(base))
        mall = stack.enter_context(mall_api(base, Profile.PRODUCTION, public_url=_PUBLIC_URL))
        open_mall = stack.enter_context(mall_api(base, Profile.DEVELOPMENT, public_url=_PUBLIC_URL))
        by_page = {"first": _PAGE}
        bare_list = Case(LIST, BARE, bare, BARE_LIST)
        product_id = answer(bare_list)["products"]["edges"][0]["node"]["id"]
        yield [
            bare_list,
            Case(LIST, TRUSTED, mall, rounds.by_id(listed, by_page)),
            Case(LIST, ADHOC, open_mall, rounds.by_text(listed.text, by_page)),
            Case(DETAIL, BARE, bare, load.get(f"/products/{product_id}")),
            Case(DETAIL, TRUSTED, mall, rounds.by_id(detailed, {"id": product_id})),
        ]


def answer(case: Case) -> Any:
    """Ask once; return the answer's ``data``."""
    return rounds.answer(case.server, case.request)


def bare_server(base: Ground) -> AbstractContextManager[Server]:
    """Serve the answers that are written by hand."""
    port = free_port()
    words = ("-m", "bench.bare", str(port), base.database_url, f"{_PUBLIC_URL}/media/")
    return serving(base, port, *words)


def _bare_of(case: Case, cases: list[Case]) -> Case:
    return next(each for each in cases if (each.shape, each.contender) == (case.shape, BARE))


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
        "server_to_bare": median(
            rounds.ratio(ours.server_us, its.server_us) for ours, its in pairs
        ),
        "both_to_bare": median(rounds.ratio(ours.both_us, its.both_us) for ours, its in pairs),
        "statements": case.statements,
        "resident_mb": resident_megabytes(case.server.process),
        "rounds": case.rounds,
    }
