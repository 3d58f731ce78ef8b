"""A whole worker: it sweeps what arq wakes, lives through an absent Valkey, and ends in order."""

import asyncio
import gc
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from random import Random
from uuid import UUID

import asyncpg
import pytest
from pydantic import SecretStr
from redis.asyncio import Redis
from sqlalchemy import select
from structlog.typing import EventDict

from domain.kernel.clock import system_clock
from domain.kernel.db import Database
from domain.kernel.heartbeats import RETENTION, WorkerHeartbeat, beat
from domain.kernel.settings import Settings
from tests import make
from tests.patience import PATIENCE_SECONDS
from workers.main import run_worker
from workers.queue import open_queue

# What is cut off by force redis-py may leave to the garbage collector without closing it.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")


@pytest.fixture(autouse=True)
def garbage_of_its_own() -> Generator[None]:
    """Let it be found here, and not in the midst of another test, which would fail for it."""
    yield
    gc.collect()


@asynccontextmanager
async def working(settings: Settings) -> AsyncGenerator["asyncio.Task[None]"]:
    """A worker that runs in this process until the block ends, and then ends in order."""
    stop = asyncio.Event()
    worker = asyncio.create_task(run_worker(settings, stop, clock=system_clock, random=Random(1)))
    try:
        yield worker
    finally:
        stop.set()
        async with asyncio.timeout(PATIENCE_SECONDS):
            await worker


@pytest.fixture(autouse=True)
async def nobody_at_work(owner: "asyncpg.Connection[asyncpg.Record]") -> None:
    """No worker is known: processes of other tests may have left their heartbeats."""
    await owner.execute("DELETE FROM worker_heartbeats")


async def until_it_beats(database: Database) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await workers_known(database):
            await asyncio.sleep(0.02)


async def workers_known(database: Database) -> set[UUID]:
    async with database.writes() as session:
        return {each.worker_id for each in await session.scalars(select(WorkerHeartbeat))}


async def forget_long_gone(settings: Settings, database: Database) -> None:
    """Leave a heartbeat that is due to be forgotten, wake the sweep, and wait until it is."""
    silent, long_ago = make.an_id(), system_clock() - RETENTION - timedelta(minutes=1)
    async with database.writes.begin() as session:
        await beat(session, silent, started_at=long_ago, at=long_ago)
    queue = open_queue(settings.required_redis_url())
    async with asyncio.timeout(PATIENCE_SECONDS):
        # A wake-up may be lost with Valkey, and is said again, as the schedule does.
        while silent in await workers_known(database):
            await queue.enqueue_job("forget_silent_workers")
            await asyncio.sleep(0.1)
    await queue.aclose(close_connection_pool=True)


async def cut_others_off(redis: Redis) -> None:
    """Cut all connections to this process's database; those of other processes are not ours."""
    mine: int = await redis.client_id()
    (here,) = [each["db"] for each in await redis.client_list() if each["id"] == str(mine)]
    for each in await redis.client_list(_type="normal"):
        if each["db"] == here and each["id"] != str(mine):
            await redis.client_kill_filter(_id=each["id"])


async def test_a_worker_beats_and_runs_the_sweep_that_is_woken(
    settings: Settings, database: Database, redis: Redis
):
    async with working(settings):
        await until_it_beats(database)
        await forget_long_gone(settings, database)


async def test_a_worker_beats_while_valkey_is_away(
    settings: Settings, database: Database, tmp_path: Path, logged: list[EventDict]
):
    url = f"unix://{tmp_path}/nowhere.sock?db=0"
    away = settings.model_copy(update={"redis_url": SecretStr(url)})
    async with working(away) as worker:
        await until_it_beats(database)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not any(event["event"] == "worker.valkey_away" for event in logged):
                await asyncio.sleep(0.02)
        assert not worker.done()


async def test_a_worker_takes_up_its_work_when_valkey_has_lost_everything(
    settings: Settings, database: Database, redis: Redis
):
    async with working(settings):
        await until_it_beats(database)
        await redis.flushdb()
        await cut_others_off(redis)
        await forget_long_gone(settings, database)
