"""How often somebody may try: counted in Valkey, and in the process while that is away."""

from collections import Counter
from dataclasses import dataclass

from redis.asyncio import Redis
from redis.exceptions import RedisError

from domain.kernel.clock import Clock
from domain.kernel.errors import Fault, FaultCode
from domain.kernel.language import Sentence
from domain.kernel.logs import logger
from domain.kernel.sealing import Vault

_LOG = logger(__name__)
_TOO_OFTEN = Sentence(
    zh="操作过于频繁，请在 {seconds} 秒后重试。", en="Too many attempts; try again in {seconds} s."
)
_OWN_SECONDS = 60
_AWAY_SECONDS = 5
"""How long Valkey is left alone after it did not answer: each try costs a request its patience."""
_MOST_KEPT = 100_000


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many in each stretch of so many seconds."""

    name: str
    most: int
    seconds: int


class RateLimited(Fault):
    """Too many attempts; RATE_LIMITED with the seconds after which it may be tried again."""

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__(
            FaultCode.RATE_LIMITED,
            _TOO_OFTEN,
            retry_after_seconds=retry_after_seconds,
            particulars={"seconds": retry_after_seconds},
        )


class Attempts:
    """Counts attempts by who makes them. Emptying Valkey forgets them, and nothing else is lost."""

    def __init__(self, redis: Redis, vault: Vault, clock: Clock) -> None:
        self._redis = redis
        self._vault = vault
        self._clock = clock
        self._own: Counter[str] = Counter()
        self._own_from = 0
        self._away_until = 0.0

    async def take(self, limit: Limit, who: str) -> None:
        """Count one attempt of somebody, or raise `RateLimited`."""
        if await self._count(limit, who, 1) > limit.most:
            raise RateLimited(self._seconds_left(limit))

    async def check(self, limit: Limit, who: str) -> None:
        """Raise `RateLimited` where somebody has no attempt left; counts nothing."""
        if await self._count(limit, who, 0) >= limit.most:
            raise RateLimited(self._seconds_left(limit))

    async def _count(self, limit: Limit, who: str, more: int) -> int:
        now = int(self._clock().timestamp())
        # Addresses are nobody's business, not even in a cache, and few enough to be tried.
        digest = self._vault.index(who, purpose="attempts").hex()[:32]
        key = f"mall:attempts:{limit.name}:{digest}:{now // limit.seconds}"
        if now < self._away_until:
            return self._count_alone(key, more, now)
        try:
            async with self._redis.pipeline(transaction=False) as pipeline:
                pipeline.incrby(key, more)
                pipeline.expire(key, limit.seconds)
                counted, _ = await pipeline.execute()
            return int(counted)
        except (RedisError, OSError) as error:
            _LOG.warning("attempts.counted_alone", reason=repr(error))
            self._away_until = now + _AWAY_SECONDS
            return self._count_alone(key, more, now)

    def _count_alone(self, key: str, more: int, now: int) -> int:
        """Count in this process; all is forgotten each minute, so that it cannot grow."""
        if now - self._own_from >= _OWN_SECONDS or len(self._own) > _MOST_KEPT:
            self._own.clear()
            self._own_from = now
        self._own[key] += more
        return self._own[key]

    def _seconds_left(self, limit: Limit) -> int:
        return limit.seconds - int(self._clock().timestamp()) % limit.seconds
