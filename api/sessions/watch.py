"""What happens to sessions, for all who watch theirs in this process."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from api.sockets.watching import MOST_WAITING, Watch, WatchBegan
from domain.kernel.clock import Clock
from domain.kernel.db import ReadPool
from domain.sessions.events import SessionEvent, events_of

Happening = WatchBegan | SessionEvent
"""What a watcher is told."""


class SessionWatch(Watch[SessionEvent]):
    """What happens to the sessions of those who watch them: one has begun, one has ended."""

    def __init__(self, reads: ReadPool, clock: Clock, *, most_waiting: int = MOST_WAITING) -> None:
        async def found(people: Collection[UUID], after: datetime, most: int) -> list[SessionEvent]:
            return await events_of(reads, people, after=after, most=most)

        super().__init__("session events", found, clock, most_waiting=most_waiting)
