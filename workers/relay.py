"""The relay: facts of the outbox that are due, handed to their keepers (architecture 0.21)."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from uuid import UUID

from domain.kernel import outbox
from domain.kernel.db import WriteSession
from domain.kernel.errors import Busy
from domain.kernel.failpoints import Failpoint, reached
from domain.kernel.logs import logger
from domain.kernel.metrics import OUTBOX_DEAD_LETTERS, OUTBOX_OLDEST_DUE
from domain.kernel.outbox import DueFact
from domain.kernel.passing import is_passing
from workers.keepers import KEEPERS, Keeper
from workers.tools import SweepContext, Tools

_LOG = logger(__name__)
MOST_TRIES = 8
"""After so many a fact is a dead letter: some ten minutes after the first."""
FIRST_PAUSE = timedelta(seconds=5)
"""How long a fact rests that could not take effect; twice as long after each try."""
_LONGEST_SECONDS = 10.0
_CHUNK = 1_000

TAKEN = Failpoint("relay.taken")
KEPT = Failpoint("relay.kept")
COMMITTED = Failpoint("relay.committed")

_TURN = asyncio.Lock()
_TYPE = attrgetter("type")


async def relay_outbox(ctx: SweepContext) -> None:
    """Hand out what is due, and measure how far behind it is; one turn at a time in a process."""
    if _TURN.locked():
        return
    async with _TURN:
        await Relay(ctx["tools"], KEEPERS).go_on()


class Unreadable(Exception):
    """A fact that this release cannot read, or has no keeper for: a newer one may."""


class Relay:
    """Hands facts to their keepers, a chunk in each transaction; any number may run at once.

    What keepers do and the note that it is done are one transaction, so a relay that dies
    anywhere leaves each fact either done or due.
    """

    def __init__(self, tools: Tools, keepers: Mapping[str, Keeper]) -> None:
        self._tools = tools
        self._keepers = keepers
        self._ends_at = 0.0

    async def go_on(self) -> None:
        """Go on until nothing is due or the time is over; the next one goes on with the rest."""
        self._ends_at = asyncio.get_running_loop().time() + _LONGEST_SECONDS
        try:
            while self._has_time() and await self._relay_chunk():
                pass
        finally:
            await self._measure()

    async def _relay_chunk(self) -> bool:
        """Hand out a chunk; whether there was one. Where a keeper raises, again one by one."""
        due: list[DueFact] = []
        try:
            async with self._tools.database.writes.begin() as session:
                at = self._tools.clock()
                due = await outbox.take_due(session, at=at, most=_CHUNK)
                reached(TAKEN)
                await self._hand_out(session, due, at)
                reached(KEPT)
            reached(COMMITTED)
        except Exception as error:
            if not due:
                raise
            _LOG.warning("outbox.chunk_failed", facts=len(due), reason=_reason(error))
            await self._relay_one_by_one(due)
        return bool(due)

    async def _relay_one_by_one(self, facts: Sequence[DueFact]) -> None:
        for fact in facts:
            if not self._has_time():
                return
            try:
                async with self._tools.database.writes.begin() as session:
                    at = self._tools.clock()
                    due = await outbox.take_due(session, at=at, most=1, only=fact.id)
                    await self._hand_out(session, due, at)
            except Exception as error:
                async with self._tools.database.writes.begin() as session:
                    await self._note(session, fact, error)

    async def _hand_out(self, session: WriteSession, due: Sequence[DueFact], at: datetime) -> None:
        """Let each keeper act on all that is its own; in one order of types, as locks are taken."""
        kept: list[UUID] = []
        by_type = sorted(due, key=_TYPE)
        for type_, facts in groupby(by_type, _TYPE):
            keeper = self._keepers.get(type_)
            readable: list[DueFact] = []
            for fact in facts:
                if keeper is None or fact.event is None:
                    await self._note(session, fact, Unreadable(type_))
                else:
                    readable.append(fact)
            if keeper is not None and readable:
                await keeper(session, readable, self._tools)
                kept += [fact.id for fact in readable]
        if kept:
            await outbox.mark_done(session, kept, at=at)

    async def _note(self, session: WriteSession, fact: DueFact, error: Exception) -> None:
        """Try again later what may pass, and give up what will not or has been tried enough."""
        at, failure = self._tools.clock(), _reason(error)
        passes = isinstance(error, Busy | Unreadable) or is_passing(error)
        if passes and fact.tries + 1 < MOST_TRIES:
            until = at + FIRST_PAUSE * 2**fact.tries
            await outbox.put_off(session, fact, until=until, failure=failure)
            _LOG.warning("outbox.put_off", fact_id=str(fact.id), type=fact.type, reason=failure)
        else:
            await outbox.give_up(session, fact, at=at, failure=failure)
            _LOG.error("outbox.given_up", fact_id=str(fact.id), type=fact.type, exc_info=error)

    async def _measure(self) -> None:
        async with self._tools.database.writes.begin() as session:
            at = self._tools.clock()
            standing = await outbox.standing(session, at=at)
        oldest = standing.oldest_due_at or at
        OUTBOX_OLDEST_DUE.set((at - oldest).total_seconds())
        OUTBOX_DEAD_LETTERS.set(standing.dead_letters)

    def _has_time(self) -> bool:
        return asyncio.get_running_loop().time() < self._ends_at


def _reason(error: Exception) -> str:
    return repr(getattr(error, "orig", error))
