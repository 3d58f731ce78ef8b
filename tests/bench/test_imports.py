"""The benchmark of imports does what it says, in a small form."""

import asyncio

from bench.ground import ground
from bench.imports import measure


def test_the_table_is_imported_and_then_unchanged():
    with ground() as base:
        outcome = asyncio.run(measure(base, rows=100))
    assert [(each["written"], each["refused"], each["held_back"]) for each in outcome.rows] == [
        (60, 10, 30)
    ] * 2
    assert {column.field for column in outcome.columns} == set(outcome.rows[0])
