"""What one subscriber has not taken yet: bounded, whoever reads slowly or not at all."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from domain.kernel.metrics import SUBSCRIPTION_OVERFLOWED

T = TypeVar("T")


class Mailbox(Generic[T]):
    """Keeps events in order until they are taken; ``most`` at a time.

    Where one more comes, all that wait give way to what ``latest`` makes: the state as it is now,
    or the word that something was left out and should be asked for.
    """

    def __init__(self, most: int, latest: Callable[[], T]) -> None:
        self._most = most
        self._latest = latest
        self._waiting: deque[T] = deque()
        self._arrived = asyncio.Event()

    def put(self, event: T) -> None:
        """Keep one more event; never waits."""
        if len(self._waiting) >= self._most:
            SUBSCRIPTION_OVERFLOWED.inc()
            self.begin_anew()
            return
        self._waiting.append(event)
        self._arrived.set()

    def begin_anew(self) -> None:
        """Let all that waits give way to what ``latest`` makes."""
        self._waiting.clear()
        self._waiting.append(self._latest())
        self._arrived.set()

    async def take(self) -> T:
        """Take the oldest event, when there is one."""
        await self._arrived.wait()
        event = self._waiting.popleft()
        if not self._waiting:
            self._arrived.clear()
        return event
