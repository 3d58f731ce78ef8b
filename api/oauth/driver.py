"""Running Authlib, which is synchronous, on the session of one asynchronous transaction."""

from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import TypeVar

from sqlalchemy.orm import Session as SyncSession
from sqlalchemy.util import await_only

from api.gate import Gate
from api.writing import Writes, writing
from domain.kernel.clock import Clock
from domain.kernel.db import WriteSession
from domain.kernel.sealing import Vault
from domain.sessions.models import RefreshToken, Session

T = TypeVar("T")
_RUNNING = 5
_WAITING = 200
_PATIENCE_SECONDS = 2.0


@dataclass(slots=True)
class Unit:
    """What one request to the server may use, and what its grant has come to.

    Authlib's token generator is told neither of the request nor of the session: it finds the
    session here.
    """

    session: WriteSession
    vault: Vault
    at: datetime
    random: Random
    begun: Session | None = None
    parent: RefreshToken | None = None


_UNIT: ContextVar[Unit] = ContextVar("unit")


def unit() -> Unit:
    """The unit of the request that Authlib works on at this moment."""
    return _UNIT.get()


def awaited(awaitable: Awaitable[T]) -> T:
    """What a use case answers, asked for from within Authlib's synchronous code."""
    return await_only(awaitable)


class Driver:
    """Runs Authlib's calls, each in a transaction that is committed whatever the answer is."""

    def __init__(self, writes: Writes, vault: Vault, clock: Clock, random: Random) -> None:
        self._writes = writes
        self._vault = vault
        self._clock = clock
        self._random = random
        self._gate = Gate(
            "oauth", running=_RUNNING, waiting=_WAITING, patience_seconds=_PATIENCE_SECONDS
        )

    async def run(self, call: Callable[[], T]) -> T:
        """Run a call and commit. What it raises, other than an answer, is rolled back.

        Few at once, so that a rush of sign-ins leaves connections to the mutations.
        Faults: `Busy`.
        """
        async with self._gate.turn(), writing(self._writes) as session:
            this = Unit(session, self._vault, self._clock(), self._random)

            def bound(_session: SyncSession) -> T:
                token = _UNIT.set(this)
                try:
                    return call()
                finally:
                    _UNIT.reset(token)

            return await session.run_sync(bound)
