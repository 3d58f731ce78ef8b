"""Connections for the writes that every purchase makes: raw transactions, plans made once.

A transaction of a session costs four times what PostgreSQL's own words for it do, and PostgreSQL
would plan a statement with arrays anew each time, which takes longer than to run it. What runs here
is known beforehand and planned for any values. A plan that was made while a table was nearly empty
is a bad one in a rush, so no plan lives longer than `PLANS_LIVE_SECONDS`.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, Protocol

import asyncpg

from domain.kernel.errors import Busy
from domain.kernel.metrics import CONNECTION_REFUSED

PLANS = {
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
}
"""How PostgreSQL plans here: for any values, by indexes, row by row."""
PLANS_LIVE_SECONDS = 30.0
"""PostgreSQL makes them anew by itself too, once it has looked at a table that has grown."""
_ENDING_SECONDS = 0.5
_BEGIN, _COMMIT, _ROLLBACK = "BEGIN", "COMMIT", "ROLLBACK"
_PLAN_ANEW = "DISCARD PLANS; BEGIN"


class Sender(Protocol):
    """A transaction in which statements are sent: a `WriteSession`, or one of the hot pool's."""

    async def send(self, sql: str, values: Sequence[object]) -> Sequence[Any]:
        """Run a statement as asyncpg takes it; its rows."""
        ...


class HotTransaction:
    """A transaction that takes nothing but statements."""

    __slots__ = ("_connection", "_heard_by")

    def __init__(self, connection: Any, heard_by: Callable[[str], None] | None) -> None:
        self._connection = connection
        self._heard_by = heard_by

    async def send(self, sql: str, values: Sequence[object]) -> Sequence[Any]:
        """Run a statement as asyncpg takes it; its rows."""
        if self._heard_by is not None:
            self._heard_by(sql)
        return await _heard(self._connection, self._connection.fetch(sql, *values))


class HotPool:
    """Bounded connections for hot writes.

    ``heard_by`` is told of each statement: so they are counted.
    """

    def __init__(
        self,
        pool: "asyncpg.Pool[asyncpg.Record]",
        wait_seconds: float,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pool = pool
        self._wait_seconds = wait_seconds
        self._seconds = seconds
        self._plans_since: dict[int, float] = {}
        self.heard_by: Callable[[str], None] | None = None

    @asynccontextmanager
    async def begin(self) -> AsyncGenerator[Sender]:
        """A transaction: committed where the block ends, undone where it raises.

        Fault: `Busy` where no connection comes free in time or PostgreSQL is away. After a commit
        that got lost nobody knows the outcome.
        """
        async with self._connection() as connection:
            try:
                await _heard(connection, connection.execute(self._beginning(connection)))
                yield HotTransaction(connection, self.heard_by)
                ended = await _heard(connection, connection.execute(_COMMIT))
            except BaseException:
                await _undo(connection)
                raise
            # Of a transaction that has failed PostgreSQL makes a rollback, without an error.
            assert ended == _COMMIT, ended

    def _beginning(self, connection: Any) -> str:
        """What begins a transaction; on a connection with old plans, what makes them anew too."""
        now, server = self._seconds(), connection.get_server_pid()
        if now < self._plans_since.setdefault(server, now) + PLANS_LIVE_SECONDS:
            return _BEGIN
        self._plans_since[server] = now
        return _PLAN_ANEW

    @asynccontextmanager
    async def alone(self) -> AsyncGenerator[Sender]:
        """For one statement, which PostgreSQL commits by itself. Faults as `begin`."""
        async with self._connection() as connection:
            yield HotTransaction(connection, self.heard_by)

    @asynccontextmanager
    async def _connection(self) -> AsyncGenerator[Any]:
        try:
            async with asyncio.timeout(self._wait_seconds):
                connection = await self._pool.acquire()
        except (OSError, asyncpg.PostgresError, asyncpg.InternalClientError) as error:
            # A timeout is an OSError too.
            CONNECTION_REFUSED.inc()
            raise Busy from error
        try:
            yield connection
        finally:
            with suppress(TimeoutError):
                await self._pool.release(connection, timeout=_ENDING_SECONDS)


async def _heard(connection: Any, answer: Any) -> Any:
    """What PostgreSQL answers; a lost connection is told as one."""
    try:
        return await answer
    except asyncpg.InterfaceError as error:
        # The same class stands for a wrong argument, which is a bug and must stay one.
        if is_gone(connection):
            raise ConnectionResetError from error
        raise


async def _undo(connection: Any) -> None:
    """Undo what was written; a connection on which that fails is never used again."""
    if is_gone(connection):
        return
    try:
        await connection.execute(_ROLLBACK, timeout=_ENDING_SECONDS)
    except BaseException as error:
        if not is_gone(connection):
            connection.terminate()
        if not isinstance(error, Exception):
            raise


def is_gone(connection: Any) -> bool:
    """Whether a connection of a pool has ended; the pool may have taken it back already."""
    try:
        return bool(connection.is_closed())
    except asyncpg.InterfaceError:
        return True


def hot_pool(
    url: str,
    most: int,
    *,
    session: Mapping[str, str],
    wait_seconds: float,
    command_seconds: float | None,
) -> "asyncpg.Pool[asyncpg.Record]":
    """The connections themselves, made when they are first needed."""
    return asyncpg.create_pool(
        url,
        min_size=0,
        max_size=most,
        reset=keep_session,
        timeout=wait_seconds,
        command_timeout=command_seconds,
        server_settings={**session, **PLANS},
    )


async def keep_session(_connection: object) -> None:
    """Reset nothing: no statement here changes a session, and a reset costs a round trip."""
