"""Connections that are kept between two statements, so that taking one costs next to nothing.

To take a connection from asyncpg's pool and to give it back is a task, a future and two timers:
as much processor time as the statement between them. Reads change nothing of a session, and what
every purchase writes ends its transaction, so what one leaves may serve the next as it is.
"""

import asyncio
from collections import deque
from typing import Any

import asyncpg

_CLOSE_SECONDS = 5.0


class KeptConnections:
    """The connections of a pool: each is taken from it when it is first needed, and then kept.

    Who waits for one gets it in the order of coming.
    """

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool
        self._most = pool.get_max_size()
        # What was used last lies on top: its statements are prepared, and its caches warm. None is
        # a place for one that has still to be made. While anybody waits, nothing lies here.
        self._free: list[Any] = [None] * self._most
        self._waiting: deque[asyncio.Future[Any]] = deque()

    async def take(self, seconds: float) -> Any:
        """A connection that nobody uses. TimeoutError where none can be had in that time."""
        if self._free:
            kept = self._free.pop()
            if _is_usable(kept):
                return kept
            async with asyncio.timeout(seconds):
                return await self._another(kept)
        # Only who has to wait pays for a timer.
        async with asyncio.timeout(seconds):
            kept = await self._turn()
            return kept if _is_usable(kept) else await self._another(kept)

    def give_back(self, connection: Any) -> None:
        """Let others have a connection on which everything went well."""
        self._put(connection)

    async def give_up(self, connection: Any, seconds: float) -> None:
        """Let the pool look at a connection on which something went wrong, and end it if need be.

        A statement that was broken off waits here for PostgreSQL to confirm that. TimeoutError
        where it does not in that time; the pool makes another connection then.
        """
        try:
            await self._pool.release(connection, timeout=seconds)
        finally:
            self._put(None)

    async def renew(self) -> None:
        """Let none be used again that nobody uses now: they may have ended unheard (a failover).

        They are not ended politely, since nobody may be there to answer.
        """
        await self._pool.expire_connections()
        for kept in self._free:
            if _is_usable(kept):
                kept.terminate()

    async def close(self) -> None:
        """Give all back to the pool once they are free; nobody takes one any more."""
        for _ in range(self._most):
            kept = self._free.pop() if self._free else await self._turn()
            if _is_usable(kept):
                await self._end(kept)

    async def _end(self, kept: Any) -> None:
        try:
            await self._pool.release(kept, timeout=_CLOSE_SECONDS)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            # A timeout is an OSError too. The pool would wait for it without end.
            if not is_gone(kept):
                kept.terminate()

    def _put(self, kept: Any) -> None:
        """Give it to who has waited longest, or lay it on top."""
        while self._waiting:
            waiting = self._waiting.popleft()
            if not waiting.done():
                waiting.set_result(kept)
                return
        self._free.append(kept)

    async def _turn(self) -> Any:
        """Wait behind those who wait already."""
        waiting = asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        try:
            return await waiting
        except BaseException:
            # Who gives up at the very moment of its turn lets others have that.
            if waiting.done() and not waiting.cancelled():
                self._put(waiting.result())
            raise

    async def _another(self, ended: Any) -> Any:
        """Another connection in the place of one that has ended, or of none."""
        try:
            if ended is not None:
                await self._pool.release(ended)
            return await self._pool.acquire()
        except BaseException:
            self._put(None)
            raise


def _is_usable(kept: Any) -> bool:
    return kept is not None and not is_gone(kept)


def is_gone(connection: Any) -> bool:
    """Whether a connection of a pool has ended; the pool may have taken it back already."""
    try:
        return bool(connection.is_closed())
    except asyncpg.InterfaceError:
        return True
