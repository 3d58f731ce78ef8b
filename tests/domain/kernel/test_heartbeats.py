"""Heartbeats: each worker's own row, and an end for those long gone."""

from datetime import timedelta

from sqlalchemy import select

from domain.kernel.db import Database
from domain.kernel.heartbeats import RETENTION, WorkerHeartbeat, beat, forget_silent
from tests import make
from tests.make import NOON


async def workers(database: Database) -> list[WorkerHeartbeat]:
    """All workers that are remembered, by age."""
    async with database.writes() as session:
        rows = await session.scalars(select(WorkerHeartbeat).order_by(WorkerHeartbeat.beat_at))
        return list(rows)


async def test_a_worker_keeps_one_row_that_says_since_when_and_until_when(database: Database):
    worker_id = make.an_id()
    for seconds in (0, 5, 10):
        async with database.writes.begin() as session:
            at = NOON + timedelta(seconds=seconds)
            database_at = await beat(session, worker_id, started_at=NOON, at=at)
            assert database_at.tzinfo is not None
    (row,) = await workers(database)
    assert (row.worker_id, row.started_at) == (worker_id, NOON)
    assert row.beat_at == NOON + timedelta(seconds=10)


async def test_workers_are_forgotten_after_the_retention_and_no_sooner(database: Database):
    moments = [NOON - RETENTION - timedelta(seconds=1), NOON - RETENTION, NOON]
    async with database.writes.begin() as session:
        for at in moments:
            await beat(session, make.an_id(), started_at=at, at=at)
    async with database.writes.begin() as session:
        await forget_silent(session, at=NOON)
    assert [row.beat_at for row in await workers(database)] == moments[1:]
