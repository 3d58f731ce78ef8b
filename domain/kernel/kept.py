"""Connections that are kept between two statements, so that taking one costs next to nothing.

To take a connection from asyncpg's pool and to give it back is a task, a future and two timers:
as much processor time as the statement between them. Reads change nothing of a session, so what
one leaves may serve the next as it is.
"""

import asyncio
from typing import TYPE_CHECKING, Any

from domain.kernel.hot_pool import is_gone

if TYPE_CHECKING:
    import asyncpg


class KeptConnections:
    """The connections of a pool: each is taken from it when it is first needed, and then kept."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool
        self._most = pool.get_max_size()
        # What was used last lies on top: its statements are prepared, and its caches warm.
        self._places: asyncio.LifoQueue[Any] = asyncio.LifoQueue()
        for _ in range(self._most):
            self._places.put_nowait(None)

    async def take(self, seconds: float) -> Any:
        """A connection that nobody uses. TimeoutError where none can be had in that time."""
        if not self._places.empty():
            kept = self._places.get_nowait()
            if _is_usable(kept):
                return kept
            async with asyncio.timeout(seconds):
                return await self._another(kept)
        # Only who has to wait pays for a timer.
        async with asyncio.timeout(seconds):
            kept = await self._places.get()
            return kept if _is_usable(kept) else await self._another(kept)

    def give_back(self, connection: Any) -> None:
        """Let others have a connection on which everything went well."""
        self._places.put_nowait(connection)

    async def give_up(self, connection: Any, seconds: float) -> None:
        """Let the pool look at a connection on which something went wrong, and end it if need be.

        A statement that was broken off waits here for PostgreSQL to confirm that. TimeoutError
        where it does not in that time; the pool makes another connection then.
        """
        try:
            await self._pool.release(connection, timeout=seconds)
        finally:
            self._places.put_nowait(None)

    async def close(self) -> None:
        """Give all back to the pool once they are free; nobody takes one any more."""
        for _ in range(self._most):
            kept = await self._places.get()
            if kept is not None:
                await self._pool.release(kept)

    async def _another(self, ended: Any) -> Any:
        """Another connection in the place of one that has ended, or of none."""
        try:
            if ended is not None:
                await self._pool.release(ended)
            return await self._pool.acquire()
        except BaseException:
            self._places.put_nowait(None)
            raise


def _is_usable(kept: Any) -> bool:
    return kept is not None and not is_gone(kept)
