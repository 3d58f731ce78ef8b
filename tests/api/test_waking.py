"""Wake-ups from the API to the workers: quick, not in anybody's way, and harmless when lost."""

import asyncio
from pathlib import Path

from redis.asyncio import Redis

from api.waking import Waker, wake
from domain.kernel.queueing import QUEUE
from domain.kernel.settings import Settings
from tests.patience import PATIENCE_SECONDS, stopwatch
from workers.queue import open_queue


async def queued(redis: Redis) -> int:
    """How many wake-ups wait for a worker."""
    return await redis.zcard(QUEUE)


async def test_a_wake_up_is_a_job_that_a_worker_can_read_and_two_are_one(
    settings: Settings, redis: Redis
):
    for _ in range(2):
        await wake(redis, "relay_outbox")
    await wake(redis, "close_due_orders")
    queue = open_queue(settings.required_redis_url())
    jobs = await queue.queued_jobs()
    await queue.aclose(close_connection_pool=True)
    assert sorted((job.function, list(job.args)) for job in jobs) == [
        ("close_due_orders", []),
        ("relay_outbox", []),
    ]


async def test_whoever_wakes_does_not_wait(redis: Redis):
    waker = Waker(redis)
    for _ in range(100):
        waker.wake("relay_outbox")
    assert await queued(redis) == 0
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await queued(redis):
            await asyncio.sleep(0.01)
    assert await queued(redis) == 1


async def test_a_wake_up_is_lost_in_silence_where_valkey_is_away(tmp_path: Path):
    async with Redis.from_url(f"unix://{tmp_path}/nowhere.sock?db=0") as away:
        await wake(away, "relay_outbox")


async def test_a_wake_up_gives_up_in_time_where_valkey_does_not_answer():
    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    async with server, Redis.from_url(f"redis://{host}:{port}/0") as frozen, stopwatch() as took:
        await wake(frozen, "relay_outbox")
        assert took.passed > 0.1
        assert took.seconds < 1
