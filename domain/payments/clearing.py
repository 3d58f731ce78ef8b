"""Clearing: where money is, by entries that each move it from one account to another.

What came in and is neither an order's nor back stands as UNAPPLIED at its attempt and has to
return to zero. How long the oldest of it stands is a figure to be woken by.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import CTE, ColumnElement, func, select

from domain.kernel.db import HotWrite, WriteSession
from domain.kernel.hot_pool import Sender
from domain.kernel.ids import new_id
from domain.kernel.row_sets import RowSet
from domain.payments.models import ClearingEntry, PaymentAttempt
from domain.payments.words import ClearingAccount

LONGEST_UNAPPLIED = timedelta(minutes=10)
"""After which somebody has to look: money goes back within five (reliability 4.3)."""


_ENTRIES = RowSet(
    "entries",
    ClearingEntry,
    "id attempt_id source from_account to_account amount_fen recorded_at",
    are_several=True,
)
_WRITE = HotWrite(_ENTRIES.insert())


@dataclass(frozen=True, slots=True)
class Movement:
    """Why money moves, and from where to where; ``source`` is unique for its attempt."""

    source: str
    from_account: ClearingAccount
    to_account: ClearingAccount


RECEIVED = Movement("received", ClearingAccount.GATEWAY, ClearingAccount.UNAPPLIED)
APPLIED = Movement("applied", ClearingAccount.UNAPPLIED, ClearingAccount.ORDERS)


def refunded(ordinal: int, *, is_orders: bool, is_otherwise: bool = False) -> Movement:
    """The money of one refund of an attempt has gone back.

    ``is_orders`` where an order had it, ``is_otherwise`` where it did not go by the gateway.
    """
    had = ClearingAccount.ORDERS if is_orders else ClearingAccount.UNAPPLIED
    to = ClearingAccount.ELSEWHERE if is_otherwise else ClearingAccount.GATEWAY
    return Movement(f"refunded:{ordinal}", had, to)


@dataclass(frozen=True, slots=True)
class Unapplied:
    """Money that is neither an order's nor back: how much, of how many, since when the oldest."""

    fen: int
    attempts: int
    oldest_since: datetime | None


async def write_entries(
    session: Sender,
    attempt_id: UUID,
    moved: Sequence[Movement],
    fen: int,
    *,
    at: datetime,
    random: Random,
) -> None:
    """Write entries of one attempt, each of the same amount."""
    await _WRITE.run(session, **bound_entries(attempt_id, moved, fen, at=at, random=random))


def entries_written(where: ColumnElement[bool]) -> CTE:
    """The same as a part of the statement that moves the money, where a condition holds.

    `bound_entries` is its values.
    """
    return _ENTRIES.insert(where).cte("entries_written")


def bound_entries(
    attempt_id: UUID, moved: Sequence[Movement], fen: int, *, at: datetime, random: Random
) -> dict[str, Any]:
    """The values of a statement that writes entries of one attempt, each of the same amount."""
    rows = (
        (new_id(at, random), attempt_id, each.source, each.from_account, each.to_account, fen, at)
        for each in moved
    )
    return _ENTRIES.bound(rows)


async def unapplied(session: WriteSession) -> Unapplied:
    """What has not returned to zero, by an index of just that."""
    attempt = PaymentAttempt
    figures = select(
        func.coalesce(func.sum(attempt.unapplied_fen), 0),
        func.count(),
        func.min(attempt.unapplied_since),
    ).where(attempt.unapplied_fen > 0)
    fen, attempts, since = (await session.execute(figures)).one()
    return Unapplied(int(fen), attempts, since)
