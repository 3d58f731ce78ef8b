"""Refunding what was paid for an order: from the plan of what comes back to the gateway's refunds.

A refund begins in the transaction of whatever decided on it, and says at once what it is known by.
The sweep that gives money back does the rest (`refunding.py`).
"""

from datetime import datetime
from random import Random
from uuid import UUID

import msgspec
from sqlalchemy import func, select

from domain.kernel.db import WriteSession
from domain.orders.refunding.errors import RefundsExhausted
from domain.orders.refunding.finishing import finish
from domain.orders.refunding.models import OrderRefund
from domain.orders.refunding.reserving import Cause, refund_of, reserve
from domain.orders.refunding.rules import RefundPlan
from domain.orders.refunding.standing import Refundable
from domain.orders.refunding.terms import USUAL_REFUND_TERMS, RefundTerms
from domain.orders.words import OrderRefundStatus
from domain.payments.models import PaymentAttempt, PaymentRefund
from domain.payments.refunding import refund_row
from domain.payments.rules import MOST_REFUNDS
from domain.payments.words import AttemptStatus, RefundReason


class BegunRefund(msgspec.Struct, frozen=True):
    """A refund of an order that has begun; ``is_done`` where there was no money to give back."""

    id: UUID
    ordinal: int
    total_fen: int
    is_done: bool


async def begin_refund(
    session: WriteSession,
    order: Refundable,
    plan: RefundPlan,
    cause: Cause,
    *,
    at: datetime,
    random: Random,
    terms: RefundTerms = USUAL_REFUND_TERMS,
) -> BegunRefund:
    """Begin to give back what a plan says, once for each source; `lock_refundable` comes first.

    The same source again is answered as it was, whatever the plan. Where there is nothing to pay
    back, as of an order of 0 yuan, all that follows from it has happened when this returns.
    Refuses: OrderNotRefundable, UnitsNotRefundable, AmountNotRefundable, RefundsExhausted.
    """
    begun = await refund_of(session, cause.source)
    if begun is not None:
        assert begun.order_id == order.id
        return _told(begun, is_done=begun.status is OrderRefundStatus.SUCCEEDED)
    refund = await reserve(session, order, plan, cause=cause, at=at, random=random)
    if plan.total_fen:
        await _take_apart(session, refund, plan.total_fen, at=at, random=random)
    else:
        await finish(session, order, refund.id, terms=terms, at=at, random=random)
    return _told(refund, is_done=not plan.total_fen)


def _told(refund: OrderRefund, *, is_done: bool) -> BegunRefund:
    return BegunRefund(
        refund.id, refund.ordinal, refund.goods_fen + refund.freight_fen, is_done=is_done
    )


async def _take_apart(
    session: WriteSession, refund: OrderRefund, fen: int, *, at: datetime, random: Random
) -> None:
    """Take the amount from the payments of the order, the earliest first, each by a refund."""
    for attempt, refunds in await _paid_attempts(session, refund.order_id):
        part = min(fen, attempt.amount_fen - attempt.refunding_fen)
        if part <= 0:
            continue
        if refunds >= MOST_REFUNDS:
            raise RefundsExhausted(refund.order_id)
        attempt.refunding_fen += part
        row = refund_row(
            attempt.id,
            attempt.number,
            refunds + 1,
            part,
            RefundReason.ORDER_REFUND,
            at=at,
            random=random,
        )
        row.order_refund_id = refund.id
        session.add(row)
        fen -= part
    # What is left of the order is left of its payments: anything else is a bug, and pays nothing.
    assert fen == 0
    await session.flush()


async def _paid_attempts(session: WriteSession, order_id: UUID) -> list[tuple[PaymentAttempt, int]]:
    """The payments of an order under lock, the earliest first, and how many refunds each has."""
    attempts = (
        await session.scalars(
            select(PaymentAttempt)
            .where(PaymentAttempt.order_id == order_id, PaymentAttempt.status == AttemptStatus.PAID)
            .order_by(PaymentAttempt.ordinal)
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        )
    ).all()
    last = (
        select(PaymentRefund.attempt_id, func.max(PaymentRefund.ordinal))
        .where(PaymentRefund.attempt_id.in_([each.id for each in attempts]))
        .group_by(PaymentRefund.attempt_id)
    )
    refunds = {row[0]: row[1] for row in await session.execute(last)}
    return [(each, refunds.get(each.id, 0)) for each in attempts]
