"""The queue in Valkey, as a worker opens it."""

from arq.connections import ArqRedis
from redis.asyncio import ConnectionPool

from domain.kernel.queueing import QUEUE, from_json, to_json

_CONNECTIONS = 20


def open_queue(url: str) -> ArqRedis:
    """Open the queue; the caller closes it. Connects when first used."""
    return ArqRedis(
        ConnectionPool.from_url(url, max_connections=_CONNECTIONS),
        job_serializer=to_json,
        job_deserializer=from_json,
        default_queue_name=QUEUE,
    )
