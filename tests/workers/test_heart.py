"""A worker's heart: a row of its own, kept as long as it matters, and a look at the clock."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import select
from structlog.typing import EventDict

from domain.kernel.clock import Clock, system_clock
from domain.kernel.db import Database, open_database
from domain.kernel.heartbeats import RETENTION, WorkerHeartbeat, beat
from tests import make
from workers.heart import beat_once, keep_beating
from workers.sweeps import forget_silent_workers
from workers.tools import Tools


async def beats(database: Database) -> list[WorkerHeartbeat]:
    async with database.writes() as session:
        return list(await session.scalars(select(WorkerHeartbeat)))


def tools_of(database: Database, clock: Clock = system_clock) -> Tools:
    return Tools(database, clock, make.media_folder(Path("/nowhere")), Random(1))


def names(logged: list[EventDict]) -> list[str]:
    return [event["event"] for event in logged]


async def test_each_worker_beats_in_one_row_of_its_own(database: Database):
    tools = tools_of(database)
    started_at = datetime(2026, 11, 11, tzinfo=UTC)
    one, other = make.an_id(), make.an_id()
    for worker in (one, other, one):
        await beat_once(tools, worker, started_at=started_at)
    assert {row.worker_id for row in await beats(database)} == {one, other}
    assert all(row.started_at == started_at for row in await beats(database))


async def test_the_sweep_forgets_workers_that_are_long_gone_and_no_other(database: Database):
    gone, alive = make.an_id(), make.an_id()
    async with database.writes.begin() as session:
        long_ago = make.NOON - RETENTION - timedelta(seconds=1)
        await beat(session, gone, started_at=long_ago, at=long_ago)
        await beat(session, alive, started_at=long_ago, at=make.NOON - RETENTION)
    await forget_silent_workers({"tools": tools_of(database, lambda: make.NOON)})
    assert [row.worker_id for row in await beats(database)] == [alive]


@pytest.mark.parametrize(("ahead_seconds", "is_told"), [(0, False), (8, True), (-8, True)])
async def test_a_clock_that_differs_from_postgresql_is_told(
    database: Database, logged: list[EventDict], ahead_seconds: int, is_told: object
):
    ahead = timedelta(seconds=ahead_seconds)
    tools = tools_of(database, lambda: system_clock() + ahead)
    # A beat that took long says nothing, and there is another one.
    while (skew := await beat_once(tools, make.an_id(), started_at=make.NOON)) is None:
        pass
    assert abs(skew - ahead) < timedelta(seconds=2)
    assert ("worker.clock_skewed" in names(logged)) is is_told


async def test_a_missed_beat_is_told_and_the_heart_goes_on(logged: list[EventDict]):
    url = "postgresql://shoal@/shoal?host=/nowhere"
    async with open_database(url, read_connections=1, write_connections=1) as nowhere:
        tools = tools_of(nowhere)
        heart = asyncio.create_task(keep_beating(tools, make.an_id(), started_at=make.NOON))
        while "worker.beat_missed" not in names(logged):
            await asyncio.sleep(0.01)
        assert not heart.done()
        heart.cancel()


async def test_a_beat_that_took_long_says_nothing_about_the_clock(
    database: Database, logged: list[EventDict]
):
    clock = iter([make.NOON, make.NOON + timedelta(seconds=8)])
    tools = tools_of(database, lambda: next(clock))
    assert await beat_once(tools, make.an_id(), started_at=make.NOON) is None
    assert logged == []


async def test_a_mistake_in_a_beat_is_told_and_the_heart_goes_on(
    database: Database, logged: list[EventDict]
):
    def broken() -> datetime:
        raise TypeError("unexpected keyword argument 'sslmode'")

    heart = asyncio.create_task(
        keep_beating(tools_of(database, broken), make.an_id(), started_at=make.NOON)
    )
    while not logged:
        await asyncio.sleep(0.01)
    assert "sslmode" in logged[0]["reason"]
    assert not heart.done()
    heart.cancel()
