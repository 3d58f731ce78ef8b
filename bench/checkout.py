"""A whole checkout over HTTP: quote, place, prepay, and the notice by which the order is paid."""

import asyncio
from collections.abc import Sequence
from statistics import median

from bench import load, rounds
from bench.benchmark import Column, Effort, Outcome
from bench.checkout_mall import CheckoutMall, checkout_mall
from bench.checkout_steps import Cost, Costs, Step, counted, measured
from bench.contenders import BARE_LIST
from bench.rounds import Round

AT_ONCE = (1, 16)
"""How many customers are at each step at once."""
CHECKOUTS = 96
"""How many checkouts a round has of each crowd."""
WHOLE = "whole checkout"
COLUMNS = (
    Column("step", "step"),
    Column("at once", "at_once"),
    Column("server us", "server_us"),
    Column("postgres us", "postgres_us"),
    Column("both us", "both_us"),
    Column("x bare list", "to_bare", 1),
    Column("SQL", "statements", 1),
    Column("p50 ms", "p50_ms", 1),
    Column("p99 ms", "p99_ms", 1),
)
NOTES = (
    "us: processor time of the API and of all of PostgreSQL for each checkout, medians of rounds;",
    "the fake WeChat Pay and the customers are processes apart and not in it. x bare list: divided",
    "by what a page of products by the hand-written server took in the same round. SQL: statements",
    "of a checkout without BEGIN and COMMIT, of which a crowd shares some. ms: of a request; of a",
    "notice, what the mall needs to answer it.",
)


def run(effort: Effort) -> Outcome:
    """Measure on ground of its own, which waits for the disk."""
    with load.load_process() as gun, checkout_mall(CHECKOUTS) as mall:
        return measure(mall, gun, effort)


def measure(mall: CheckoutMall, gun: load.Gun, effort: Effort) -> Outcome:
    """Measure the crowds in turns, each beside the hand-written page of products.

    Raises `LoadProblem` where a checkout does not end paid.
    """
    by_crowd: dict[int, Costs] = {crowd: {step: Cost() for step in Step} for crowd in AT_ONCE}
    bare: list[Round] = []
    # Those who come first pay for connections and plans.
    asyncio.run(measured(mall, max(AT_ONCE), {step: Cost() for step in Step}))
    for crowd, costs in by_crowd.items():
        asyncio.run(counted(mall, crowd, costs))
    rounds.warmed(gun, mall.bare, BARE_LIST, effort)
    for _ in range(effort.rounds):
        for crowd, costs in by_crowd.items():
            asyncio.run(measured(mall, crowd, costs))
        bare.append(rounds.measured(mall.base, gun, mall.bare, BARE_LIST, effort))
    rows = [row for crowd, costs in by_crowd.items() for row in _rows(crowd, costs, bare)]
    return Outcome(f"checkout: {len(mall.customers)} orders of one line", COLUMNS, rows, NOTES)


def _rows(crowd: int, costs: Costs, bare: Sequence[Round]) -> list[dict[str, object]]:
    """A row for each step, and one for all of them: the median of the rounds' sums."""
    steps = list(costs.values())
    whole = Cost(
        _sums([each.server_us for each in steps]),
        _sums([each.postgres_us for each in steps]),
        _sums([each.latencies for each in steps]),
        sum(each.statements for each in steps),
    )
    rows = [_row(step, crowd, cost, bare) for step, cost in costs.items()]
    return [*rows, _row(WHOLE, crowd, whole, bare)]


def _sums(of_steps: Sequence[Sequence[float]]) -> list[float]:
    return [sum(each) for each in zip(*of_steps, strict=True)]


def _row(step: str, crowd: int, cost: Cost, bare: Sequence[Round]) -> dict[str, object]:
    ordered = sorted(cost.latencies)
    pairs = zip(cost.both_us, bare, strict=True)
    return {
        "step": step,
        "at_once": crowd,
        "checkouts": len(ordered),
        "server_us": median(cost.server_us),
        "postgres_us": median(cost.postgres_us),
        "both_us": median(cost.both_us),
        "to_bare": median(rounds.ratio(both, its.both_us) for both, its in pairs),
        "statements": cost.statements,
        "p50_ms": ordered[len(ordered) // 2] * 1000,
        "p99_ms": ordered[len(ordered) * 99 // 100] * 1000,
    }
