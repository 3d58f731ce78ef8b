"""What the API and the workers agree on about the queue: JSON, so that it cannot carry code."""

from typing import Any

import orjson

QUEUE = "shoal:queue"


def to_json(job: dict[str, Any]) -> bytes:
    """Write a job; of an exception in a failed one its text is enough."""
    return orjson.dumps(job, default=str)


def from_json(job: bytes) -> dict[str, Any]:
    """Read a job. arq's worker must be given it too: it does not ask its pool."""
    return orjson.loads(job)
