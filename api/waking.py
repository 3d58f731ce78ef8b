"""Wake-ups: after a commit the API tells the workers that a sweep has something to do (0.26)."""

import asyncio
from contextvars import Context

from arq.connections import ArqRedis
from redis.asyncio import ConnectionPool, Redis
from redis.exceptions import RedisError

from domain.kernel.logs import logger
from domain.kernel.queueing import QUEUE, to_json

_LOG = logger(__name__)
_LONGEST_SECONDS = 0.2


async def wake(redis: Redis, sweep: str) -> None:
    """Wake a sweep by its name, within 200 ms or not at all: it finds what is due by itself.

    While one wake-up of the sweep is queued or runs, another adds nothing.
    """
    pool = redis.connection_pool
    assert isinstance(pool, ConnectionPool)
    queue = ArqRedis(pool, job_serializer=to_json, default_queue_name=QUEUE)
    try:
        async with asyncio.timeout(_LONGEST_SECONDS):
            await queue.enqueue_job(sweep, _job_id=f"wake:{sweep}")
    except (RedisError, OSError, TimeoutError) as error:
        _LOG.debug("wake_up.lost", sweep=sweep, reason=repr(error))


class Waker:
    """Wakes sweeps without making anybody wait; one wake-up of each is on its way at a time."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._on_the_way: dict[str, asyncio.Task[None]] = {}

    def wake(self, sweep: str) -> None:
        """Wake a sweep after a commit. One that is lost costs a second: sweeps also poll."""
        if sweep not in self._on_the_way:
            task = asyncio.create_task(wake(self._redis, sweep), context=Context())
            self._on_the_way[sweep] = task
            task.add_done_callback(lambda _: self._on_the_way.pop(sweep))
