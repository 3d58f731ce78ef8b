"""The queue in Valkey: JSON in it, so that whoever can write there cannot run code."""

from typing import Any

import orjson
from arq.connections import ArqRedis
from redis.asyncio import ConnectionPool

QUEUE = "shoal:queue"
_CONNECTIONS = 20


def open_queue(url: str) -> ArqRedis:
    """Open the queue; the caller closes it. Connects when first used."""
    return ArqRedis(
        ConnectionPool.from_url(url, max_connections=_CONNECTIONS),
        job_serializer=to_json,
        job_deserializer=from_json,
        default_queue_name=QUEUE,
    )


def to_json(job: dict[str, Any]) -> bytes:
    """Write a job; of an exception in a failed one its text is enough."""
    return orjson.dumps(job, default=str)


def from_json(job: bytes) -> dict[str, Any]:
    """Read a job. arq's worker must be given it too: it does not ask its pool."""
    return orjson.loads(job)
