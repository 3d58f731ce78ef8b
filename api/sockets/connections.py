"""The connections of subscriptions that this process has open: how many, whose, and until when."""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncGenerator, Generator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from api.auth import Authenticator
from api.sockets.endings import (
    IDLE,
    LEAVING,
    LEFT,
    TOO_MANY_STRANGERS,
    Closing,
    Ending,
    refused,
    too_many_connections,
)
from domain.kernel.actors import Actor
from domain.kernel.errors import Busy, Fault
from domain.kernel.logs import logger
from domain.kernel.metrics import SOCKETS_CLOSED, SOCKETS_OPEN, SOCKETS_REFUSED

_LOG = logger(__name__)
LOOK_SECONDS = 1.0
"""How often it is asked whether those who opened connections are still signed in."""
_FAREWELL_SECONDS = 2.0
"""How long connections may take to close when the process leaves."""


class Protocol(StrEnum):
    """A protocol of subscriptions."""

    WEBSOCKET = "websocket"
    SSE = "sse"


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many connections there may be in this process, and how long they may be silent."""

    all: int = 4_000
    strangers: int = 500
    """Of those who have said that they are nobody."""
    of_one_caller: int = 10
    idle_stranger_seconds: float = 60.0
    """How long a stranger's connection stays open without a subscription."""


class Full(Exception):
    """There is no room for one more connection, or the process is leaving."""


class Seat:
    """One open connection's place; ``over`` is done when the mall wants it closed."""

    def __init__(self) -> None:
        self.over: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()
        self.ending = LEFT
        """How it ended in the end, said by whoever holds the connection."""
        self.authorization: str | None = None
        self.caller: str | None = None
        self.has_introduced_itself = False
        self.subscriptions = 0
        self._idle_since = time.monotonic()

    def rest(self) -> None:
        """Note that one subscription has ended."""
        self.subscriptions -= 1
        self._idle_since = time.monotonic()

    def idles_longer_than(self, seconds: float) -> bool:
        """Whether there has been no subscription for so long."""
        return not self.subscriptions and time.monotonic() - self._idle_since > seconds

    def end(self, ending: Ending) -> None:
        """Let the connection be closed; the first ending counts."""
        if not self.over.done():
            self.over.set_result(ending)


class Connections:
    """Counts connections, and ends those whose callers may not be here any more."""

    def __init__(self, authenticator: Authenticator, bounds: Bounds | None = None) -> None:
        self._authenticator = authenticator
        self._bounds = bounds or Bounds()
        self._seats: set[Seat] = set()
        self._of_caller: Counter[str | None] = Counter()
        self._is_leaving = False
        self._is_empty = asyncio.Event()
        self._is_empty.set()

    @contextlib.contextmanager
    def seat(self, protocol: Protocol) -> Generator[Seat]:
        """A place for one connection, as long as the block runs; raises `Full`."""
        if self._is_leaving or len(self._seats) >= self._bounds.all:
            SOCKETS_REFUSED.labels("leaving" if self._is_leaving else "full").inc()
            raise Full
        seat = Seat()
        self._seats.add(seat)
        self._is_empty.clear()
        SOCKETS_OPEN.labels(protocol).inc()
        try:
            yield seat
        finally:
            self._seats.discard(seat)
            if not self._seats:
                self._is_empty.set()
            self._forget(seat)
            SOCKETS_OPEN.labels(protocol).dec()
            SOCKETS_CLOSED.labels(protocol, int(seat.ending.code)).inc()
            _LOG.info("connection.closed", protocol=protocol, close_code=int(seat.ending.code))

    def introduce(self, seat: Seat, authorization: Sequence[str]) -> Actor | None:
        """Note whose connection it is; None for a stranger's, which says nothing of anybody.

        Raises the faults of `Authenticator.actor`, and `Closing` past a bound.
        """
        actor = self._authenticator.actor(authorization)
        caller = actor.key if actor else None
        if actor is None and self._of_caller[None] >= self._bounds.strangers:
            raise Closing(TOO_MANY_STRANGERS)
        if actor is not None and self._of_caller[caller] >= self._bounds.of_one_caller:
            raise Closing(too_many_connections(self._bounds.of_one_caller))
        self._of_caller[caller] += 1
        seat.authorization = authorization[0] if authorization else None
        seat.caller, seat.has_introduced_itself = caller, True
        return actor

    @contextlib.asynccontextmanager
    async def kept(self) -> AsyncGenerator[None]:
        """Look at all connections each second, as long as the block runs."""
        looking = asyncio.create_task(self._keep())
        try:
            yield
        finally:
            looking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await looking

    def look(self) -> None:
        """End each connection whose caller is signed out, blocked or expired, or idles."""
        most_idle = self._bounds.idle_stranger_seconds
        for seat in self._seats:
            if seat.authorization is not None:
                self._look_at(seat, seat.authorization)
            elif seat.has_introduced_itself and seat.idles_longer_than(most_idle):
                seat.end(IDLE)

    async def leave(self) -> None:
        """Close all connections, since the process leaves, and let no other be opened."""
        self._is_leaving = True
        for seat in self._seats:
            seat.end(LEAVING)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_FAREWELL_SECONDS):
                await self._is_empty.wait()

    async def _keep(self) -> None:
        while True:
            try:
                self.look()
            except Exception:
                # What is wrong with one look must not keep the signed out here for ever.
                _LOG.exception("connections.bug")
            await asyncio.sleep(LOOK_SECONDS)

    def _look_at(self, seat: Seat, authorization: str) -> None:
        try:
            self._authenticator.actor([authorization])
        except Busy:
            return
        except Fault as fault:
            seat.end(refused(fault))

    def _forget(self, seat: Seat) -> None:
        if seat.has_introduced_itself:
            self._of_caller[seat.caller] -= 1
            if not self._of_caller[seat.caller]:
                del self._of_caller[seat.caller]
