"""The benchmarks of points settle what is due, redeem what is there, and count statements."""

from pathlib import Path

import orjson

from bench import redemption, report, settlement
from bench.benchmark import Effort, Outcome
from bench.redemption import CROWDS
from sandbox.brand.range import CORE
from tests.make import NOON

TINY = Effort(rounds=1, volley_seconds=5, volley_requests=20, counted_requests=32)
SETTLED = {
    "benchmark", "at", "machine", "lots", "members", "workers", "seconds", "lots_per_second",
    "client_us", "postgres_us", "both_us", "page_us", "lots_a_page",
}  # fmt: skip
REDEEMED = {
    "benchmark", "at", "machine", "clients", "members", "redemptions", "client_us", "postgres_us",
    "both_us", "to_bare", "statements", "redemptions_per_second", "p50_ms", "p99_ms", "rounds",
}  # fmt: skip
OF_A_REDEMPTION = 12
"""Twice: the lock, four reads of what is there, and the write."""


def assert_whole_lines(name: str, outcome: Outcome, fields: set[str], folder: Path) -> None:
    """Each row has its line in the result file, with all fields, and its cells in the table."""
    path = report.write(name, outcome, folder, at=NOON)
    lines = [orjson.loads(line) for line in path.read_bytes().splitlines()]
    assert [set(line) for line in lines] == [fields] * len(outcome.rows)
    assert all(column.heading in report.table(outcome) for column in outcome.columns)


def test_what_is_due_settles_and_the_audit_is_clean(tmp_path: Path):
    with settlement.field_of(products=3 * CORE) as opened:
        outcome = settlement.measure(opened, TINY, members=30, lots_each=4)
    (row,) = outcome.rows
    assert (row["lots"], row["members"], row["workers"]) == (120, 30, 2)
    assert [goal.bound for goal in outcome.goals] == [13]
    assert_whole_lines("settlement", outcome, SETTLED, tmp_path)


def test_points_are_redeemed_by_twelve_statements(tmp_path: Path):
    with redemption.field_of(products=3 * CORE) as opened:
        outcome = redemption.measure(opened, TINY)
    assert [(row["clients"], row["members"]) for row in outcome.rows] == list(CROWDS)
    assert {row["statements"] for row in outcome.rows} == {OF_A_REDEMPTION}
    assert_whole_lines("redemption", outcome, REDEEMED, tmp_path)
