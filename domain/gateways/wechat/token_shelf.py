"""Where the processes of the mall share an access token: a key in Valkey, and a lock beside it.

Nothing depends on it. It spares WeChat calls; where Valkey is emptied or away, each process reads
the token for itself, and gets the same one.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar, cast

import msgspec
from redis.asyncio import Redis
from redis.asyncio.lock import Lock
from redis.exceptions import RedisError

from domain.kernel.clock import Clock
from domain.kernel.logs import logger

_LOG = logger(__name__)
_T = TypeVar("_T")
_AWAY = (RedisError, OSError, TimeoutError)
_ANSWER_SECONDS = 0.2
_LOCK_SECONDS = 10
"""Longer than WeChat may take, so that a lock ends by itself only where its holder has died."""
_LOOKS = 40
_LOOK_EVERY_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A token, and the moment from which it is not used any more."""

    value: str = field(repr=False)
    until: datetime


class _Written(msgspec.Struct):
    value: str
    until: float


class TokenShelf:
    """Keeps one token for all processes. ``name`` tells which: nothing secret is in it."""

    def __init__(self, redis: Redis, name: str, clock: Clock) -> None:
        self._redis = redis
        self._key = f"shoal:wechat:token:{name}"
        self._clock = clock

    @asynccontextmanager
    async def turn(self, *, but: str | None) -> AsyncGenerator[AccessToken | None]:
        """Wait until no other process reads a token, and bring the one that it has put here.

        None: it is the caller's turn to read it, and the others wait until the context ends, but
        for two seconds at the most. A token that is ``but`` counts as none.
        """
        token, lock = None, None
        try:
            token, lock = await self._token_or_lock(but)
        except _AWAY as error:
            _LOG.info("wechat.token_not_shared", reason=type(error).__name__)
        try:
            yield token
        finally:
            if lock:
                with suppress(*_AWAY):
                    await _soon(lock.release())

    async def put(self, token: AccessToken) -> None:
        """Let the others have the token for as long as it is used."""
        milliseconds = int((token.until - self._clock()).total_seconds() * 1000)
        if milliseconds > 0:
            written = msgspec.json.encode(_Written(token.value, token.until.timestamp()))
            with suppress(*_AWAY):
                await _soon(self._redis.set(self._key, written, px=milliseconds))

    async def _token_or_lock(self, but: str | None) -> tuple[AccessToken | None, Lock | None]:
        lock = self._redis.lock(f"{self._key}:lock", timeout=_LOCK_SECONDS)
        for _ in range(_LOOKS):
            if token := await self._token(but):
                return token, None
            if await _soon(lock.acquire(blocking=False)):
                # Whoever had it may have put the token here since we looked.
                return await self._token(but), lock
            await asyncio.sleep(_LOOK_EVERY_SECONDS)
        return None, None

    async def _token(self, but: str | None) -> AccessToken | None:
        found = await _soon(cast("Awaitable[bytes | None]", self._redis.get(self._key)))
        if found is None:
            return None
        try:
            written = msgspec.json.decode(found, type=_Written)
            until = datetime.fromtimestamp(written.until, UTC)
        except (msgspec.MsgspecError, ValueError, OverflowError, OSError):
            return None
        is_good = written.value != but and until > self._clock()
        return AccessToken(written.value, until) if is_good else None


async def _soon(call: Awaitable[_T]) -> _T:
    async with asyncio.timeout(_ANSWER_SECONDS):
        return await call
