"""Sets of rows: what their columns are, and that one row alone goes as plain values."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Text, select

from domain.kernel.compiling import compiled
from domain.kernel.db import Database, HotWrite
from domain.kernel.hot_pool import Sender
from domain.kernel.idempotency import RequestAnswer
from domain.kernel.row_sets import RowSet
from tests.make import NOON, an_id

ROOT = Path(__file__).parents[3]
COMPILE = """
import sys
from importlib import import_module
module, _, name = sys.argv[1].partition(":")
sys.stdout.write(getattr(import_module(module), name).sql)
"""


@pytest.mark.parametrize("statement", ["domain.stock.holding:_LOCK", "domain.stock.holding:_WRITE"])
def test_keys_of_tables_that_nobody_has_imported_are_ids(statement: str):
    printed = subprocess.run(
        [sys.executable, "-c", COMPILE, statement],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert printed.returncode == 0, printed.stderr
    assert "UUID[]" in printed.stdout


ROWS = RowSet("kept", RequestAnswer, "actor operation request_id fingerprint answered_at")
MORE = RowSet("more", RequestAnswer, "actor operation request_id", note=Text())
PAIRS = RowSet("pair", RequestAnswer, "actor operation request_id", are_several=True)
WRITE = HotWrite(ROWS.insert().returning(RequestAnswer.request_id))
READ = HotWrite(select(MORE.c.request_id, MORE.c.note))
READ_PAIRS = HotWrite(select(PAIRS.c.request_id))


class Heard:
    """A sender that keeps the words of what it passes on."""

    def __init__(self, sender: Sender) -> None:
        self.words: list[str] = []
        self._sender = sender

    async def send(self, sql: str, values: Sequence[object]) -> Sequence[Any]:
        self.words.append(sql)
        return await self._sender.send(sql, values)


@pytest.mark.parametrize("many", [0, 1, 2, 3])
async def test_as_many_rows_are_written_as_were_given_and_one_at_most_without_arrays(
    database: Database, many: int
):
    rows = [("member:1", "test", an_id(), b"print", NOON) for _ in range(many)]
    async with database.hot.begin() as session:
        heard = Heard(session)
        written = await WRITE.rows(heard, **ROWS.bound(rows))
    assert {row[0] for row in written} == {row[2] for row in rows}
    assert [("unnest" in words) for words in heard.words] == [many > 1]
    async with database.writes() as session:
        kept = (await session.scalars(select(RequestAnswer))).all()
    assert {(each.actor, each.operation, each.request_id) for each in kept} == {
        row[:3] for row in rows
    }
    assert all((each.fingerprint, each.answered_at) == (b"print", NOON) for each in kept)


@pytest.mark.parametrize("note", [None, "", "a note"])
async def test_what_is_null_in_the_one_row_is_not_taken_for_no_row(
    database: Database, note: str | None
):
    request_id = an_id()
    async with database.hot.begin() as session:
        rows = await READ.rows(session, **MORE.bound([("member:1", "test", request_id, note)]))
    assert [tuple(row) for row in rows] == [(request_id, note)]


async def test_rows_that_hardly_ever_come_alone_are_arrays_also_where_one_does(database: Database):
    request_id = an_id()
    async with database.hot.begin() as session:
        heard = Heard(session)
        rows = await READ_PAIRS.rows(heard, **PAIRS.bound([("member:1", "test", request_id)]))
    assert [row[0] for row in rows] == [request_id]
    assert "unnest" in heard.words[0]


def test_a_statement_of_several_sets_fits_one_row_of_each_or_none():
    _, of_one = compiled(ROWS.insert().add_cte(MORE.insert().cte("more_written")))
    assert of_one is not None
    row, more = ("a", "b", an_id(), b"c", NOON), ("a", "b", an_id(), None)
    for rows, others, fits in [
        ([row], [more], True),
        ([], [more], True),
        ([], [], True),
        ([row, row], [more], False),
        ([row], [more, more], False),
    ]:
        assert of_one.fits({**ROWS.bound(rows), **MORE.bound(others)}) is fits
