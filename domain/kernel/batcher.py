"""The micro-batcher: what arrives while a transaction runs forms the next one (0.6, 0.20).

One fsync and one turn at a hot row serve all the requests of a batch, and each caller gets its
own answer. One batcher for each use case and process; several processes may have the same one.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from contextvars import Context
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from time import perf_counter
from typing import Generic, TypeVar

from domain.kernel.clock import Clock
from domain.kernel.errors import Busy, KeyReused, Refused
from domain.kernel.failpoints import Failpoint, reached
from domain.kernel.hot_pool import HotPool, Sender
from domain.kernel.idempotency import RequestKey
from domain.kernel.idempotency_sets import (
    Identity,
    begin_all,
    identity_of,
    remember_all,
    remembered_all,
)
from domain.kernel.logs import logger
from domain.kernel.metrics import BATCH_CARRIED_OUT, BATCH_SIZE, BATCH_WAITING
from domain.kernel.passing import is_lock_timeout, is_passing, is_unique_violation

_LOG = logger(__name__)
_MOST_HELD = 3
"""How many keys are waited for one by one of those that somebody else has and keeps."""

R = TypeVar("R")
A = TypeVar("A")

CarryOut = Callable[[Sender, Sequence[R], datetime], Awaitable[Sequence[A | Refused]]]
"""A set-wise use case: it decides each outcome before it writes, and answers in their order.

It raises nothing on account of one request; a refusal is what it answers for it.
"""


class _KeyHeld(Exception):
    """Somebody else has a key of the batch, and has kept it for longer than a lock is waited for.

    That is of one request, and no reason to make others wait: its cause is what PostgreSQL said.
    """


def _one(_request: object) -> int:
    return 1


@dataclass(eq=False, slots=True)
class _Asked(Generic[R, A]):
    """A request, and how it goes for all who have sent it."""

    key: RequestKey
    request: R
    outcome: "asyncio.Future[A | Exception]" = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    def answer(self, outcome: A | Exception) -> None:
        """Tell all who wait, once; what is raised for them is told as a value."""
        if not self.outcome.done():
            self.outcome.set_result(outcome)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a batcher takes at the most: requests that wait, requests of a batch, and their parts.

    A request that has more parts than a batch may have is a batch by itself.
    """

    waiting: int = 2_000
    at_once: int = 128
    parts: int = 1_000


_BOUNDS = Bounds()


class Batcher(Generic[R, A]):
    """Carries keyed requests out in batches, one transaction at a time, in order of arrival.

    ``answer`` is the type of the answers, as for `idempotency.remember`; ``name`` is what metrics
    and failpoints call it; ``parts_of`` counts what makes a request large. Made anywhere, used
    on one event loop.
    """

    def __init__(
        self,
        hot: HotPool,
        carry_out: CarryOut[R, A],
        *,
        answer: type[A],
        name: str,
        clock: Clock,
        bounds: Bounds = _BOUNDS,
        parts_of: Callable[[R], int] = _one,
    ) -> None:
        self._hot = hot
        self._carry_out = carry_out
        self._answer = answer
        self._name = name
        self._clock = clock
        self._bounds = bounds
        self._parts_of = parts_of
        self._waiting: dict[Identity, _Asked[R, A]] = {}
        self._running: dict[Identity, _Asked[R, A]] = {}
        self._drain: asyncio.Task[None] | None = None
        self._is_closed = False
        self._before = Failpoint(f"{name}.before_batch")
        self._claimed = Failpoint(f"{name}.keys_claimed")
        self._written = Failpoint(f"{name}.written")
        self._committed = Failpoint(f"{name}.committed")
        self._size = BATCH_SIZE.labels(name)
        self._seconds = BATCH_CARRIED_OUT.labels(name)
        self._queue = BATCH_WAITING.labels(name)

    async def submit(self, key: RequestKey, request: R) -> A:
        """Carry the request out with the next batch; a repeat gets the first answer.

        A caller that gives up leaves the request where it is: the answer is kept for its repeat.
        Raises `Refused`; faults: `KeyReused` for a key that came with another input, and `Busy`
        past the bound of the queue, at the end of the process, and for what passes by itself.
        """
        outcome = await asyncio.shield(self._take_in(key, request).outcome)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    @asynccontextmanager
    async def running(self) -> AsyncGenerator["Batcher[R, A]"]:
        """Take requests until the block ends, then end in order."""
        try:
            yield self
        finally:
            await self.aclose()

    async def aclose(self) -> None:
        """Let the batch under way end; who waits for the next one is `Busy`."""
        self._is_closed = True
        self._dismiss(self._waiting)
        self._queue.set(0)
        if self._drain is not None:
            await asyncio.wait({self._drain})

    def _take_in(self, key: RequestKey, request: R) -> _Asked[R, A]:
        identity = identity_of(key)
        asked = self._running.get(identity) or self._waiting.get(identity)
        if asked is not None:
            if asked.key.fingerprint != key.fingerprint:
                raise KeyReused
            return asked
        if self._is_closed or len(self._waiting) >= self._bounds.waiting:
            raise Busy
        asked = self._waiting[identity] = _Asked[R, A](key, request)
        self._queue.set(len(self._waiting))
        if self._drain is None:
            # In a context of its own: what a batch logs is not of the request that came first.
            self._drain = asyncio.create_task(self._go_on(), context=Context())
        return asked

    async def _go_on(self) -> None:
        """Carry batches out until nobody waits.

        Nothing is awaited between the last look at the queue and the end, so whoever comes is
        either seen here or finds that nobody drains.
        """
        try:
            while self._waiting:
                batch = self._running = self._next()
                self._queue.set(len(self._waiting))
                begun = perf_counter()
                await self._carry(list(batch.values()))
                self._size.observe(len(batch))
                self._seconds.observe(perf_counter() - begun)
                self._running = {}
        finally:
            # Where even this was cancelled, nobody may wait for ever.
            self._dismiss(self._running)
            self._dismiss(self._waiting)
            self._drain = None

    def _next(self) -> dict[Identity, _Asked[R, A]]:
        """Take those who have waited longest out of the queue, as many as make a batch."""
        batch: dict[Identity, _Asked[R, A]] = {}
        parts = 0
        for identity, asked in islice(self._waiting.items(), self._bounds.at_once):
            parts += self._parts_of(asked.request)
            if batch and parts > self._bounds.parts:
                break
            batch[identity] = asked
        for identity in batch:
            del self._waiting[identity]
        return batch

    async def _carry(self, batch: Sequence[_Asked[R, A]]) -> None:
        """Carry a batch out and answer; one that fails for good is done again one by one."""
        failure = await self._attempt(batch)
        if failure is None:
            return
        if _passes(failure) and (len(batch) == 1 or not isinstance(failure, _KeyHeld)):
            self._rest(batch, failure)
        elif len(batch) == 1 and not is_unique_violation(failure):
            batch[0].answer(failure)
        else:
            _LOG.warning(
                "batch.broken", batcher=self._name, requests=len(batch), reason=repr(failure)
            )
            await self._carry_one_by_one(batch)

    async def _carry_one_by_one(self, batch: Sequence[_Asked[R, A]]) -> None:
        held = 0
        for number, each in enumerate(batch):
            failure = await self._attempt([each])
            if isinstance(failure, _KeyHeld) and held < _MOST_HELD:
                held += 1
                self._rest([each], failure)
                continue
            if failure is not None and _passes(failure):
                self._rest(batch[number:], failure)
                return
            if failure is not None:
                each.answer(failure)

    async def _attempt(self, batch: Sequence[_Asked[R, A]]) -> Exception | None:
        """Carry a batch out in one transaction and answer; what is raised undoes it all."""
        try:
            outcomes = await self._transact(batch)
        except Exception as error:
            return error
        for each in batch:
            each.answer(outcomes[each.key])
        return None

    async def _transact(self, batch: Sequence[_Asked[R, A]]) -> dict[RequestKey, A | Exception]:
        at = self._clock()
        outcomes: dict[RequestKey, A | Exception] = {}
        reached(self._before)
        async with self._hot.begin() as session:
            new = await self._claim(session, [each.key for each in batch], at)
            reached(self._claimed)
            repeats = [each.key for each in batch if each.key not in new]
            if repeats:
                outcomes.update(await remembered_all(session, repeats, self._answer))
            first = [each for each in batch if each.key in new]
            if first:
                decided = await self._carry_out(session, [each.request for each in first], at)
                keys = [each.key for each in first]
                by_key = dict(zip(keys, decided, strict=True))
                outcomes.update(await remember_all(session, by_key, self._answer))
            reached(self._written)
        reached(self._committed)
        return outcomes

    async def _claim(
        self, session: Sender, keys: Sequence[RequestKey], at: datetime
    ) -> set[RequestKey]:
        try:
            return await begin_all(session, keys, at=at)
        except Exception as error:
            if is_lock_timeout(error):
                raise _KeyHeld from error
            raise

    def _rest(self, batch: Sequence[_Asked[R, A]], failure: Exception) -> None:
        """Make what passes by itself a `Busy` of each: after a lost commit a repeat finds out."""
        cause = failure.__cause__ if isinstance(failure, _KeyHeld) else failure
        reason = repr(getattr(cause, "orig", None) or getattr(cause, "__cause__", None) or cause)
        _LOG.warning("database.passing_failure", batcher=self._name, reason=reason)
        for each in batch:
            each.answer(_busy(failure))

    def _dismiss(self, dismissed: dict[Identity, _Asked[R, A]]) -> None:
        for each in dismissed.values():
            each.answer(Busy())
        dismissed.clear()


def _passes(failure: Exception) -> bool:
    return isinstance(failure, Busy | _KeyHeld) or is_passing(failure)


def _busy(cause: Exception) -> Busy:
    busy = Busy()
    busy.__cause__ = cause
    return busy
