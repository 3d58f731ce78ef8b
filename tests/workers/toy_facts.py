"""A toy fact for the relay: a worker that was born, by the table of heartbeats."""

import asyncio
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import ClassVar
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from domain.kernel.db import Database, WriteSession, open_database
from domain.kernel.failpoints import arm
from domain.kernel.heartbeats import WorkerHeartbeat
from domain.kernel.outbox import DueFact, Event, Fact
from tests import make
from tests.make import NOON
from workers.relay import Relay
from workers.tools import Tools


class Born(Event, frozen=True):
    """A worker was born."""

    TYPE: ClassVar[str] = "toy.born"

    worker_id: UUID


async def keep_born(session: WriteSession, facts: Sequence[DueFact], tools: Tools) -> None:
    """Make the workers; twice is a mistake that the table refuses."""
    rows = [
        {"worker_id": fact.event.worker_id, "started_at": NOON, "beat_at": NOON}
        for fact in facts
        if isinstance(fact.event, Born)
    ]
    for first in range(0, len(rows), 5_000):
        await session.execute(insert(WorkerHeartbeat).values(rows[first : first + 5_000]))


def facts(number: int) -> list[Fact]:
    """So many births of things of their own."""
    return [Fact(make.an_id(), 1, Born(make.an_id())) for _ in range(number)]


def tools_at(database: Database, minutes: float = 0) -> Tools:
    """Tools whose clock stands so many minutes after noon."""
    at = NOON + timedelta(minutes=minutes)
    return Tools(database, lambda: at, make.media_folder(Path("/nowhere")), Random(1))


async def _relay(url: str) -> None:
    async with open_database(url, read_connections=1, write_connections=2) as database:
        await Relay(tools_at(database), {Born.TYPE: keep_born}).go_on()


if __name__ == "__main__":
    arm(sys.argv[2])
    asyncio.run(_relay(sys.argv[1]))
