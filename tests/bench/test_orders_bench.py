"""The benchmark of orders places them, counts statements, and leaves whole lines behind."""

from collections.abc import Generator
from pathlib import Path

import orjson
import pytest

from bench import orders, report
from bench.benchmark import Effort
from bench.orders import BATCHER, BATCHES, HTTP, ONE_BY_ONE, Field
from tests.make import NOON

TINY = Effort(rounds=1, volley_seconds=5, volley_requests=8, counted_requests=64)
FIELDS = {
    "benchmark", "at", "machine", "contender", "variety", "at_once", "requests", "server_us",
    "postgres_us", "both_us", "requests_per_second", "p50_ms", "p99_ms", "batch", "statements",
    "statements_of_one", "to_best", "to_crowd", "to_batches", "rounds",
}  # fmt: skip
MOST_STATEMENTS = 16


@pytest.fixture(scope="module")
def opened() -> Generator[Field]:
    """A small mall with carts."""
    with orders.field_of(TINY, products=100) as field:
        yield field


def test_orders_are_placed_beside_pgbench_and_leave_whole_lines(opened: Field, tmp_path: Path):
    outcome = orders.measure(opened)

    assert {row["contender"] for row in outcome.rows} == {HTTP, BATCHER, ONE_BY_ONE, BATCHES}
    for row in outcome.rows:
        if row["contender"] in {HTTP, BATCHER}:
            assert row["statements"] == row["statements_of_one"]
            assert 0 < int(str(row["statements"])) <= MOST_STATEMENTS
    path = report.write("orders", outcome, tmp_path, at=NOON)
    lines = [orjson.loads(line) for line in path.read_bytes().splitlines()]
    assert [set(line) for line in lines] == [FIELDS] * len(outcome.rows)
    assert all(line["requests"] > 0 for line in lines)
    assert all(column.heading in report.table(outcome) for column in outcome.columns)
