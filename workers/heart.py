"""A worker's heart: a row that says it is alive, and a look at the clock."""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from domain.kernel.heartbeats import BEAT_EVERY, beat
from domain.kernel.logs import logger
from domain.kernel.metrics import CLOCK_SKEW
from workers.tools import Tools

_LOG = logger(__name__)
LARGEST_SKEW = timedelta(seconds=5)


async def keep_beating(tools: Tools, worker_id: UUID, *, started_at: datetime) -> None:
    """Beat until cancelled; a database that is away is told once per missed beat."""
    while True:
        try:
            await beat_once(tools, worker_id, started_at=started_at)
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            _LOG.warning("worker.beat_missed", reason=type(error).__name__)
        await asyncio.sleep(BEAT_EVERY.total_seconds())


async def beat_once(tools: Tools, worker_id: UUID, *, started_at: datetime) -> timedelta:
    """Beat, and answer with how far this clock is ahead of PostgreSQL's; log it past 5 s."""
    at = tools.clock()
    async with tools.database.writes.begin() as session:
        database_at = await beat(session, worker_id, started_at=started_at, at=at)
    skew = at - database_at
    CLOCK_SKEW.set(skew.total_seconds())
    if abs(skew) > LARGEST_SKEW:
        _LOG.error("worker.clock_skewed", seconds=skew.total_seconds())
    return skew
