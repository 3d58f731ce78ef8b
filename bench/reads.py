"""Reads by members who are signed in: the mall's answers beside the same by hand and by the ORM."""

from dataclasses import dataclass, replace
from statistics import median

from bench import load, rounds
from bench.benchmark import Column, Effort, Outcome
from bench.contenders import (
    BARE,
    CACHED,
    DETAIL,
    LIST,
    ME,
    NO_DATABASE,
    ORM,
    ORM_CACHES,
    PAGE,
    PUBLIC,
    RAW,
    TRUSTED,
    Case,
    answer,
    contenders,
    ours_of,
    server_ratio,
    yardstick_of,
)
from bench.cost import resident_megabytes
from bench.goals import Goal
from bench.ground import Ground, fill, ground
from sandbox.brand.seeding import Wish

PRODUCTS = 1_000
MEMBERS = 500
OF_PUBLIC = 5
"""How many times as many requests a volley at what asks no database may have: it takes a tenth of
the time, and the processor's clock ticks each 10 ms, which should be less than a fiftieth of it."""
COLUMNS = (
    Column("shape", "shape"),
    Column("server", "contender"),
    Column("server us", "server_us"),
    Column("postgres us", "postgres_us"),
    Column("x bare, server", "server_to_bare", 2),
    Column("x bare, both", "both_to_bare", 2),
    Column("x ours, server", "server_to_ours", 2),
    Column("SQL", "statements"),
    Column("requests/s", "requests_per_second"),
    Column("p50 ms", "p50_ms", 2),
    Column("p99 ms", "p99_ms", 2),
    Column("RSS MB", "resident_mb"),
)
NOTES = (
    "us: processor time per request, user and system, of the server and of all of PostgreSQL.",
    "x bare, x ours: the same round's processor time divided by that of the hand-written endpoint",
    "(of the public list: of one without a database), and of the mall in production. All are",
    "medians of interleaved rounds. RSS: of all processes of the server.",
)


@dataclass(frozen=True, slots=True)
class Promise:
    """A goal of the design: a bound of the ratio of two contenders' server time."""

    what: str
    shape: str
    above: str
    below: str
    bound: float
    is_upper: bool = False


_SHARE = "requests per server second, as a share of the hand-written endpoint's"
_LESS = "times less server time than strawberry with the ORM"
_LESS_CACHED = f"{_LESS}, parsed and validated documents kept"
_MORE = "server time by that of an endpoint without a database"
PROMISES = (
    Promise(f"{LIST}: {_SHARE}", LIST, BARE, TRUSTED, 0.80),
    Promise(f"{DETAIL}: {_SHARE}", DETAIL, BARE, TRUSTED, 0.77),
    Promise(f"{ME}: {_SHARE}", ME, BARE, TRUSTED, 0.77),
    Promise(f"{LIST}: {_LESS}", LIST, ORM, TRUSTED, 25),
    Promise(f"{LIST}: {_LESS_CACHED}", LIST, ORM_CACHES, TRUSTED, 25),
    Promise(f"{ME}: {_LESS}", ME, ORM, TRUSTED, 12),
    Promise(f"{ME}: {_LESS_CACHED}", ME, ORM_CACHES, TRUSTED, 12),
    Promise(f"{PUBLIC}: {_MORE}", PUBLIC, CACHED, NO_DATABASE, 1.2, is_upper=True),
    Promise(f"{PUBLIC}: {_MORE}, raw", PUBLIC, CACHED, RAW, 1.2, is_upper=True),
)


def run(effort: Effort) -> Outcome:
    """Measure a mall of a thousand products by one process, on ground of its own."""
    with ground() as base, load.load_process() as gun:
        fill(base, Wish(products=PRODUCTS, members=MEMBERS), with_phones=True)
        with contenders(base) as cases:
            return measure(base, gun, cases, effort)


def measure(base: Ground, gun: load.Gun, cases: list[Case], effort: Effort) -> Outcome:
    """Measure all cases in turns, so that every ratio is within one round.

    Raises `LoadProblem` where the servers do not answer with the same data.
    """
    prepare(base, gun, cases)
    rows = measured(base, gun, cases, effort)
    title = f"reads: {PAGE} products with their variants, one of them, and the member's own page"
    return Outcome(title, COLUMNS, rows, NOTES, goals([cases_ratios(cases)]))


def prepare(base: Ground, gun: load.Gun, cases: list[Case]) -> None:
    """See that all servers answer with the same data, and count statements."""
    for case in cases:
        if answer(case) != answer(yardstick_of(case, cases)):
            raise load.LoadProblem(f"{case.contender} answers otherwise than bare: {case.shape}")
    asked = [(case.server, case.request) for case in cases]
    counted = rounds.statements_of(base, gun, asked)
    for case, statements in zip(cases, counted, strict=True):
        case.statements = statements


def measured(
    base: Ground, gun: load.Gun, cases: list[Case], effort: Effort
) -> list[dict[str, object]]:
    """Measure the cases anew; a row for each."""
    for case in cases:
        case.rounds.clear()
        rounds.warmed(gun, case.server, case.request, effort)
    for _ in range(effort.rounds):
        for case in cases:
            enough = _effort_for(case, effort)
            case.rounds.append(rounds.measured(base, gun, case.server, case.request, enough))
    return [_row(case, cases, effort) for case in cases]


def _effort_for(case: Case, effort: Effort) -> Effort:
    if case.shape != PUBLIC:
        return effort
    return replace(effort, volley_requests=OF_PUBLIC * effort.volley_requests)


def cases_ratios(cases: list[Case]) -> dict[Promise, float]:
    """The ratio that each promise is about, of those whose contenders were measured."""
    by_name = {(case.shape, case.contender): case for case in cases}
    return {
        each: server_ratio(by_name[each.shape, each.above], by_name[each.shape, each.below])
        for each in PROMISES
        if {(each.shape, each.above), (each.shape, each.below)} <= set(by_name)
    }


def goals(ratios: list[dict[Promise, float]]) -> tuple[Goal, ...]:
    """The promises beside what was measured, each time."""
    return tuple(
        Goal(each.what, each.bound, tuple(found[each] for found in ratios), each.is_upper)
        for each in PROMISES
        if all(each in found for found in ratios)
    )


def _row(case: Case, cases: list[Case], effort: Effort) -> dict[str, object]:
    bare, ours = yardstick_of(case, cases), ours_of(case, cases)
    pairs = list(zip(case.rounds, bare.rounds, strict=True))
    return {
        "shape": case.shape,
        "contender": case.contender,
        "workers": len(case.server.processes),
        "connections": effort.connections,
        "requests": sum(each.requests for each in case.rounds),
        "refused": sum(each.refused for each in case.rounds),
        **{
            name: case.middle(name)
            for name in ("server_us", "postgres_us", "requests_per_second", "p50_ms", "p99_ms")
        },
        "server_to_bare": server_ratio(case, bare),
        "both_to_bare": median(rounds.ratio(mine.both_us, its.both_us) for mine, its in pairs),
        "server_to_ours": server_ratio(case, ours),
        "statements": case.statements,
        "resident_mb": resident_megabytes(case.server.processes),
        "rounds": list(case.rounds),
    }
