"""Locking out logins that nobody has, as `domain.staff.lock_out` locks those that somebody has."""

import math

from redis.asyncio import Redis
from redis.exceptions import RedisError

from domain.kernel.clock import Clock
from domain.kernel.logs import logger
from domain.kernel.sealing import Vault
from domain.staff.lock_out import PASSWORDS

_LOG = logger(__name__)
_UNLOCKED_SECONDS, _LOCKED_SECONDS = 3_600, 86_400
"""After which a login that nobody has begins anew, before its first lock and from then on.

Whoever types many names fills Valkey no longer than that. The longest lock is an hour: who comes
back a day later has guessed nothing in the meantime.
"""
_MOST_KEPT = 10_000
_AWAY_SECONDS = 5
_LOCKS_MS = [
    int(PASSWORDS.after(failures).total_seconds() * 1000)
    for failures in range(1, PASSWORDS.steps()[-1][0] + 1)
]
# One script, because between a look and a count others would slip through.
_CHARGE = """
local known = redis.call('HMGET', KEYS[1], 'failures', 'free_at')
local now, free_at = tonumber(ARGV[1]), tonumber(known[2] or '0')
if free_at > now then return free_at - now end
local failures = tonumber(known[1] or '0') + 1
local lock = tonumber(ARGV[math.min(failures, #ARGV - 3) + 3])
redis.call('HSET', KEYS[1], 'failures', failures, 'free_at', now + lock)
redis.call('EXPIRE', KEYS[1], lock > 0 and ARGV[3] or ARGV[2])
return 0
"""


class LockOuts:
    """Counts failures by who has failed, in the process while Valkey is away.

    Emptying Valkey forgets them, and nothing else is lost.
    """

    def __init__(self, redis: Redis, vault: Vault, clock: Clock) -> None:
        self._redis = redis
        self._vault = vault
        self._clock = clock
        self._own: dict[str, tuple[int, int]] = {}
        self._away_until = 0

    async def charge(self, who: str) -> int | None:
        """Count one more failure, or say for how many seconds nothing is counted or tried."""
        now = int(self._clock().timestamp() * 1000)
        # A login may be somebody's password, typed into the wrong field.
        key = f"mall:lock-out:{self._vault.index(who, purpose='lock_out').hex()[:32]}"
        left = await self._left(key, now)
        return math.ceil(left / 1000) if left > 0 else None

    async def _left(self, key: str, now: int) -> int:
        if now < self._away_until:
            return self._charge_alone(key, now)
        try:
            kept = _UNLOCKED_SECONDS, _LOCKED_SECONDS
            given = [str(each) for each in (now, *kept, *_LOCKS_MS)]
            async with self._redis.pipeline(transaction=False) as pipeline:
                pipeline.eval(_CHARGE, 1, key, *given)
                (left,) = await pipeline.execute()
            return int(left)
        except (RedisError, OSError) as error:
            _LOG.warning("lock_outs.counted_alone", reason=repr(error))
            self._away_until = now + _AWAY_SECONDS * 1000
            return self._charge_alone(key, now)

    def _charge_alone(self, key: str, now: int) -> int:
        failures, free_at = self._own.get(key, (0, 0))
        if free_at > now:
            return free_at - now
        if len(self._own) >= _MOST_KEPT:
            self._own.clear()
        lock = _LOCKS_MS[min(failures, len(_LOCKS_MS) - 1)]
        self._own[key] = failures + 1, now + lock
        return 0
