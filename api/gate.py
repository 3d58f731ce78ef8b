"""A class of work: so many at once, a few who wait, and an honest BUSY for the rest."""

import asyncio
from collections import deque
from contextlib import suppress
from types import TracebackType

from domain.kernel.errors import Busy
from domain.kernel.metrics import GATE_REFUSED, GATE_RUNNING, GATE_WAITING


class Gate:
    """Lets ``running`` requests through at once and ``waiting`` more wait for a turn."""

    def __init__(self, name: str, *, running: int, waiting: int, patience_seconds: float) -> None:
        self._running = 0
        self._most_running = running
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._most_waiting = waiting
        self._patience_seconds = patience_seconds
        # Read when somebody looks, so that a request pays for neither.
        GATE_RUNNING.labels(name).set_function(lambda: self._running)
        GATE_WAITING.labels(name).set_function(lambda: len(self._waiting))
        self._refused = GATE_REFUSED.labels(name)

    def turn(self) -> "_Turn":
        """Hold one turn; raises `Busy` at once when the queue is full, and after the patience."""
        return _Turn(self)

    async def enter(self) -> None:
        """Begin a turn, as `turn` does, which ends it too."""
        if self._running < self._most_running:
            self._running += 1
        else:
            await self._wait()

    def leave(self) -> None:
        """End a turn that has begun: whoever has waited longest has it then."""
        while self._waiting:
            next_turn = self._waiting.popleft()
            if not next_turn.done():
                next_turn.set_result(None)
                return
        self._running -= 1

    async def _wait(self) -> None:
        if len(self._waiting) >= self._most_waiting:
            self._refused.inc()
            raise Busy
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            async with asyncio.timeout(self._patience_seconds):
                await turn
        except BaseException as error:
            if turn.done() and not turn.cancelled():
                # It came in the very moment in which nobody waited for it any more.
                self.leave()
            else:
                with suppress(ValueError):
                    self._waiting.remove(turn)
            if not isinstance(error, TimeoutError):
                raise
            self._refused.inc()
            raise Busy from error


class _Turn:
    """A turn while its block runs."""

    __slots__ = ("_gate",)

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    async def __aenter__(self) -> None:
        await self._gate.enter()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self._gate.leave()
