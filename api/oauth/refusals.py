"""How soon somebody is told no: as late whoever they name, so that the time tells nothing."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

REFUSED_AFTER_SECONDS = 0.15
"""From the beginning of a try to the word that it has failed: one at somebody is written to
PostgreSQL, one at nobody is counted elsewhere or not at all, and one during a lock has no hash."""


@dataclass(frozen=True, slots=True)
class Refusals:
    """Holds refusals back. A try begins within its turn to hash: how long that takes to come is
    the same for everybody, and would use the time up.
    """

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    def earliest(self) -> float:
        """The moment before which a try that begins now is not refused."""
        return self.now() + REFUSED_AFTER_SECONDS

    async def wait(self, earliest: float) -> None:
        """Wait for that moment; to be called outside of the turn, which others wait for."""
        await self.sleep(max(0.0, earliest - self.now()))
