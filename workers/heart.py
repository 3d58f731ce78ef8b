"""A worker's heart: a row that says it is alive, and a look at the clock."""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

from domain.kernel.heartbeats import BEAT_EVERY, beat
from domain.kernel.logs import logger
from domain.kernel.metrics import CLOCK_SKEW
from workers.tools import Tools

_LOG = logger(__name__)
LARGEST_SKEW = timedelta(seconds=5)
_LONGEST_READING = timedelta(seconds=1)


async def keep_beating(tools: Tools, worker_id: UUID, *, started_at: datetime) -> None:
    """Beat until cancelled. Whatever keeps a beat from the database is told, and the next tries."""
    while True:
        try:
            async with asyncio.timeout(BEAT_EVERY.total_seconds()):
                await beat_once(tools, worker_id, started_at=started_at)
        except Exception as error:
            _LOG.warning("worker.beat_missed", reason=repr(error))
        await asyncio.sleep(BEAT_EVERY.total_seconds())


async def beat_once(tools: Tools, worker_id: UUID, *, started_at: datetime) -> timedelta | None:
    """Beat, and answer with how far this clock is ahead of PostgreSQL's; log it past 5 s.

    None where the beat took so long that the two readings cannot be compared.
    """
    async with tools.database.writes.begin() as session:
        await session.connection()
        before = tools.clock()
        database_at = await beat(session, worker_id, started_at=started_at, at=before)
        took = tools.clock() - before
    if took > _LONGEST_READING:
        return None
    skew = before + took / 2 - database_at
    CLOCK_SKEW.set(skew.total_seconds())
    if abs(skew) > LARGEST_SKEW:
        _LOG.error("worker.clock_skewed", seconds=skew.total_seconds())
    return skew
