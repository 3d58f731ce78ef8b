"""Hashing passwords and PINs beside the event loop, two at a time: each takes 46 MiB."""

import asyncio
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

from api.gate import Gate
from domain.staff import credentials

_AT_ONCE = 2
_WAITING = 20
_PATIENCE_SECONDS = 2.0


class Hashing:
    """Threads for argon2, of which no crowd at a sign-in can take more than two cores."""

    def __init__(self, threads: ThreadPoolExecutor, gate: Gate) -> None:
        self._threads = threads
        self._gate = gate

    async def hashed(self, secret: str) -> str:
        """The hash of a password or a PIN. Fault: `Busy`, where too many wait."""
        async with self._gate.turn():
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, credentials.hashed, secret)

    async def is_right(self, secret: str, kept: str | None) -> bool:
        """Whether a secret is what was hashed; as long where nothing is kept. Fault: `Busy`."""
        async with self._gate.turn():
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, credentials.is_right, secret, kept)


@asynccontextmanager
async def open_hashing() -> AsyncGenerator[Hashing]:
    """Start the threads, and end them when the process does."""
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="hashing") as threads:
        yield Hashing(
            threads,
            Gate("hashing", running=_AT_ONCE, waiting=_WAITING, patience_seconds=_PATIENCE_SECONDS),
        )
