"""The pools in trouble: what each failure becomes, and that the pool is whole after it."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import asyncpg
import psutil
import pytest
from prometheus_client import REGISTRY
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from domain.kernel import db
from domain.kernel.db import Database, ReadPool, open_database
from domain.kernel.errors import Busy
from domain.kernel.settings import Settings
from sandbox.engines import engines
from tests import make
from tests.patience import PATIENCE_SECONDS, stopwatch
from tests.sandbox.homes import home, open_folder, template, used_home

__all__ = ["home", "open_folder", "template", "used_home"]

PID = "SELECT pg_backend_pid()"


@asynccontextmanager
async def pools(url: str, *, reads: int = 1, writes: int = 1) -> AsyncGenerator[Database]:
    """Pools of the test's own."""
    async with (
        asyncio.timeout(PATIENCE_SECONDS),
        open_database(url, read_connections=reads, write_connections=writes) as database,
    ):
        yield database


@pytest.fixture
async def watcher(database_url: str) -> AsyncGenerator["asyncpg.Connection[asyncpg.Record]"]:
    """A connection beside the pools, to look at them and to disturb them."""
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


async def backend(reads: ReadPool) -> int:
    """The server process behind the pool's connection."""
    return (await reads.rows(PID, ()))[0][0]


async def running(watcher: "asyncpg.Connection[asyncpg.Record]", like: str) -> list[int]:
    """The server processes that run such a statement now."""
    rows = await watcher.fetch(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() "
        "AND state = 'active' AND pid <> pg_backend_pid() AND query LIKE $1",
        f"%{like}%",
    )
    return [row[0] for row in rows]


async def until_running(watcher: "asyncpg.Connection[asyncpg.Record]", like: str) -> int:
    """Wait until one such statement runs."""
    while True:
        found = await running(watcher, like)
        if found:
            return found[0]


def refused() -> float:
    """How many reads were refused until now."""
    return REGISTRY.get_sample_value("mall_connection_refused_total") or 0


def held() -> float:
    """How many statements the read pools have run until now."""
    return REGISTRY.get_sample_value("mall_connection_held_seconds_count") or 0


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO categories (id, title_zh, title_en) VALUES (gen_random_uuid(), 'a', 'a')",
        "UPDATE categories SET title_zh = 'x'",
        "DELETE FROM categories",
        "TRUNCATE categories CASCADE",
        "CREATE TABLE mine (id int)",
        "SELECT 1 FROM categories FOR UPDATE",
    ],
)
async def test_postgresql_itself_keeps_the_read_pool_from_writing(database: Database, sql: str):
    async with database.writes.begin() as session:
        await make.category(session, title="香氛")
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        await database.reads.rows(sql, ())
    rows = await database.reads.rows("SELECT title_zh FROM categories", ())
    assert [row[0] for row in rows] == ["香氛"]


@pytest.mark.usefixtures("hasty")
async def test_an_exhausted_read_pool_is_busy_after_about_a_second(database_url: str):
    before = refused()
    async with pools(database_url) as database:
        slow = asyncio.create_task(database.reads.rows("SELECT pg_sleep(2)", ()))
        await asyncio.sleep(0)
        async with stopwatch() as took:
            with pytest.raises(Busy) as busy:
                await database.reads.rows(PID, ())
            assert took.passed >= 0.5
            assert took.seconds < 5
        assert busy.value.retry_after_seconds == 1
        await slow
        assert refused() - before == 1
        assert await database.reads.rows("SELECT 1", ())


async def test_a_server_that_is_away_is_busy():
    before = refused()
    async with pools("postgresql://postgres@/shoal?host=/nowhere") as database:
        with pytest.raises(Busy):
            await database.reads.rows(PID, ())
    assert refused() - before == 1


@pytest.mark.parametrize("name", ["statement_timeout", "lock_timeout"])
async def test_a_statement_that_takes_too_long_is_busy(database_url: str, name: str):
    async with pools(database_url) as database:
        pid = await backend(database.reads)
        await database.reads.rows("SELECT set_config($1, '50', false)", (name,))
        async with database.writes.begin() as session:
            await session.execute(text("LOCK TABLE products IN ACCESS EXCLUSIVE MODE"))
            with pytest.raises(Busy):
                await database.reads.rows("SELECT id FROM products", ())
        assert await backend(database.reads) == pid


async def test_a_read_whose_connection_is_killed_is_sent_once_more(
    database_url: str, watcher: "asyncpg.Connection[asyncpg.Record]"
):
    async with pools(database_url) as database:
        before = held()
        reading = asyncio.create_task(database.reads.rows("SELECT pg_sleep(0.5), 7", ()))
        pid = await until_running(watcher, "pg_sleep(0.5)")
        assert await watcher.fetchval("SELECT pg_terminate_backend($1)", pid)
        assert (await reading)[0][1] == 7
        assert held() - before == 2


async def test_a_read_that_is_killed_twice_is_busy(
    database_url: str, watcher: "asyncpg.Connection[asyncpg.Record]"
):
    before = refused()
    async with pools(database_url) as database:
        reading = asyncio.create_task(database.reads.rows("SELECT pg_sleep(30)", ()))
        first = await until_running(watcher, "pg_sleep(30)")
        await watcher.fetchval("SELECT pg_terminate_backend($1, 5000)", first)
        second = await until_running(watcher, "pg_sleep(30)")
        assert second != first
        await watcher.fetchval("SELECT pg_terminate_backend($1)", second)
        with pytest.raises(Busy):
            await reading
        assert refused() - before == 1
        assert await database.reads.rows("SELECT 1", ())


@pytest.mark.parametrize(
    ("sql", "arguments", "error"),
    [
        ("SELECT $1::int", (), asyncpg.InterfaceError),
        ("SELECT $1::int", ("seven",), asyncpg.DataError),
        ("SELECT $1::uuid", ("nonsense",), asyncpg.DataError),
        ("SELECT nonsense", (), asyncpg.UndefinedColumnError),
        ("SELEC 1", (), asyncpg.PostgresSyntaxError),
        ("SELECT $1::text", ("a\x00b",), asyncpg.PostgresError),
    ],
)
async def test_a_wrong_statement_stays_a_bug_and_costs_no_connection(
    database_url: str, sql: str, arguments: tuple[object, ...], error: type[Exception]
):
    async with pools(database_url) as database:
        pid, before = await backend(database.reads), refused()
        with pytest.raises(error):
            await database.reads.rows(sql, arguments)
        assert await backend(database.reads) == pid
        assert refused() == before


async def test_the_read_pool_never_has_more_connections_than_it_may(database_url: str):
    async with pools(database_url, reads=3) as database:
        sql = "SELECT pg_sleep(0.01), pg_backend_pid()"
        rows = await asyncio.gather(*(database.reads.rows(sql, ()) for _ in range(30)))
        assert len({row[0][1] for row in rows}) <= 3


async def test_what_reads_keep_ends_with_the_pool(
    database_url: str, watcher: "asyncpg.Connection[asyncpg.Record]"
):
    async with pools(database_url, reads=3) as database:
        slow = [database.reads.rows("SELECT pg_sleep(0.1), pg_backend_pid()", ()) for _ in range(3)]
        kept = {rows[0][1] for rows in await asyncio.gather(*slow)}
        assert len(kept) == 3
        # The one that was used last is used next.
        assert len({await backend(database.reads) for _ in range(5)}) == 1
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await watcher.fetch("SELECT FROM pg_stat_activity WHERE pid = ANY ($1)", list(kept)):
            await asyncio.sleep(0.01)


@pytest.mark.usefixtures("hasty")
async def test_the_write_pool_is_bounded_and_waits_a_second(database_url: str):
    async with pools(database_url, writes=2) as database:
        async with database.writes.begin() as one, database.writes.begin() as other:
            pids = {await one.scalar(text(PID)), await other.scalar(text(PID))}
            async with stopwatch() as took:
                with pytest.raises(PoolTimeoutError):
                    async with database.writes.begin() as third:
                        await third.scalar(text(PID))
                assert took.passed >= 0.5
                assert took.seconds < 5
        async with database.writes() as session:
            assert await session.scalar(text(PID)) in pids


@pytest.mark.parametrize("scheme", ["postgresql", "postgres"])
@pytest.mark.parametrize("parameter", ["sslmode=prefer", "target_session_attrs=any"])
async def test_both_pools_read_an_address_as_asyncpg_does(
    settings: Settings, scheme: str, parameter: str
):
    url = settings.required_database_url().replace("postgresql://", f"{scheme}://")
    async with open_database(
        f"{url}&{parameter}", read_connections=1, write_connections=1
    ) as database:
        assert (await database.reads.rows("SELECT 1", ()))[0][0] == 1
        async with database.writes() as session:
            assert await session.scalar(text("SELECT 1")) == 1


@pytest.mark.usefixtures("hasty")
async def test_a_frozen_server_is_busy_and_the_pool_is_whole_when_it_thaws(
    used_home: Path, monkeypatch: pytest.MonkeyPatch
):
    """It takes connections and answers nothing: no error comes, and no end of the wait."""
    with engines(used_home, throwaway=True) as own:
        async with open_database(
            own.database_url, read_connections=2, write_connections=1
        ) as own_pools:
            await own_pools.reads.rows("SELECT 1", ())
            with frozen(own.postgres_pid), monkeypatch.context() as brief:
                brief.setattr(db, "COMMAND_SECONDS", 0.3)
                async with asyncio.timeout(PATIENCE_SECONDS):
                    outcomes = await asyncio.gather(
                        *(own_pools.reads.rows("SELECT 1", ()) for _ in range(4)),
                        return_exceptions=True,
                    )
            assert all(isinstance(outcome, Busy) for outcome in outcomes)
            rows = await asyncio.gather(*(own_pools.reads.rows("SELECT 1", ()) for _ in range(2)))
            assert [row[0][0] for row in rows] == [1, 1]


async def test_an_error_says_nothing_of_the_values_it_was_about(database: Database):
    async with database.writes() as session:
        with pytest.raises(DBAPIError) as caught:
            await session.execute(text("SELECT 1 / 0, :phone"), {"phone": "13800138000"})
    assert "13800138000" not in str(caught.value)


@contextmanager
def frozen(postmaster: int) -> Generator[None]:
    """A PostgreSQL whose every process is stopped, as on a host that hangs."""
    server = psutil.Process(postmaster)
    processes = [server, *server.children(recursive=True)]
    for process in processes:
        process.suspend()
    try:
        yield
    finally:
        for process in processes:
            process.resume()
