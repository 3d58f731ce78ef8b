"""What transactions tell is heard when they have committed, and what is rolled back never."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress

import asyncpg
import pytest
from sqlalchemy import column, func, select, table

from domain.kernel import listening
from domain.kernel.db import Database
from domain.kernel.epochs import CHANNEL, Subject, next_epoch
from domain.kernel.listening import listen
from tests.patience import PATIENCE_SECONDS

_SESSIONS = table("pg_stat_activity", column("query"), column("datname"))


class Heard:
    """What was heard, one after the other."""

    def __init__(self, url: str) -> None:
        self._told = asyncio.Queue[str | None]()
        self.task = asyncio.create_task(listen(url, CHANNEL, self._told.put_nowait))

    async def next(self) -> str | None:
        """The next that is heard."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await self._told.get()

    @property
    def is_silent(self) -> bool:
        """Whether there is nothing that was heard and not looked at."""
        return self._told.empty()


@pytest.fixture
async def heard(database_url: str) -> AsyncGenerator[Heard]:
    """Somebody who listens from now on."""
    hearing = Heard(database_url)
    assert await hearing.next() is None
    yield hearing
    hearing.task.cancel()
    with suppress(asyncio.CancelledError):
        await hearing.task


async def test_a_change_is_told_when_it_has_committed_and_not_before(
    heard: Heard, database: Database
):
    async with database.writes.begin() as session:
        await session.execute(select(next_epoch(Subject.CATALOG)))
        async with database.writes.begin() as other:
            await other.execute(select(next_epoch(Subject.FREIGHT)))
        assert await heard.next() == "freight"
    assert await heard.next() == "catalog"


async def test_what_is_rolled_back_to_a_savepoint_or_whole_is_told_to_nobody(
    heard: Heard, database: Database
):
    async with database.writes() as session:
        await session.execute(select(next_epoch(Subject.CATALOG)))
        await session.rollback()
    async with database.writes.begin() as session:
        async with session.begin_nested() as savepoint:
            await session.execute(select(next_epoch(Subject.CATALOG)))
            await savepoint.rollback()
        await session.execute(select(next_epoch(Subject.STORES)))
    assert await heard.next() == "stores"
    assert heard.is_silent


async def test_who_tells_waits_for_nobody_who_has_told_and_not_committed(
    heard: Heard, database: Database
):
    async with database.writes.begin() as session:
        await session.execute(select(next_epoch(Subject.CATALOG)))
        for _ in range(2):
            async with database.writes.begin() as other:
                await other.execute(select(next_epoch(Subject.CATALOG)))
            assert await heard.next() == "catalog"
    assert await heard.next() == "catalog"


async def test_it_ends_with_its_connection(
    monkeypatch: pytest.MonkeyPatch,
    database_url: str,
    owner: "asyncpg.Connection[asyncpg.Record]",
):
    monkeypatch.setattr(listening, "CHECK_SECONDS", 3_600.0)
    heard = Heard(database_url)
    assert await heard.next() is None
    await owner.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND query LIKE 'LISTEN%'"
    )
    async with asyncio.timeout(PATIENCE_SECONDS):
        await heard.task


async def test_a_silent_connection_is_asked_whether_it_is_still_one(
    database_url: str, database: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(listening, "CHECK_SECONDS", 0.01)
    hearing = Heard(database_url)
    assert await hearing.next() is None
    async with asyncio.timeout(PATIENCE_SECONDS), database.writes() as session:
        asked = select(_SESSIONS.c.query).where(
            _SESSIONS.c.query == "SELECT 1", _SESSIONS.c.datname == func.current_database()
        )
        while await session.scalar(asked) is None:
            await session.rollback()
    async with database.writes.begin() as session:
        await session.execute(select(next_epoch(Subject.STORES)))
    assert await hearing.next() == "stores"
    hearing.task.cancel()
    await asyncio.wait([hearing.task])


async def test_it_is_said_where_there_is_nobody_to_listen_to():
    with pytest.raises(ConnectionRefusedError):
        await listen("postgresql://127.0.0.1:1/nowhere", CHANNEL, lambda _told: None)
