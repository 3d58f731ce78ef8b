"""What happens to orders, for all who watch theirs in this process."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from api.sockets.watching import MOST_WAITING, Watch, WatchBegan
from domain.kernel.clock import Clock
from domain.kernel.db import ReadPool
from domain.orders.views.moves import OrderMove, moves_of

Happening = WatchBegan | OrderMove
"""What a watcher is told."""


class OrderWatch(Watch[OrderMove]):
    """How the orders of those who watch them move on."""

    def __init__(self, reads: ReadPool, clock: Clock, *, most_waiting: int = MOST_WAITING) -> None:
        async def found(people: Collection[UUID], after: datetime, most: int) -> list[OrderMove]:
            return await moves_of(reads, people, after=after, most=most)

        super().__init__("order events", found, clock, most_waiting=most_waiting)
