"""Refunds that the gateway cannot carry out, and that the shop has paid back by other means.

Where the payer's card is dead, as WeChat Pay says by ABNORMAL, or where it refuses to begin the
refund at all, somebody who keeps the books gives the money back by a bank transfer, say, and
records it here. No money moves by that. What stands here may be old, so the gateway is asked first.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import select

from domain.kernel.actors import By
from domain.kernel.db import WriteSession
from domain.kernel.errors import Busy, InvalidInput, Problem
from domain.kernel.problems import MISSING, OUT_OF_RANGE, TOO_LONG
from domain.orders.refunding.finishing import note_paid_otherwise
from domain.orders.refunding.terms import RefundTerms
from domain.payments.errors import RefundNotAbnormal, RefundSucceeded, RefundUnavailable
from domain.payments.models import PaymentAttempt, PaymentRefund
from domain.payments.refunding import end_or_note, lock_refund, take_out
from domain.payments.rules import LEASE, REFUSALS_FOR_PEOPLE, refund_lease
from domain.payments.words import RefundStatus
from domain.staff.actions import Change, record
from domain.staff.rules import problems_of_reason

LONGEST_REFERENCE = 100
_ORDER = "order"


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A refund that was not over when its gateway was asked about it.

    ``tries`` is how often it had been taken to be sent. ``is_on_its_way`` where a worker may just
    be sending it, and ``is_unknown`` where the gateway knows nothing of it.
    """

    number: str
    merchant_id: str
    tries: int
    is_on_its_way: bool
    is_unknown: bool = False


@dataclass(frozen=True, slots=True)
class OtherPayment:
    """What the shop has paid of a refund by other means, by what that is found, and why."""

    number: str
    fen: int
    reference: str
    reason: str


class PaidOtherwise(msgspec.Struct, frozen=True):
    """A refund that was paid otherwise, and the order whose money it is."""

    order_id: UUID
    number: str


async def unfinished(session: WriteSession, number: str, *, at: datetime) -> Unfinished | None:
    """A refund to ask its gateway about; None where it is over, or there is none."""
    refund = PaymentRefund
    found = (
        await session.execute(
            select(refund.status, refund.ask_at, refund.asked, PaymentAttempt.merchant_id)
            .join(PaymentAttempt, PaymentAttempt.id == refund.attempt_id)
            .where(refund.number == number, refund.finished_at.is_(None))
        )
    ).one_or_none()
    if found is None:
        return None
    status, ask_at, asked, merchant_id = found
    is_on_its_way = False
    # One that was begun is only asked about.
    if status is RefundStatus.CREATED and ask_at is not None:
        is_on_its_way = at < ask_at - refund_lease(asked) + LEASE
    return Unfinished(number, merchant_id, asked, is_on_its_way)


async def pay_otherwise(
    session: WriteSession,
    paid: OtherPayment,
    asked: Unfinished | None,
    *,
    by: By,
    terms: RefundTerms,
) -> PaidOtherwise:
    """Record that the shop has paid a refund back by other means, with an audit row.

    ``asked`` is what the gateway has just been asked about, and what it said is taken in by now.
    The refund is over, is never sent again, and what follows for its order has happened as if the
    gateway had given it back. Refuses: InvalidInput, RefundUnavailable, RefundSucceeded,
    RefundNotAbnormal. Fault: `Busy` where it is just being sent.
    """
    if problems := [*_problems_of_reference(paid.reference), *problems_of_reason(paid.reason)]:
        raise InvalidInput(problems)
    order, found = await lock_refund(session, paid.number)
    if found is None:
        raise RefundUnavailable
    refund, attempt = found
    _see_that_it_may(refund, asked)
    if not 0 < paid.fen <= refund.amount_fen:
        raise InvalidInput([OUT_OF_RANGE.at("paid", least=1, most=refund.amount_fen)])
    before = refund.status
    refund.status, refund.paid_reference = RefundStatus.PAID_OTHERWISE, paid.reference.strip()
    refund.payer_fen, refund.finished_at, refund.ask_at = paid.fen, by.at, None
    await take_out(session, refund, attempt, at=by.at, random=by.random)
    await session.flush()
    if order is not None and refund.order_refund_id is not None:
        whole = refund.order_refund_id
        await note_paid_otherwise(session, whole)
        await end_or_note(session, order, whole, terms=terms, at=by.at, random=by.random)
    change = _change(refund, attempt, before, paid.reason)
    await record(session, by.staff, change, at=by.at, random=by.random)
    return PaidOtherwise(attempt.order_id, paid.number)


def _see_that_it_may(refund: PaymentRefund, asked: Unfinished | None) -> None:
    """See that nobody but the shop gives it back: neither its gateway, nor a worker by it."""
    if refund.status is RefundStatus.SUCCEEDED:
        raise RefundSucceeded(refund.number)
    if refund.status is RefundStatus.ABNORMAL:
        return
    is_refused = refund.status is RefundStatus.CREATED and refund.asked >= REFUSALS_FOR_PEOPLE
    if not is_refused or asked is None or not asked.is_unknown:
        raise RefundNotAbnormal(refund.number, refund.status)
    if asked.is_on_its_way or asked.tries != refund.asked:
        raise Busy


def _change(
    refund: PaymentRefund, attempt: PaymentAttempt, status: RefundStatus, reason: str
) -> Change:
    """What the audit trail has of it, at the order whose money it is."""
    before = {"refund": refund.number, "status": status}
    after = {
        "refund": refund.number,
        "status": refund.status,
        "amount_fen": refund.amount_fen,
        "paid_fen": refund.payer_fen,
        "reference": refund.paid_reference,
    }
    return Change("refund.pay_otherwise", _ORDER, attempt.order_id, before, after, reason.strip())


def _problems_of_reference(reference: str) -> Iterator[Problem]:
    if not reference.strip():
        yield MISSING.at("reference")
    elif len(reference) > LONGEST_REFERENCE:
        yield TOO_LONG.at("reference", most=LONGEST_REFERENCE)
