"""Where passwords and PINs are hashed: beside the event loop, two at once and a few in turn."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import TypeVar

from api.gate import Gate
from domain.staff import credentials

T = TypeVar("T")
_RUNNING = 2
"""Each takes 46 MiB and a core for 30 ms: sign-ins never starve those who buy."""
_WAITING = 30
_PATIENCE_SECONDS = 3.0


class Hashing:
    """One for each process. Never to be waited for in a transaction."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_RUNNING, thread_name_prefix="hashing")
        self._gate = Gate(
            "hashing", running=_RUNNING, waiting=_WAITING, patience_seconds=_PATIENCE_SECONDS
        )

    @asynccontextmanager
    async def turn(self) -> AsyncGenerator["HashingTurn"]:
        """Hold a turn, so that what is charged for a try is then looked at. Faults: `Busy`."""
        async with self._gate.turn():
            yield HashingTurn(self._threads)

    async def hashed(self, secret: str) -> str:
        """As `credentials.hashed`, in a turn of its own. Faults: `Busy`."""
        async with self.turn() as turn:
            return await turn.hashed(secret)

    async def is_right(self, secret: str, kept: str | None) -> bool:
        """As `credentials.is_right`, in a turn of its own. Faults: `Busy`."""
        async with self.turn() as turn:
            return await turn.is_right(secret, kept)

    def close(self) -> None:
        """Let the hashes under way end, and begin no other."""
        self._threads.shutdown(wait=False, cancel_futures=True)


class HashingTurn:
    """What somebody may have hashed whose turn it is, one after the other."""

    def __init__(self, threads: ThreadPoolExecutor) -> None:
        self._threads = threads

    async def hashed(self, secret: str) -> str:
        """As `credentials.hashed`."""
        return await self._run(credentials.hashed, secret)

    async def is_right(self, secret: str, kept: str | None) -> bool:
        """As `credentials.is_right`, which takes as long where nothing is kept."""
        return await self._run(credentials.is_right, secret, kept)

    async def _run(self, call: Callable[..., T], *given: str | None) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, call, *given)
