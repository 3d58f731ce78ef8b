"""One look a second at what happened to what people watch, for all of them in this process."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Hashable
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar
from uuid import UUID

import msgspec

from api.sockets.mailbox import Mailbox
from api.watched import Watched
from domain.kernel.clock import Clock
from domain.sessions.rules import LEEWAY

LOOK_SECONDS = 1.0
"""How often a process looks; it asks nothing while nobody watches."""
MOST_EVENTS = 20_000
"""Events that one look takes."""
MOST_WAITING = 100
"""Events that wait for one watcher who reads slowly."""
_OVERLAP = LEEWAY + timedelta(seconds=30)
"""How far back each look goes: clocks may differ, and what happens takes time to commit."""
_MARGIN = timedelta(seconds=1)


class Event(Protocol):
    """Something that has happened to what is somebody's."""

    @property
    def person_id(self) -> UUID:
        """Whom it is told."""
        ...

    @property
    def key(self) -> Hashable:
        """What makes it one event, which is told once."""
        ...

    @property
    def at(self) -> datetime:
        """When it happened."""
        ...


E = TypeVar("E", bound=Event)

EventsOf = Callable[[Collection[UUID], datetime, int], Awaitable[list[E]]]
"""What has happened to what these people watch after a moment, the latest first: one statement.

Where there is more than so many, it is the oldest that is left out.
"""


class WatchBegan(msgspec.Struct, frozen=True, gc=False):
    """From this moment on nothing is missed; what was before has to be asked for."""

    at: datetime


class _Person(Generic[E]):
    """Somebody whose things are watched here: by whom, and what those were told."""

    def __init__(self) -> None:
        self.coming: list[Mailbox[WatchBegan | E]] = []
        """Watchers that have come since the last look, which have seen nothing yet."""
        self.watching: list[Mailbox[WatchBegan | E]] = []
        self._told: dict[Hashable, datetime] = {}

    def hear(self, event: E) -> bool:
        """Tell an event to those who watch, once; whether it was news."""
        is_news = event.key not in self._told
        # What happened can be dated anew, which must not make it news again.
        self._told[event.key] = event.at
        if is_news:
            for mailbox in self.watching:
                mailbox.put(event)
        return is_news

    def let_watch(self, coming: list[Mailbox[WatchBegan | E]], *, anew: bool) -> None:
        """Let those who came before the look watch from now on; all the others anew too."""
        here = [mailbox for mailbox in coming if mailbox in self.coming]
        for mailbox in [*here, *(self.watching if anew else ())]:
            mailbox.begin_anew()
        self.coming = [mailbox for mailbox in self.coming if mailbox not in here]
        self.watching += here

    def forget(self, *, before: datetime) -> None:
        """Forget what no later look can find again."""
        self._told = {key: at for key, at in self._told.items() if at >= before}


class Watch(Generic[E]):
    """What happens to the things of those who watch them, as PostgreSQL knows it.

    A watcher is told `WatchBegan` at the first look after it has come, and from then on each event
    once. Where PostgreSQL is away, the next look that succeeds finds what happened meanwhile.
    """

    def __init__(
        self,
        name: str,
        events_of: EventsOf[E],
        clock: Clock,
        *,
        most_waiting: int = MOST_WAITING,
    ) -> None:
        """Watch what ``events_of`` finds; the log calls it by ``name``."""
        self._name = name
        self._events_of = events_of
        self._clock = clock
        self._most_waiting = most_waiting
        self._people: dict[UUID, _Person[E]] = {}
        self._seen_at: datetime | None = None

    @contextlib.asynccontextmanager
    async def kept(self) -> AsyncGenerator[None]:
        """Look again and again, as long as the block runs."""
        looking = asyncio.create_task(self._keep())
        try:
            yield
        finally:
            looking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await looking

    @contextlib.asynccontextmanager
    async def watched(self, person_id: UUID) -> AsyncGenerator[Mailbox[WatchBegan | E]]:
        """A mailbox for what happens to somebody's things, as long as the block runs."""
        mailbox = Mailbox[WatchBegan | E](self._most_waiting, lambda: WatchBegan(self._clock()))
        person = self._people.setdefault(person_id, _Person[E]())
        person.coming.append(mailbox)
        try:
            yield mailbox
        finally:
            (person.coming if mailbox in person.coming else person.watching).remove(mailbox)
            if not person.coming and not person.watching:
                self._people.pop(person_id, None)

    async def look(self) -> None:
        """Tell each watcher what has happened since the last look: one statement for all."""
        if not self._people:
            self._seen_at = None
            return
        now = self._clock()
        after = (self._seen_at or now) - _OVERLAP
        asked = {key: (person, [*person.coming]) for key, person in self._people.items()}
        events = await self._events_of(asked, after, MOST_EVENTS)
        news = [asked[event.person_id][0].hear(event) for event in reversed(events)]
        # The oldest is left out first: where it is no news, neither was what is older.
        is_cut = len(events) == MOST_EVENTS and news[0]
        for person, coming in asked.values():
            person.let_watch(coming, anew=is_cut)
            person.forget(before=now - _OVERLAP - _MARGIN)
        self._seen_at = now

    async def _keep(self) -> None:
        watched = Watched(self._name, self.look)
        while True:
            await watched.look()
            await asyncio.sleep(LOOK_SECONDS)
