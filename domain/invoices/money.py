"""What invoices are of: money that paid for an order, and what of it has gone back.

An attempt counts by its entry in the clearing that gave its money to the order. What came twice or
too late never was the order's, and what goes back of it concerns no invoice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, select

from domain.kernel.db import WriteSession
from domain.payments.clearing import APPLIED
from domain.payments.models import ClearingEntry, PaymentAttempt, PaymentRefund
from domain.payments.words import IS_BACK


@dataclass(frozen=True, slots=True)
class GoneBack:
    """A refund that succeeded, of money that had paid for an order."""

    refund_id: UUID
    order_id: UUID
    fen: int


async def lock_money(session: WriteSession, order_id: UUID) -> None:
    """Let no refund of the order's succeed until this transaction ends."""
    attempts = (
        select(PaymentAttempt.id)
        .where(PaymentAttempt.order_id == order_id)
        .order_by(PaymentAttempt.id)
        .with_for_update(key_share=True)
    )
    await session.execute(attempts)


async def paid_for(session: WriteSession, order_id: UUID) -> int:
    """What has come in for an order and was applied to it."""
    applied = (
        select(func.coalesce(func.sum(ClearingEntry.amount_fen), 0))
        .join(PaymentAttempt, PaymentAttempt.id == ClearingEntry.attempt_id)
        .where(PaymentAttempt.order_id == order_id, ClearingEntry.source == APPLIED.source)
    )
    return int(await session.scalar(applied) or 0)


async def gone_back(session: WriteSession, order_id: UUID) -> list[GoneBack]:
    """What has gone back of an order's money, refund by refund, the earliest first."""
    return await _found(session, PaymentAttempt.order_id == order_id)


async def of_orders(session: WriteSession, refund_ids: Sequence[UUID]) -> list[GoneBack]:
    """Those of the refunds that are of an order's money."""
    return await _found(session, PaymentRefund.id.in_(refund_ids))


async def _found(session: WriteSession, which: ColumnElement[bool]) -> list[GoneBack]:
    was_applied = exists().where(
        ClearingEntry.attempt_id == PaymentAttempt.id, ClearingEntry.source == APPLIED.source
    )
    refunds = (
        select(PaymentRefund.id, PaymentAttempt.order_id, PaymentRefund.amount_fen)
        .join(PaymentAttempt, PaymentAttempt.id == PaymentRefund.attempt_id)
        .where(which, PaymentRefund.status.in_(IS_BACK), was_applied)
        .order_by(PaymentRefund.finished_at, PaymentRefund.id)
    )
    return [GoneBack(*row) for row in await session.execute(refunds)]
