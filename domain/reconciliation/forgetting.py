"""Forgetting the lines of bills; what a bill came to, and what differed, is kept for good."""

from datetime import datetime

from sqlalchemy import exists

from domain.kernel.db import WriteSession
from domain.kernel.forgetting import forget_oldest
from domain.payments.bills import BillKind
from domain.payments.words import PaymentProvider
from domain.reconciliation.models import BillRow, Difference
from domain.reconciliation.rules import first_remembered


async def forget_old_lines(session: WriteSession, *, at: datetime, most: int) -> int:
    """Forget lines of days before `first_remembered`, the oldest first; how many.

    What an open difference is about stays until somebody has seen to it.
    """
    is_open = exists().where(
        Difference.provider == BillRow.provider,
        Difference.bill == BillRow.bill,
        Difference.number == BillRow.number,
        Difference.resolved_at.is_(None),
    )
    forgotten = 0
    # One after another, as the primary key has them.
    for provider in PaymentProvider:
        for bill in BillKind:
            is_past = (
                (BillRow.provider == provider)
                & (BillRow.bill == bill)
                & (BillRow.day < first_remembered(at))
                & ~is_open
            )
            left = most - forgotten
            forgotten += await forget_oldest(session, BillRow, is_past, by=BillRow.day, most=left)
    return forgotten
