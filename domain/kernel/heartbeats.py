"""The sign of life that each worker leaves in the database.

The row is the worker's own: a key in Valkey is shared by all workers of a queue, outlives a
worker that was killed and vanishes when another one stops (reliability 3.2).
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel.db import Base, WriteSession

BEAT_EVERY = timedelta(seconds=5)
SILENT_AFTER = timedelta(seconds=15)
RETENTION = timedelta(days=1)
"""How long a worker that stopped beating is remembered."""


class WorkerHeartbeat(Base):
    """When a worker process was last alive."""

    __tablename__ = "worker_heartbeats"

    worker_id: Mapped[UUID] = mapped_column(primary_key=True)
    started_at: Mapped[datetime]
    beat_at: Mapped[datetime]


async def beat(
    session: WriteSession, worker_id: UUID, *, started_at: datetime, at: datetime
) -> datetime:
    """Say that the worker is alive; answers with PostgreSQL's own clock, to compare with."""
    alive = insert(WorkerHeartbeat).values(worker_id=worker_id, started_at=started_at, beat_at=at)
    alive = alive.on_conflict_do_update(
        index_elements=[WorkerHeartbeat.worker_id], set_={"beat_at": at}
    )
    return (await session.execute(alive.returning(func.clock_timestamp()))).scalar_one()


async def forget_silent(session: WriteSession, *, at: datetime) -> None:
    """Delete the heartbeats of workers that have been silent for longer than the retention."""
    await session.execute(delete(WorkerHeartbeat).where(WorkerHeartbeat.beat_at < at - RETENTION))
