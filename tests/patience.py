"""How tests wait on a machine that others use too: for a thing, and never for a time."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from types import ModuleType

import pytest

from api import app, endpoint, files, hashing, health
from api.oauth import driver, views
from api.sockets import connections, operations
from api.sockets import socket as sockets
from api.uploads import desk, receiving
from api.webhooks import wechat_pay
from domain.gateways import transport
from domain.gateways.transport import Patience
from domain.gateways.wechat import token_shelf
from domain.kernel import db, hot_pool, idempotency, listening
from domain.kernel.db import Database
from domain.orders.cart import checking
from workers import (
    cases,
    earning,
    messages,
    order_exports,
    orders,
    payments,
    pick_ups,
    points,
    receipts,
    relay,
    shipping_duty,
    table_jobs,
    tracking,
    virtual_goods,
)

PATIENCE_SECONDS = 30.0
"""How long something may take that takes a moment: finds what hangs, and says nothing of speed."""
_TICK_SECONDS = 0.1
_WAITS_FOR_A_LOCK = (
    "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
)

_SWEEPS = (
    cases,
    earning,
    messages,
    order_exports,
    orders,
    payments,
    pick_ups,
    points,
    receipts,
    relay,
    shipping_duty,
    table_jobs,
    tracking,
    virtual_goods,
)
_HASTE: tuple[tuple[ModuleType, str], ...] = (
    (db, "STATEMENT_TIMEOUT_MS"),
    (db, "LOCK_TIMEOUT_MS"),
    (db, "IDLE_IN_TRANSACTION_TIMEOUT_MS"),
    (db, "CONNECT_SECONDS"),
    (db, "POOL_WAIT_SECONDS"),
    (db, "COMMAND_SECONDS"),
    (db, "_RELEASE_SECONDS"),
    (hot_pool, "_ENDING_SECONDS"),
    (idempotency, "TWIN_WAIT_SECONDS"),
    (listening, "_CONNECT_SECONDS"),
    (listening, "_COMMAND_SECONDS"),
    (app, "_PATIENCE_SECONDS"),
    (app, "_REDIS_SECONDS"),
    (endpoint, "REQUEST_SECONDS"),
    (operations, "REQUEST_SECONDS"),
    (files, "_PATIENCE_SECONDS"),
    (hashing, "_PATIENCE_SECONDS"),
    (desk, "_PATIENCE_SECONDS"),
    (receiving, "_PATIENCE_SECONDS"),
    (driver, "_PATIENCE_SECONDS"),
    (views, "REQUEST_SECONDS"),
    (sockets, "INIT_SECONDS"),
    (connections, "_FAREWELL_SECONDS"),
    (wechat_pay, "_LONGEST_SECONDS"),
    (health, "_DATABASE_SECONDS"),
    (health, "_REDIS_SECONDS"),
    (token_shelf, "_ANSWER_SECONDS"),
    (checking, "PATIENCE_SECONDS"),
    *((sweep, "_LONGEST_SECONDS") for sweep in _SWEEPS),
)
"""What a mall gives PostgreSQL, Valkey, WeChat and itself, before it says that it is busy, takes
somebody for gone, or leaves the rest to the next sweep."""
SESSION_LIMITS = ("STATEMENT_TIMEOUT_MS", "LOCK_TIMEOUT_MS", "IDLE_IN_TRANSACTION_TIMEOUT_MS")
"""Those that a session of PostgreSQL is opened with."""
_HASTY = tuple((module, name, getattr(module, name)) for module, name in _HASTE)


def make_patient(patch: pytest.MonkeyPatch) -> None:
    """Let the malls of this process take nobody for away who only waits for the machine.

    A session of PostgreSQL stays as it was opened.
    """
    for module, name, limit in _HASTY:
        patch.setattr(module, name, 10 * limit)
    patch.setattr(
        transport,
        "_PATIENCE",
        Patience(turn_seconds=10, connect_seconds=20, read_seconds=50, whole_seconds=70),
    )


def make_hasty(patch: pytest.MonkeyPatch, *only: str) -> None:
    """Give PostgreSQL, Valkey and the mall itself as long as a mall does.

    ``only`` names the limits that matter; the others stay patient.
    """
    for module, name, limit in _HASTY:
        if not only or name in only:
            patch.setattr(module, name, limit)
    if not only:
        patch.setattr(transport, "_PATIENCE", Patience())


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
