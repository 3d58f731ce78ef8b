"""The benchmark of a whole checkout ends with paid orders, and holds its bound of statements."""

from pathlib import Path

import orjson

from bench import checkout, report
from bench.benchmark import Effort
from bench.checkout import AT_ONCE, WHOLE
from bench.checkout_mall import checkout_mall
from bench.checkout_steps import Step
from bench.load import load_process
from tests.make import NOON

TINY = Effort(rounds=1, volley_seconds=0.5, volley_requests=20)
FIELDS = {
    "benchmark", "at", "machine", "step", "at_once", "checkouts", "server_us", "postgres_us",
    "both_us", "to_bare", "statements", "p50_ms", "p99_ms",
}  # fmt: skip
MOST_STATEMENTS = 30
"""Of a whole checkout, from the quote until it is paid (issue 6)."""


def test_each_checkout_ends_paid_and_takes_thirty_statements_at_most(tmp_path: Path):
    with load_process() as gun, checkout_mall(6, products=100) as mall:
        outcome = checkout.measure(mall, gun, TINY)

    rows = {(row["step"], row["at_once"]): row for row in outcome.rows}
    assert set(rows) == {(step, crowd) for step in [*Step, WHOLE] for crowd in AT_ONCE}
    for crowd in AT_ONCE:
        assert 4 <= float(str(rows[WHOLE, crowd]["statements"])) <= MOST_STATEMENTS
    path = report.write("checkout", outcome, tmp_path, at=NOON)
    lines = [orjson.loads(line) for line in path.read_bytes().splitlines()]
    assert [set(line) for line in lines] == [FIELDS] * len(outcome.rows)
    assert all(column.heading in report.table(outcome) for column in outcome.columns)
