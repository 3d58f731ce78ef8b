"""Deadlines that hardly anybody misses: all of one length share a timer.

`asyncio.timeout` sets a timer for each block and takes it back at its end, which costs as much as
to read a request does. Here a block is noted in a queue; the timer waits for the end of the first
one in it, and finds nearly always that the block was over long before.
"""

import asyncio
from collections import deque
from types import TracebackType


class Deadlines:
    """Bounds blocks to so many seconds each: ``with deadlines.block():``.

    As with `asyncio.timeout`, a block that takes longer is cancelled where it waits, and raises
    TimeoutError at its end.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._begun: deque[_Block] = deque()
        self._loop: asyncio.AbstractEventLoop | None = None

    def __len__(self) -> int:
        """How many blocks are remembered: those that run, and such as began after one of them."""
        return len(self._begun)

    def block(self) -> "_Block":
        """A block of the current task, whose time begins now."""
        loop = asyncio.get_running_loop()
        task = asyncio.current_task(loop)
        assert task is not None
        block = _Block(self, task, loop.time() + self._seconds)
        self._begun.append(block)
        if self._loop is not loop:
            self._loop = loop
            loop.call_later(self._seconds, self._look, loop)
        return block

    def forget(self) -> None:
        """Forget the blocks that are over, up to the first one that is not."""
        while self._begun and self._begun[0].is_over:
            self._begun.popleft()

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        """Cancel what has taken too long, and wait for the end of what began after it."""
        now = loop.time()
        self.forget()
        while self._begun and self._begun[0].ends_at <= now:
            self._begun.popleft().miss()
            self.forget()
        if self._begun:
            loop.call_at(self._begun[0].ends_at, self._look, loop)
        else:
            # Whoever begins next sets the timer.
            self._loop = None


class _Block:
    """A block while it runs."""

    __slots__ = ("_cancelled_before", "_deadlines", "_is_missed", "_task", "ends_at")

    def __init__(self, deadlines: Deadlines, task: asyncio.Task[object], ends_at: float) -> None:
        self._deadlines = deadlines
        self._task: asyncio.Task[object] | None = task
        self._cancelled_before = task.cancelling()
        self._is_missed = False
        self.ends_at = ends_at

    def miss(self) -> None:
        """Cancel the block: its time is over."""
        if self._task is not None:
            self._is_missed = True
            self._task.cancel()

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self._task is None

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        task, self._task = self._task, None
        self._deadlines.forget()
        if not self._is_missed or task is None:
            return
        # Who was cancelled by somebody else too is cancelled, and not late.
        if task.uncancel() <= self._cancelled_before and kind is asyncio.CancelledError:
            raise TimeoutError from error
