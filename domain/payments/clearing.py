"""Clearing: where money is, by entries that each move it from one account to another.

What came in and is neither an order's nor back stands as UNAPPLIED at its attempt and has to
return to zero. How long the oldest of it stands is a figure to be woken by.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Table, func, insert, select

from domain.kernel.db import WriteSession
from domain.kernel.ids import new_id
from domain.payments.models import ClearingEntry, PaymentAttempt
from domain.payments.words import ClearingAccount

LONGEST_UNAPPLIED = timedelta(minutes=10)
"""After which somebody has to look: money goes back within five (reliability 4.3)."""


@dataclass(frozen=True, slots=True)
class Movement:
    """Why money moves, and from where to where; ``source`` is unique for its attempt."""

    source: str
    from_account: ClearingAccount
    to_account: ClearingAccount


RECEIVED = Movement("received", ClearingAccount.GATEWAY, ClearingAccount.UNAPPLIED)
APPLIED = Movement("applied", ClearingAccount.UNAPPLIED, ClearingAccount.ORDERS)


def refunded(ordinal: int) -> Movement:
    """The money of one refund of an attempt has gone back."""
    return Movement(f"refunded:{ordinal}", ClearingAccount.UNAPPLIED, ClearingAccount.GATEWAY)


@dataclass(frozen=True, slots=True)
class Unapplied:
    """Money that is neither an order's nor back: how much, of how many, since when the oldest."""

    fen: int
    attempts: int
    oldest_since: datetime | None


def entries(
    attempt_id: UUID, moved: Sequence[Movement], fen: int, *, at: datetime, random: Random
) -> Any:
    """The statement that writes entries of one attempt, each of the same amount."""
    return insert(cast("Table", ClearingEntry.__table__)).values(
        [
            {
                "id": new_id(at, random),
                "attempt_id": attempt_id,
                "source": each.source,
                "from_account": each.from_account,
                "to_account": each.to_account,
                "amount_fen": fen,
                "recorded_at": at,
            }
            for each in moved
        ]
    )


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
