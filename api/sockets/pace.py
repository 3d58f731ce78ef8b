"""How fast one connection's messages are read."""

import asyncio


class Pace:
    """Lets ``burst`` messages through at once, and ``each_second`` of them from then on.

    Whoever sends faster is not refused but read later: the connection itself holds them back.
    """

    def __init__(self, *, each_second: float, burst: int) -> None:
        self._seconds = 1 / each_second
        self._ahead = burst * self._seconds
        self._due = 0.0
        """When the message would be due that would be read next, if they came evenly."""

    async def next(self) -> None:
        """Wait until one more message may be read."""
        now = asyncio.get_running_loop().time()
        self._due = max(self._due, now) + self._seconds
        if self._due - now > self._ahead:
            await asyncio.sleep(self._due - now - self._ahead)
