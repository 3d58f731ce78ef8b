"""The pools: bounded, in time, the reading one unable to write, and whole after trouble."""

import asyncio
from collections.abc import AsyncGenerator

import asyncpg
import pytest
from sqlalchemy import bindparam, select, text
from sqlalchemy.exc import IntegrityError

from domain.catalog import models
from domain.kernel.db import Database, HotRead, open_database
from domain.kernel.errors import Busy
from domain.kernel.settings import Settings
from tests import make
from tests.patience import SESSION_LIMITS, make_hasty, stopwatch


@pytest.fixture
async def small(settings: Settings) -> AsyncGenerator[Database]:
    """Pools of two connections each."""
    url = settings.required_database_url()
    async with open_database(url, read_connections=2, write_connections=2) as database:
        yield database


@pytest.fixture
async def operator(settings: Settings) -> AsyncGenerator["asyncpg.Connection[asyncpg.Record]"]:
    """A connection of somebody else, to look at the server and to disturb it."""
    connection = await asyncpg.connect(settings.required_database_url())
    yield connection
    await connection.close()


async def test_a_hot_read_binds_its_parameters_by_name(database: Database):
    async with database.writes.begin() as session:
        shelf = await make.category(session, title="香氛")
    one = HotRead(
        select(models.Category.title_zh).where(
            models.Category.title_en == bindparam("title"), models.Category.id == bindparam("id")
        )
    )
    rows = await one.rows(database.reads, id=shelf.id, title="Fragrance", more="ignored")
    assert [row[0] for row in rows] == ["香氛"]


async def test_postgresql_itself_refuses_to_write_for_the_read_pool(database: Database):
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        await database.reads.rows("DELETE FROM products", ())


@pytest.mark.usefixtures("hasty")
async def test_no_more_connections_than_allowed_and_busy_within_about_a_second(small: Database):
    async with stopwatch() as took:
        outcomes = await asyncio.gather(
            *(small.reads.rows("SELECT pg_sleep(2.5)", ()) for _ in range(6)),
            return_exceptions=True,
        )
        assert sum(isinstance(outcome, Busy) for outcome in outcomes) == 4
        assert took.seconds < 5


async def test_a_statement_that_takes_too_long_is_busy(small: Database):
    await small.reads.rows("SELECT set_config('statement_timeout', '50ms', false)", ())
    with pytest.raises(Busy):
        await small.reads.rows("SELECT pg_sleep(2)", ())


async def test_a_connection_that_was_dropped_is_not_noticed_by_the_reader(
    small: Database, operator: "asyncpg.Connection[asyncpg.Record]"
):
    for _ in range(3):
        (row,) = await small.reads.rows("SELECT pg_backend_pid()", ())
        await operator.execute("SELECT pg_terminate_backend($1)", row[0])
        assert (await small.reads.rows("SELECT 1", ()))[0][0] == 1


@pytest.mark.usefixtures("hasty")
async def test_a_server_that_is_away_is_busy_and_no_hang():
    url = "postgresql://shoal@/shoal?host=/nowhere"
    async with (
        stopwatch() as took,
        open_database(url, read_connections=1, write_connections=1) as nowhere,
    ):
        with pytest.raises(Busy):
            await nowhere.reads.rows("SELECT 1", ())
        assert took.seconds < 4


async def test_a_mistake_in_a_statement_stays_a_bug(small: Database):
    with pytest.raises(asyncpg.UndefinedTableError):
        await small.reads.rows("SELECT * FROM nothing", ())
    with pytest.raises(asyncpg.InterfaceError):
        await small.reads.rows("SELECT $1::int", ())
    with pytest.raises(asyncpg.DataError):
        await small.reads.rows("SELECT $1::int", ("many",))


async def test_forty_cancelled_reads_leave_a_whole_pool_and_nothing_running(
    small: Database, operator: "asyncpg.Connection[asyncpg.Record]"
):
    for _ in range(20):
        reads = [
            asyncio.create_task(small.reads.rows("SELECT pg_sleep(3), 'cancelled'", ()))
            for _ in range(2)
        ]
        await asyncio.sleep(0.01)
        for read in reads:
            read.cancel()
        await asyncio.gather(*reads, return_exceptions=True)
    rows = await asyncio.gather(*(small.reads.rows("SELECT 1", ()) for _ in range(2)))
    assert [row[0][0] for row in rows] == [1, 1]
    running = await operator.fetchval(
        "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' "
        "AND query LIKE '%''cancelled''%' AND pid <> pg_backend_pid()"
    )
    assert running == 0


async def test_sessions_bound_what_a_statement_and_a_lock_may_take(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    make_hasty(monkeypatch, *SESSION_LIMITS)
    names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "timezone")
    shows = [f"SHOW {name}" for name in names]
    url = settings.required_database_url()
    async with open_database(url, read_connections=1, write_connections=1) as database:
        read = [(await database.reads.rows(show, ()))[0][0] for show in shows]
        async with database.writes() as session:
            written = [await session.scalar(text(show)) for show in shows]
        async with database.hot.begin() as sender:
            hot = [(await sender.send(show, ()))[0][0] for show in shows]
    assert read == written == hot == ["5s", "1s", "10s", "UTC"]


async def test_a_write_session_leaves_nothing_behind_when_its_block_raises(database: Database):
    async def half_done() -> None:
        async with database.writes.begin() as session:
            await make.category(session)
            raise LookupError

    with pytest.raises(LookupError):
        await half_done()
    async with database.writes() as session:
        assert list(await session.scalars(select(models.Category))) == []


@pytest.mark.parametrize(
    "change",
    [
        "price_fen = -1",
        "position = 100",
        "position = -1",
        "position = 0",
        "sku = NULL",
        "product_id = gen_random_uuid()",
    ],
)
async def test_the_tables_hold_their_invariants_themselves(database: Database, change: str):
    async with database.writes.begin() as session:
        await make.product(session)
    async with database.writes() as session:
        with pytest.raises(IntegrityError):
            await session.execute(text(f"UPDATE variants SET {change}"))
