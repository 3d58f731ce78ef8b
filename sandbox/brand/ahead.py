"""Makes the next batch while PostgreSQL takes in the one before."""

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Ahead(Generic[T]):
    """Batches of numbers, each made in a thread, the next of them ahead of being asked for."""

    def __init__(self, make: Callable[[range], T]) -> None:
        self._make = make
        self._numbers = range(0)
        self._made: asyncio.Task[T] | None = None

    async def take(self, numbers: range, following: range) -> T:
        """The batch of the numbers; begins that of the following ones, unless there are none."""
        if self._made is None or self._numbers != numbers:
            self._begin(numbers)
        assert self._made is not None
        made = await self._made
        self._made = None
        if following:
            self._begin(following)
        return made

    def _begin(self, numbers: range) -> None:
        self._numbers = numbers
        self._made = asyncio.create_task(asyncio.to_thread(self._make, numbers))
