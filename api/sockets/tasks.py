"""Tasks that end with what they belong to."""

import asyncio
from collections.abc import Sequence
from typing import Any


async def cancelled(tasks: Sequence[asyncio.Task[Any]]) -> None:
    """Cancel tasks and wait until they have ended."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
