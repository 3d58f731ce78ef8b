"""Files that are read while they are sent: whole, refused before they begin, or broken off."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import Any
from uuid import UUID

import pytest

from api.auth import DEVELOPER
from api.downloads import Table, TableDownload
from api.gate import Gate
from domain.invoices.exporting import table as invoices_table
from domain.kernel.days import Days
from domain.kernel.db import Database, ReadPool
from domain.kernel.errors import Busy
from domain.kernel.passes import new_pass
from domain.kernel.sealing import Vault
from domain.reports.exporting import finance_table, sales_table
from tests.domain.invoices.bureau import VAULT
from tests.make import NOON

DAYS = Days(date(2026, 11, 1), date(2026, 11, 3))
Read = Callable[[ReadPool, Vault, Days], AsyncIterator[bytes]]


@dataclass
class Fetch:
    """What a fetch of a file sends."""

    database: Database
    read: Read
    sent: list[Any] = field(default_factory=list[Any])

    async def run(self, staff_id: UUID = DEVELOPER.id) -> None:
        """Fetch it; the turn is free again, whatever came of it."""
        gate = Gate("test", running=1, waiting=0, patience_seconds=0.1)
        tables = {"x": Table("x", self.read)}
        download = TableDownload(VAULT, self.database, lambda: NOON, Random(1), gate, tables)
        given = new_pass(VAULT, str(DAYS), staff_id, purpose="x", at=NOON)
        scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"spec_version": "2.4"},
            "method": "GET",
            "headers": [],
            "query_string": f"pass={given}".encode(),
            "path_params": {"kind": "x", "days": str(DAYS)},
        }
        try:
            await download(scope, self._receive, self._send)
        finally:
            async with gate.turn():
                pass

    async def _receive(self) -> Any:
        raise AssertionError

    async def _send(self, message: Any) -> None:
        self.sent.append(message)

    @property
    def statuses(self) -> list[int]:
        """How each answer begins that is sent: one, or the connection is in disorder."""
        return [each["status"] for each in self.sent if each["type"] == "http.response.start"]

    @property
    def is_ended(self) -> bool:
        """Whether it is said that nothing more comes."""
        return any(
            each["type"] == "http.response.body" and not each.get("more_body") for each in self.sent
        )


async def _whole(_reads: ReadPool, _vault: Vault, _days: Days) -> AsyncIterator[bytes]:
    for piece in (b"a", b"b"):
        yield piece


async def _refused(_reads: ReadPool, _vault: Vault, _days: Days) -> AsyncIterator[bytes]:
    if _days:
        raise Busy
    yield b"a"


async def _broken_off(_reads: ReadPool, _vault: Vault, _days: Days) -> AsyncIterator[bytes]:
    yield b"a"
    raise Busy


async def test_a_file_is_sent_whole(database: Database):
    fetch = Fetch(database, _whole)
    await fetch.run()
    assert fetch.statuses == [200]
    assert b"".join(each.get("body", b"") for each in fetch.sent) == b"ab"
    assert fetch.is_ended


async def test_what_is_refused_before_the_first_piece_is_told_in_one_answer(database: Database):
    fetch = Fetch(database, _refused)
    await fetch.run()
    assert fetch.statuses == [503]


async def test_a_file_that_breaks_off_is_not_ended_as_if_it_were_whole(database: Database):
    fetch = Fetch(database, _broken_off)
    with pytest.raises(Busy):
        await fetch.run()
    assert fetch.statuses == [200]
    assert not fetch.is_ended


@pytest.mark.parametrize("read", [sales_table, finance_table, invoices_table])
async def test_a_table_has_no_first_piece_before_it_is_read(
    database: Database, monkeypatch: pytest.MonkeyPatch, read: Read
):
    async def busy(*_: object) -> Any:
        raise Busy

    monkeypatch.setattr(ReadPool, "rows", busy)
    fetch = Fetch(database, read)
    await fetch.run()
    assert fetch.statuses == [503]


async def test_days_are_told_piece_by_piece(database: Database):
    pieces = [piece async for piece in sales_table(database.reads, VAULT, DAYS)]
    assert len(pieces) == 1 + DAYS.count
    assert b"2026-11-02" in pieces[2]
    assert b"2026-11-03" not in pieces[2]
