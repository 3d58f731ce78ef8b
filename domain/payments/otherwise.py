"""Refunds that the gateway cannot carry out, and that the shop has paid back by other means.

Where the payer's card is dead, as WeChat Pay says by ABNORMAL, somebody who keeps the books gives
the money back by a bank transfer, say, and records it here. No money moves by that.
"""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import msgspec

from domain.kernel.actors import By
from domain.kernel.db import WriteSession
from domain.kernel.errors import InvalidInput, Problem
from domain.kernel.problems import MISSING, TOO_LONG
from domain.orders.refunding.finishing import note_paid_otherwise
from domain.payments.errors import RefundNotAbnormal, RefundUnavailable
from domain.payments.models import PaymentAttempt, PaymentRefund
from domain.payments.refunding import end_or_note, lock_refund, take_out
from domain.payments.words import RefundStatus
from domain.staff.actions import Change, record
from domain.staff.rules import problems_of_reason

LONGEST_REFERENCE = 100
_ORDER = "order"


class PaidOtherwise(msgspec.Struct, frozen=True):
    """A refund that was paid otherwise, and the order whose money it is."""

    order_id: UUID
    number: str


async def pay_otherwise(
    session: WriteSession,
    number: str,
    *,
    reference: str,
    reason: str,
    by: By,
    receipt_after: timedelta,
) -> PaidOtherwise:
    """Record that the shop has paid a refund back by other means, with an audit row.

    The refund is over, and what follows for its order has happened as if the gateway had given it
    back. Refuses: InvalidInput, RefundUnavailable, RefundNotAbnormal.
    """
    if problems := [*_problems_of_reference(reference), *problems_of_reason(reason)]:
        raise InvalidInput(problems)
    order, found = await lock_refund(session, number)
    if found is None:
        raise RefundUnavailable
    refund, attempt = found
    if refund.status is not RefundStatus.ABNORMAL:
        raise RefundNotAbnormal(number, refund.status)
    refund.status, refund.paid_reference = RefundStatus.PAID_OTHERWISE, reference.strip()
    refund.finished_at, refund.ask_at = by.at, None
    await take_out(session, refund, attempt, at=by.at, random=by.random)
    await session.flush()
    if order is not None and refund.order_refund_id is not None:
        whole = refund.order_refund_id
        await note_paid_otherwise(session, whole)
        await end_or_note(
            session, order, whole, receipt_after=receipt_after, at=by.at, random=by.random
        )
    await record(session, by.staff, _change(refund, attempt, reason), at=by.at, random=by.random)
    return PaidOtherwise(attempt.order_id, number)


def _change(refund: PaymentRefund, attempt: PaymentAttempt, reason: str) -> Change:
    """What the audit trail has of it, at the order whose money it is."""
    before = {"refund": refund.number, "status": RefundStatus.ABNORMAL}
    after = {
        "refund": refund.number,
        "status": refund.status,
        "amount_fen": refund.amount_fen,
        "reference": refund.paid_reference,
    }
    return Change("refund.pay_otherwise", _ORDER, attempt.order_id, before, after, reason.strip())


def _problems_of_reference(reference: str) -> Iterator[Problem]:
    if not reference.strip():
        yield MISSING.at("reference")
    elif len(reference) > LONGEST_REFERENCE:
        yield TOO_LONG.at("reference", most=LONGEST_REFERENCE)
