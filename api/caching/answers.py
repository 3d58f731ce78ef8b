"""Public answers: kept for a second at most, and made once for all who ask meanwhile."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import orjson

from api.caching.encoded import Encoded
from api.caching.epochs import Epochs
from api.caching.reads import Wanted
from api.caching.shelf import Kept, Shelf
from api.execution import Answer
from domain.kernel.metrics import PUBLIC_ANSWERS

LONGEST_SECONDS = 1.0
"""From the beginning of a reading: never older than two seconds, whatever was not heard."""
_KEPT = PUBLIC_ANSWERS.labels("kept")
_MADE = PUBLIC_ANSWERS.labels("made")
_SHARED = PUBLIC_ANSWERS.labels("shared")

Run = Callable[[], Awaitable[Answer]]
"""Carries a public read out, as for nobody, within a time limit of its own."""


@dataclass(frozen=True, slots=True)
class _Making:
    """An answer that is being made, and for whom that may be: as long as it might be kept."""

    task: asyncio.Task[Encoded | Answer]
    epoch: int
    until: float

    @property
    def encoded(self) -> Encoded | None:
        """What was made for all; None where it failed."""
        if self.task.cancelled() or self.task.exception():
            return None
        made = self.task.result()
        return made if isinstance(made, Encoded) else None


class PublicAnswers:
    """The answers to public reads that this process keeps, at most so many."""

    def __init__(self, most: int, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.epochs = Epochs()
        self._shelf = Shelf(most)
        self._monotonic = monotonic
        self._making: dict[Hashable, _Making] = {}
        self._tasks: set[asyncio.Task[Encoded | Answer]] = set()

    async def answer(self, wanted: Wanted, run: Run) -> Encoded | Answer:
        """The answer to a public read: as it is kept, else as it runs now, for all who ask for it.

        An answer with errors comes as it is, and is only for who asked first; the others ask anew
        until one can be kept. Raises what ``run`` does.
        """
        kept = self.find(wanted)
        if kept is not None:
            return kept
        now = self._monotonic()
        epoch = self.epochs.of(wanted.read.subjects)
        making = self._making.get(wanted.key)
        if making is None or making.epoch != epoch or now >= making.until:
            return await self._begin(wanted, epoch, now + LONGEST_SECONDS, run)
        # To wait is all that it does: whoever gives up breaks nothing off for the others.
        await asyncio.wait((making.task,))
        if making.encoded is None:
            return self.find(wanted) or await self._make_anew(wanted, run)
        _SHARED.inc()
        return making.encoded

    def find(self, wanted: Wanted) -> Encoded | None:
        """The answer to a public read, where one is kept that may be served."""
        kept = self._shelf.get(wanted.key)
        if (
            kept is None
            or kept.epoch != self.epochs.of(wanted.read.subjects)
            or self._monotonic() >= kept.until
        ):
            return None
        _KEPT.inc()
        return kept.encoded

    @asynccontextmanager
    async def kept(self, url: str) -> AsyncGenerator[None]:
        """Hear what changes in the PostgreSQL at ``url``; at the end nothing is made any more."""
        try:
            async with self.epochs.kept(url):
                yield
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _begin(self, wanted: Wanted, epoch: int, until: float, run: Run) -> Encoded | Answer:
        task = asyncio.create_task(self._make(wanted, epoch, until, run))
        making = self._making[wanted.key] = _Making(task, epoch, until)

        def ended(task: asyncio.Task[Encoded | Answer]) -> None:
            self._tasks.discard(task)
            if self._making.get(wanted.key) is making:
                del self._making[wanted.key]
            if not task.cancelled():
                # Whoever asked may have given up: then nobody else takes note of it.
                task.exception()

        self._tasks.add(task)
        task.add_done_callback(ended)
        return await asyncio.shield(task)

    async def _make_anew(self, wanted: Wanted, run: Run) -> Encoded | Answer:
        """Make it for who has waited in vain; the first answer that succeeds is kept for all."""
        epoch = self.epochs.of(wanted.read.subjects)
        return await self._make(wanted, epoch, self._monotonic() + LONGEST_SECONDS, run)

    async def _make(self, wanted: Wanted, epoch: int, until: float, run: Run) -> Encoded | Answer:
        answer = await run()
        if answer.fault or answer.is_request_error or "errors" in answer.body:
            return answer
        encoded = Encoded(orjson.dumps(answer.body), wanted.language)
        kept = self._shelf.get(wanted.key)
        # What was begun earlier may end later.
        if kept is None or (kept.epoch, kept.until) < (epoch, until):
            self._shelf.put(wanted.key, Kept(encoded, epoch, until))
        _MADE.inc()
        return encoded
