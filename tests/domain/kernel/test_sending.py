"""Statements past SQLAlchemy: in the session's own transaction, whatever happens to it."""

import asyncio
from collections.abc import AsyncGenerator

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, InvalidRequestError

from api.writing import writing
from domain.catalog.models import Category
from domain.kernel.db import Database, WriteSession
from domain.kernel.errors import Busy
from domain.kernel.passing import is_passing, is_unique_violation
from tests.make import an_id

PID = "SELECT pg_backend_pid()"
NUMBERS = "CREATE TEMP TABLE numbers (number bigint PRIMARY KEY) ON COMMIT DROP"


class Undone(Exception):
    """Ends a block."""


@pytest.fixture
async def numbers(database: Database) -> AsyncGenerator[WriteSession]:
    """A transaction with a table of numbers, of which one is there."""
    async with database.writes.begin() as session:
        await session.execute(text(NUMBERS))
        await add(session, 1)
        yield session


async def add(session: WriteSession, number: int) -> None:
    """Add a number to the table."""
    await session.send("INSERT INTO numbers VALUES ($1)", [number])


async def kept(session: WriteSession) -> list[int]:
    """The numbers in the table."""
    return [row[0] for row in await session.send("SELECT number FROM numbers ORDER BY 1", [])]


async def test_what_is_sent_within_a_savepoint_is_undone_with_it(numbers: WriteSession):
    savepoint = await numbers.begin_nested()
    await add(numbers, 2)
    await savepoint.rollback()
    assert await kept(numbers) == [1]


async def test_a_failure_within_a_savepoint_leaves_the_transaction_whole(numbers: WriteSession):
    with pytest.raises(asyncpg.UniqueViolationError) as failure:
        async with numbers.begin_nested():
            await add(numbers, 1)
    assert is_unique_violation(failure.value)
    await add(numbers, 2)
    assert await kept(numbers) == [1, 2]


async def test_nothing_is_sent_once_sqlalchemy_has_rolled_back(database: Database):
    def shelf() -> Category:
        return Category(id=an_id(), code="SCENT", title_zh="香氛", title_en="Scent")

    async def overwritten() -> None:
        async with database.writes.begin() as session:
            await session.send(PID, [])
            session.add(shelf())
            with pytest.raises(IntegrityError):
                await session.flush()
            await session.send("UPDATE categories SET title_zh = '别的'", [])

    async with database.writes.begin() as session:
        session.add(shelf())
    with pytest.raises(InvalidRequestError):
        await overwritten()
    async with database.writes() as session:
        told = await session.send("SELECT title_zh FROM categories", [])
    assert [row[0] for row in told] == ["香氛"]


async def test_each_transaction_of_a_session_is_begun(database: Database):
    shelf = "INSERT INTO categories (id, code, title_zh, title_en) VALUES ($1, 'TEA', '茶', 'Tea')"
    async with database.writes() as session:
        for _ in range(2):
            transaction = await session.begin()
            await session.send(PID, [])
            await session.send(shelf, [an_id()])
            await transaction.rollback()
        assert await session.send("SELECT id FROM categories", []) == []


@pytest.mark.parametrize("is_heard_of", [True, False])
async def test_a_connection_that_is_ended_is_a_busy_moment(
    database: Database, owner: "asyncpg.Connection[asyncpg.Record]", *, is_heard_of: bool
):
    async def ended() -> None:
        async with writing(database.writes) as session:
            await session.send(PID, [])
            ((pid,),) = await session.send(PID, [])
            await owner.fetchval("SELECT pg_terminate_backend($1, 5000)", pid)
            # The loop hears of it, or the statement does.
            await asyncio.sleep(0.05 if is_heard_of else 0)
            with pytest.raises(Exception) as failure:  # noqa: PT011 - of two libraries
                await session.send(PID, [])
            assert is_passing(failure.value)
            raise failure.value

    with pytest.raises(Busy):
        await ended()
    async with writing(database.writes) as session:
        assert await session.send("SELECT 7", []) is not None


async def test_who_is_cancelled_leaves_nothing_running_and_a_whole_connection(
    database: Database, owner: "asyncpg.Connection[asyncpg.Record]"
):
    async def slow() -> None:
        async with writing(database.writes) as session:
            await session.send(PID, [])
            await session.send("SELECT pg_sleep(20)", [])

    running = asyncio.create_task(slow())
    await asyncio.sleep(0.1)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    asleep = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query ~ $1"
    assert await owner.fetchval(asleep, r"^SELECT pg_sleep\(20\)") == 0
    async with writing(database.writes) as session:
        await session.send("SELECT 6", [])
        assert [row[0] for row in await session.send("SELECT 7", [])] == [7]
