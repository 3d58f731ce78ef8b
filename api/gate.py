"""A class of work: so many at once, a few who wait, and an honest BUSY for the rest."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from domain.kernel.errors import Busy
from domain.kernel.metrics import GATE_REFUSED, GATE_RUNNING, GATE_WAITING


class Gate:
    """Lets ``running`` requests through at once and ``waiting`` more wait for a turn."""

    def __init__(self, name: str, *, running: int, waiting: int, patience_seconds: float) -> None:
        self._turns = asyncio.Semaphore(running)
        self._waiting = 0
        self._most_waiting = waiting
        self._patience_seconds = patience_seconds
        self._running_now = GATE_RUNNING.labels(name)
        self._waiting_now = GATE_WAITING.labels(name)
        self._refused = GATE_REFUSED.labels(name)

    @asynccontextmanager
    async def turn(self) -> AsyncGenerator[None]:
        """Hold one turn; raises `Busy` at once when the queue is full, and after the patience."""
        if self._turns.locked() and self._waiting >= self._most_waiting:
            self._refused.inc()
            raise Busy
        await self._wait()
        self._running_now.inc()
        try:
            yield
        finally:
            self._running_now.dec()
            self._turns.release()

    async def _wait(self) -> None:
        self._waiting += 1
        self._waiting_now.inc()
        try:
            async with asyncio.timeout(self._patience_seconds):
                await self._turns.acquire()
        except TimeoutError as error:
            self._refused.inc()
            raise Busy from error
        finally:
            self._waiting -= 1
            self._waiting_now.dec()
