"""How tests wait on a machine that others use too: for a thing, and never for a time."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from api import app, health
from domain.gateways.wechat import token_shelf
from domain.kernel import db, listening
from domain.kernel.db import Database

PATIENCE_SECONDS = 30.0
"""How long something may take that takes a moment: finds what hangs, and says nothing of speed."""
_TICK_SECONDS = 0.1
_WAITS_FOR_A_LOCK = (
    "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
)

_HASTE = (
    (db, "POOL_WAIT_SECONDS"),
    (listening, "_CONNECT_SECONDS"),
    (app, "_REDIS_SECONDS"),
    (health, "_DATABASE_SECONDS"),
    (health, "_REDIS_SECONDS"),
    (token_shelf, "_ANSWER_SECONDS"),
)
"""What a mall gives PostgreSQL and Valkey to answer, at the most a second."""
_HASTY = tuple((module, name, getattr(module, name)) for module, name in _HASTE)


def make_patient(patch: pytest.MonkeyPatch) -> None:
    """Let the malls of this process take nobody for away who only waits for the machine."""
    for module, name, seconds in _HASTY:
        patch.setattr(module, name, 10 * seconds)


def make_hasty(patch: pytest.MonkeyPatch) -> None:
    """Give PostgreSQL and Valkey as long as a mall does."""
    for module, name, seconds in _HASTY:
        patch.setattr(module, name, seconds)


class Stopwatch:
    """How long something takes, less what this process comes late while it takes that."""

    def __init__(self) -> None:
        self._now = asyncio.get_running_loop().time
        self._begun = self._now()
        self._late = 0.0
        self._due = self._begun

    @property
    def passed(self) -> float:
        """The seconds that have passed until now."""
        return self._now() - self._begun

    @property
    def seconds(self) -> float:
        """Those that would have passed, had this process never had to wait for the machine."""
        return self.passed - self._late - max(0.0, self._now() - self._due)

    async def tick(self) -> None:
        """Sleep again and again, and note how much later than that it is."""
        while True:
            self._due = self._now() + _TICK_SECONDS
            await asyncio.sleep(_TICK_SECONDS)
            self._late += max(0.0, self._now() - self._due)


@asynccontextmanager
async def stopwatch() -> AsyncGenerator[Stopwatch]:
    """Measure what the mall waits for by itself, such as its next look at what has happened.

    Where three test processes, their children and the checks share two cores, a process may stand
    still for a second. That is no fault of the mall's.
    """
    watch = Stopwatch()
    ticking = asyncio.create_task(watch.tick())
    try:
        yield watch
    finally:
        ticking.cancel()


async def until_somebody_waits_for_a_lock(database: Database) -> None:
    """Wait until a statement in this database stands behind a lock."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await database.reads.rows(_WAITS_FOR_A_LOCK, []):
            await asyncio.sleep(0.01)
