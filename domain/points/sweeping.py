"""Settling and expiring set-wise: thousands of lots by a few statements (architecture 0.7).

An account says when it has to be looked at next, so that a sweep takes whole accounts, passes by
those that another one has locked, and needs no index of lots by date.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from domain.kernel.db import HotRead, HotWrite, ReadPool
from domain.kernel.hot_pool import Sender
from domain.points import statements
from domain.points.rules.validity import of_word

MOST_LOTS = 10_000
"""How many lots a chunk moves at most, whatever accounts it has."""
PUT_OFF = timedelta(hours=1)
"""When an account is looked at again that could not be settled by itself."""


class Moved(NamedTuple):
    """What a chunk has done: accounts that it took, and lots and points that it moved."""

    accounts: int = 0
    lots: int = 0
    points: int = 0


@dataclass(frozen=True, slots=True)
class DueWork:
    """What becomes due of accounts with time: their lots settle, or end.

    ``name`` is that of its sweep. What it takes is locked until the transaction ends.
    """

    name: str
    _take: HotWrite
    _take_again: HotWrite
    _move: Callable[[Sender, Sequence[UUID], datetime, int], Awaitable[Moved]]
    _put_off: HotWrite
    _oldest: HotRead

    async def take(self, session: Sender, *, at: datetime, most: int) -> list[UUID]:
        """Lock at most so many accounts that have been due for longest; those are their members.

        What another one has locked is passed by.
        """
        return [row[0] for row in await self._take.rows(session, at=at, most=most)]

    async def take_again(
        self, session: Sender, members: Sequence[UUID], *, at: datetime
    ) -> list[UUID]:
        """Lock those of some accounts that are still due, and that nobody else has locked."""
        rows = await self._take_again.rows(session, members=list(members), at=at)
        return [row[0] for row in rows]

    async def move(
        self,
        session: Sender,
        members: Sequence[UUID],
        *,
        at: datetime,
        most_lots: int = MOST_LOTS,
    ) -> Moved:
        """Move at most so many lots that are due of accounts that were taken.

        An account with more lots stays due with the rest; one of which nothing is due any more
        says when it will be.
        """
        return await self._move(session, members, at, most_lots) if members else Moved()

    async def put_off(self, session: Sender, member_id: UUID, *, at: datetime) -> None:
        """Look at an account again after `PUT_OFF`; whatever else moves it looks at it before."""
        await self._put_off.run(session, members=[member_id], at=at, until=at + PUT_OFF)

    async def oldest(self, reads: ReadPool) -> datetime | None:
        """Since when the account has to be looked at that has been due for longest."""
        return (await self._oldest.rows(reads))[0][0]


async def _settled(session: Sender, members: Sequence[UUID], at: datetime, most_lots: int) -> Moved:
    words = await statements.VALIDITIES.rows(session, members=members, at=at)
    ends = statements.ENDS.bound((word, of_word(word).ends(at)) for (word,) in words)
    row = await statements.SETTLE.one_or_none(
        session, members=members, at=at, lots=most_lots, **ends
    )
    return Moved(len(members), *row)


async def _expired(session: Sender, members: Sequence[UUID], at: datetime, most_lots: int) -> Moved:
    row = await statements.EXPIRE.one_or_none(session, members=members, at=at, lots=most_lots)
    return Moved(len(members), *row)


SETTLING = DueWork(
    "settle_points",
    statements.TAKE_TO_SETTLE,
    statements.TAKE_TO_SETTLE_AGAIN,
    _settled,
    statements.PUT_SETTLING_OFF,
    statements.OLDEST_TO_SETTLE,
)
"""Pending lots settle, or are cancelled where their goods were never received."""
EXPIRING = DueWork(
    "expire_points",
    statements.TAKE_TO_EXPIRE,
    statements.TAKE_TO_EXPIRE_AGAIN,
    _expired,
    statements.PUT_EXPIRING_OFF,
    statements.OLDEST_TO_EXPIRE,
)
"""Active lots end."""


async def settle_due(
    session: Sender, *, at: datetime, most: int, most_lots: int = MOST_LOTS
) -> Moved:
    """Settle, or cancel, what is due of at most so many accounts that nobody else has locked."""
    members = await SETTLING.take(session, at=at, most=most)
    return await SETTLING.move(session, members, at=at, most_lots=most_lots)


async def expire_due(
    session: Sender, *, at: datetime, most: int, most_lots: int = MOST_LOTS
) -> Moved:
    """Let expire what has ended of at most so many accounts that nobody else has locked."""
    members = await EXPIRING.take(session, at=at, most=most)
    return await EXPIRING.move(session, members, at=at, most_lots=most_lots)
