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
        job_serializer=_to_json,
        job_deserializer=orjson.loads,
        default_queue_name=QUEUE,
    )


def _to_json(job: dict[str, Any]) -> bytes:
    # A job that failed is written with its exception in it, of which the text is enough.
    return orjson.dumps(job, default=str)
