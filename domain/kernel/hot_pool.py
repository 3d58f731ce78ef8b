"""Connections for the writes that every purchase makes: raw transactions, plans made once.

A transaction of a session costs four times what PostgreSQL's own words for it do, and PostgreSQL
would plan a statement with arrays anew each time, which takes longer than to run it. What runs here
is known beforehand and planned for any values. A plan that was made while a table was nearly empty
is a bad one in a rush, so no plan lives longer than `PLANS_LIVE_SECONDS`.
"""

import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Protocol

import asyncpg
from typing_extensions import override

from domain.kernel.errors import Busy
from domain.kernel.kept import KeptConnections, is_gone
from domain.kernel.logs import logger
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
CONNECTION_LOST = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
)
"""What is raised where a connection has ended that looked whole, as after a restart."""
_LOG = logger(__name__)
_ENDING_SECONDS = 0.5
_BEGIN, _COMMIT, _ROLLBACK, _FORGET_PLANS = "BEGIN", "COMMIT", "ROLLBACK", "DISCARD PLANS"
_FOR_GOOD = 0
"""No idle connection is ended: the next purchase would pay for another, and for all its plans."""
_ANY_NUMBER = 2**31
"""How many statements a connection may have sent."""


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
        return await heard(self._connection, lambda: self._connection.fetch(sql, *values))


class HotStatement(HotTransaction):
    """One statement, which PostgreSQL commits by itself."""

    __slots__ = ("_is_sent",)

    def __init__(self, connection: Any, heard_by: Callable[[str], None] | None) -> None:
        super().__init__(connection, heard_by)
        self._is_sent = False

    @override
    async def send(self, sql: str, values: Sequence[object]) -> Sequence[Any]:
        """Run it; its rows."""
        assert not self._is_sent
        self._is_sent = True
        return await super().send(sql, values)


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
        """Work on a pool; ``wait_seconds`` is how long a connection is waited for."""
        self._kept = KeptConnections(pool)
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
        async with self._taken(begins=True) as connection:
            try:
                yield HotTransaction(connection, self.heard_by)
                ended = await heard(connection, lambda: connection.execute(_COMMIT))
            except BaseException:
                await _undo(connection)
                raise
            # Of a transaction that has failed PostgreSQL makes a rollback, without an error.
            assert ended == _COMMIT, ended

    @asynccontextmanager
    async def alone(self) -> AsyncGenerator[Sender]:
        """For one statement, which PostgreSQL commits by itself. Faults as `begin`."""
        async with self._taken(begins=False) as connection:
            yield HotStatement(connection, self.heard_by)

    async def close(self) -> None:
        """Give the connections back to their pool, which is about to close."""
        await self._kept.close()

    @asynccontextmanager
    async def _taken(self, *, begins: bool) -> AsyncGenerator[Any]:
        connection = await self._ready(begins=begins)
        try:
            yield connection
        except BaseException:
            await self._give_up(connection)
            raise
        self._kept.give_back(connection)

    async def _ready(self, *, begins: bool) -> Any:
        """A connection that has begun; nothing was sent before, so that may be tried once more.

        Of connections that ended unheard (a failover) the first one that is found is the last.
        """
        try:
            return await self._begun(await self._acquired(), begins=begins)
        except CONNECTION_LOST:
            await self._kept.renew()
        return await self._begun(await self._acquired(), begins=begins)

    async def _begun(self, connection: Any, *, begins: bool) -> Any:
        try:
            now, server = self._seconds(), connection.get_server_pid()
            is_old = now >= self._plans_since.setdefault(server, now) + PLANS_LIVE_SECONDS
            words = [_FORGET_PLANS] * is_old + [_BEGIN] * begins
            if words:
                await heard(connection, lambda: connection.execute("; ".join(words)))
            if is_old:
                self._plans_since[server] = now
        except BaseException:
            await _undo(connection)
            await self._give_up(connection)
            raise
        return connection

    async def _acquired(self) -> Any:
        try:
            return await self._kept.take(self._wait_seconds)
        except (OSError, asyncpg.PostgresError, asyncpg.InternalClientError) as error:
            # A timeout is an OSError too.
            CONNECTION_REFUSED.inc()
            _LOG.warning("database.no_hot_connection", reason=repr(error))
            raise Busy from error

    async def _give_up(self, connection: Any) -> None:
        """Let the pool look at it; what was committed stays so, whatever becomes of it."""
        try:
            await self._kept.give_up(connection, _ENDING_SECONDS)
        except Exception as error:
            _LOG.warning("database.not_given_back", reason=repr(error))


async def heard(connection: Any, ask: Callable[[], Awaitable[Any]]) -> Any:
    """What PostgreSQL answers; a connection that is lost, then or before, is told as one."""
    try:
        return await ask()
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


@asynccontextmanager
async def open_hot_pool(
    url: str,
    most: int,
    *,
    session: Mapping[str, str],
    wait_seconds: float,
    connect_seconds: float,
    command_seconds: float | None,
) -> AsyncGenerator[HotPool]:
    """Open the pool until the block ends; a connection is made when it is first needed."""
    async with asyncpg.create_pool(
        url,
        min_size=0,
        max_size=most,
        max_queries=_ANY_NUMBER,
        max_inactive_connection_lifetime=_FOR_GOOD,
        reset=keep_session,
        timeout=connect_seconds,
        command_timeout=command_seconds,
        server_settings={**session, **PLANS},
    ) as pool:
        hot = HotPool(pool, wait_seconds)
        try:
            yield hot
        finally:
            await hot.close()


async def keep_session(_connection: object) -> None:
    """Reset nothing: no statement here changes a session, and a reset costs a round trip."""
