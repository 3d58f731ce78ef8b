"""Connections for hot writes: what ends how, and how long plans live."""

import asyncio
from contextlib import suppress
from uuid import UUID

import asyncpg
import pytest

from api.writing import hot_statement, hot_writing
from domain.kernel.db import Database, open_database
from domain.kernel.errors import Busy
from domain.kernel.hot_pool import PLANS, PLANS_LIVE_SECONDS, HotPool, Sender, keep_session
from domain.kernel.passing import is_passing
from tests.make import NOON, an_id

MAKE = "INSERT INTO worker_heartbeats (worker_id, started_at, beat_at) VALUES ($1, $2, $2)"
ALIVE = "SELECT worker_id FROM worker_heartbeats"


class Undone(Exception):
    """Ends a block."""


class Seconds:
    """Time that tests set."""

    now = 100.0

    def __call__(self) -> float:
        """The moment."""
        return self.now


async def make(session: Sender) -> UUID:
    """Write a row."""
    made = an_id()
    await session.send(MAKE, [made, NOON])
    return made


async def make_and(database: Database, then: str | Exception) -> UUID:
    """Write a row, and send or raise something in the same transaction."""
    async with database.hot.begin() as session:
        made = await make(session)
        if isinstance(then, Exception):
            raise then
        await session.send(then, [])
    return made


async def alive(database: Database) -> list[UUID]:
    """The rows there are, as another connection sees them."""
    async with database.writes() as session:
        return [row[0] for row in await session.send(ALIVE, [])]


async def test_a_transaction_is_seen_once_its_block_has_ended(database: Database):
    async with database.hot.begin() as session:
        made = await make(session)
        assert await alive(database) == []
    assert await alive(database) == [made]


async def test_what_is_raised_undoes_it_and_the_connection_goes_on(database: Database):
    for _ in range(3):
        with pytest.raises(Undone):
            await make_and(database, Undone())
    assert await alive(database) == []
    async with database.hot.begin() as session:
        await make(session)
    assert len(await alive(database)) == 1


async def test_a_transaction_that_has_failed_is_not_taken_for_one_that_was_kept(database: Database):
    async def go_on_after_a_failure() -> None:
        async with database.hot.begin() as session:
            await make(session)
            with suppress(asyncpg.DivisionByZeroError):
                await session.send("SELECT 1 / 0", [])

    with pytest.raises(AssertionError, match="ROLLBACK"):
        await go_on_after_a_failure()
    assert await alive(database) == []


async def test_one_statement_alone_is_kept_by_itself(database: Database):
    made: list[UUID] = []
    with suppress(Undone):
        async with database.hot.alone() as session:
            made.append(await make(session))
            raise Undone
    assert await alive(database) == made


async def test_a_statement_alone_has_no_second_one(database: Database):
    with pytest.raises(AssertionError):
        await two_alone(database)
    assert len(await alive(database)) == 1


async def two_alone(database: Database) -> None:
    """Send two where there is room for one."""
    async with database.hot.alone() as session:
        await make(session)
        await make(session)


async def test_who_gives_up_leaves_nothing_behind(database: Database):
    async def wait() -> None:
        async with database.hot.begin() as session:
            await make(session)
            await session.send("SELECT pg_sleep(30)", [])

    waiting = asyncio.create_task(wait())
    while not waiting.done():
        async with database.writes() as session:
            asked = "SELECT 1 FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(30)'"
            if await session.send(asked, []):
                waiting.cancel()
        await asyncio.sleep(0.01)
    assert waiting.cancelled()
    assert await alive(database) == []
    async with database.hot.begin() as session:
        await make(session)
    assert len(await alive(database)) == 1


async def kill(database_url: str, server: int) -> None:
    """End a server process, and wait until it is gone."""
    killer = await asyncpg.connect(database_url)
    await killer.execute("SELECT pg_terminate_backend($1, 2000)", server)
    await killer.close()
    # Until this process has heard of it.
    await asyncio.sleep(0.1)


@pytest.mark.parametrize("is_before", ["a statement", "the commit"])
async def test_a_connection_that_dies_between_two_words_passes_by_itself(
    database: Database, database_url: str, is_before: str
):
    async def go_on_upon_a_dead_one() -> None:
        async with database.hot.begin() as session:
            await make(session)
            ((server,),) = await session.send("SELECT pg_backend_pid()", [])
            await kill(database_url, server)
            if is_before == "a statement":
                await make(session)

    with pytest.raises((OSError, asyncpg.PostgresError)) as lost:
        await go_on_upon_a_dead_one()
    assert is_passing(lost.value)
    assert await alive(database) == []


async def test_after_a_restart_nobody_is_told_of_it(database: Database, database_url: str):
    servers: list[int] = []
    async with database.hot.begin() as one, database.hot.begin() as two:
        for session in (one, two):
            servers += [row[0] for row in await session.send("SELECT pg_backend_pid()", [])]
    for server in servers:
        await kill(database_url, server)
    for _ in range(3):
        async with database.hot.begin() as session:
            await make(session)
    assert len(await alive(database)) == 3


async def test_the_edge_tells_what_passes_as_busy(database: Database):
    async def sent(sql: str, *, alone: bool) -> None:
        way = hot_statement if alone else hot_writing
        async with way(database.hot) as session:
            await session.send(sql, [])

    for alone in (True, False):
        for state in ("40P01", "55P03"):
            with pytest.raises(Busy):
                await sent(f"DO $$ BEGIN RAISE USING ERRCODE = '{state}'; END $$", alone=alone)
        with pytest.raises(asyncpg.DivisionByZeroError):
            await sent("SELECT 1 / 0", alone=alone)


async def test_who_gives_up_while_it_is_committed_leaves_a_whole_pool(
    database: Database, owner: "asyncpg.Connection[asyncpg.Record]"
):
    """The commit waits for a trigger, and nobody waits for the commit any more."""
    await owner.execute(
        "CREATE FUNCTION wait_a_while() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN PERFORM pg_sleep(30); RETURN NULL; END'"
    )
    await owner.execute(
        "CREATE CONSTRAINT TRIGGER waits AFTER INSERT ON worker_heartbeats"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait_a_while()"
    )
    try:
        waiting = asyncio.create_task(make_and(database, "SELECT 1"))
        while not await owner.fetch("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'"):
            await asyncio.sleep(0.01)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    finally:
        await owner.execute("DROP FUNCTION wait_a_while CASCADE")
    assert await alive(database) == []
    await make_and(database, "SELECT 1")
    assert len(await alive(database)) == 1


async def test_a_lost_connection_passes_by_itself_and_another_is_made(database: Database):
    with pytest.raises((OSError, asyncpg.PostgresError)) as lost:
        await make_and(database, "SELECT pg_terminate_backend(pg_backend_pid())")
    assert is_passing(lost.value)
    async with database.hot.begin() as session:
        made = await make(session)
    assert await alive(database) == [made]


@pytest.mark.usefixtures("hasty")
async def test_who_gets_no_connection_in_time_is_busy(database_url: str):
    async with open_database(database_url, read_connections=1, write_connections=1) as database:
        async with database.hot.begin():
            with pytest.raises(Busy):
                async with database.hot.begin():
                    pass
        async with database.hot.begin():
            pass


async def test_without_postgresql_who_comes_is_busy():
    url = "postgresql://nobody@127.0.0.1:9/nothing?sslmode=disable"
    async with open_database(url, read_connections=1, write_connections=1) as nowhere:
        with pytest.raises(Busy):
            async with nowhere.hot.alone():
                pass


async def plan(hot: HotPool) -> str:
    """How the prepared statement is carried out."""
    async with hot.begin() as session:
        rows = await session.send("EXPLAIN EXECUTE find (1)", [])
    return "\n".join(row[0] for row in rows)


async def test_no_plan_lives_long(database_url: str):
    seconds = Seconds()
    async with asyncpg.create_pool(
        database_url, min_size=0, max_size=1, reset=keep_session, server_settings=PLANS
    ) as pool:
        hot = HotPool(pool, 1, seconds)
        async with hot.begin() as session:
            await session.send("CREATE TEMP TABLE things (id bigint PRIMARY KEY)", [])
            await session.send("PREPARE find AS SELECT FROM things WHERE id = $1", [])
        assert "Index" in await plan(hot)
        async with hot.begin() as session:
            for way in ("indexscan", "indexonlyscan", "bitmapscan"):
                await session.send(f"SET enable_{way} = off", [])
            await session.send("SET enable_seqscan = on", [])
        seconds.now += PLANS_LIVE_SECONDS - 1
        assert "Index" in await plan(hot)
        seconds.now += 1
        assert "Seq Scan" in await plan(hot)
        await hot.close()
