"""Giving money back: one number for as long as it is tried, asked for until it is known to be back.

A refund begins as a row in the transaction that found out that money has to go back. Calling the
gateway and writing what it said are two steps; a sweep makes both, as often as it takes.
"""

from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    and_,
    bindparam,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
    update,
)
from sqlalchemy.orm import aliased

from domain.kernel.db import HotWrite, WriteSession
from domain.kernel.hot_pool import Sender
from domain.kernel.ids import new_id
from domain.kernel.logs import logger
from domain.kernel.metrics import PAYMENTS_NOT_APPLIED
from domain.kernel.outbox import Fact, promise_all
from domain.kernel.row_sets import RowSet
from domain.orders.models import Order
from domain.orders.refunding.finishing import finish, note_standing
from domain.orders.refunding.standing import Refundable, lock_refundable
from domain.orders.refunding.terms import USUAL_REFUND_TERMS, RefundTerms
from domain.orders.words import OrderRefundStatus
from domain.payments.clearing import refunded, write_entries
from domain.payments.events import PaymentRefunded
from domain.payments.models import PaymentAttempt, PaymentRefund
from domain.payments.ports import GatewayRefund, RefundState, RefundWish
from domain.payments.rules import (
    ASK_ABNORMAL_AFTER,
    BETWEEN_REFUNDS,
    LEASE,
    MOST_LEASES,
    MOST_REFUNDS,
    REFUSALS_FOR_PEOPLE,
    ask_refund_after,
    refund_number,
)
from domain.payments.words import NoticeOutcome, RefundReason, RefundStatus

_LOG = logger(__name__)
_REASONS = {
    RefundReason.LATE_PAYMENT: "订单已关闭，退回付款",
    RefundReason.DUPLICATE_PAYMENT: "重复付款，退回",
    RefundReason.ORDER_REFUND: "订单退款",
}
"""What the payer reads at the gateway."""
_UNDER_WAY = (RefundStatus.CREATED, RefundStatus.PROCESSING)
_ASKED_ABOUT = (*_UNDER_WAY, RefundStatus.ABNORMAL)
"""What is not over. One that people see to is asked about too: the notice of it may be lost."""
_COLUMNS = "id attempt_id ordinal number reason amount_fen status created_at ask_at"
_BEGUN = RowSet("begun", PaymentRefund, _COLUMNS)
_BEGIN = HotWrite(_BEGUN.insert())
_ORDER_OF = (
    select(PaymentAttempt.order_id)
    .join(PaymentRefund, PaymentRefund.attempt_id == PaymentAttempt.id)
    .where(
        PaymentRefund.number == bindparam("told_number"), PaymentRefund.order_refund_id.is_not(None)
    )
)
_LOCK = (
    select(PaymentRefund, PaymentAttempt)
    .join(PaymentAttempt, PaymentAttempt.id == PaymentRefund.attempt_id)
    .where(PaymentRefund.number == bindparam("told_number"))
    .with_for_update(key_share=True)
    .execution_options(populate_existing=True)
)
# By the attempts of its order, which an index has.
_PARTS = (
    select(PaymentRefund.status)
    .join(PaymentAttempt, PaymentAttempt.id == PaymentRefund.attempt_id)
    .where(
        PaymentAttempt.order_id == bindparam("this_order"),
        PaymentRefund.order_refund_id == bindparam("it"),
    )
)


@dataclass(frozen=True, slots=True)
class DueRefund:
    """A refund that its gateway has to be spoken to about."""

    id: UUID
    wish: RefundWish
    status: RefundStatus
    merchant_id: str
    tries: int
    """How often it was taken, this time among them."""


def refund_row(
    attempt_id: UUID,
    attempt_number: str,
    ordinal: int,
    amount_fen: int,
    reason: RefundReason,
    *,
    at: datetime,
    random: Random,
) -> PaymentRefund:
    """A refund that is to begin at once; its amount is reserved at the attempt by the caller."""
    return PaymentRefund(
        id=new_id(at, random),
        attempt_id=attempt_id,
        ordinal=ordinal,
        number=refund_number(attempt_number, ordinal),
        reason=reason,
        amount_fen=amount_fen,
        status=RefundStatus.CREATED,
        created_at=at,
        ask_at=at,
    )


async def write_refund(session: Sender, refund: PaymentRefund) -> None:
    """Write a refund of `refund_row` down."""
    row = [getattr(refund, column) for column in _COLUMNS.split()]
    await _BEGIN.run(session, **_BEGUN.bound([row]))


async def take_due_refunds(session: WriteSession, *, at: datetime, most: int) -> list[DueRefund]:
    """Take refunds that are to be begun or asked about, the longest due first, for a while.

    Another worker leaves them alone until the lease is over. Of one payment they are begun one
    after the other, with the time between them that the gateway wants.
    """
    refund, attempt = PaymentRefund, PaymentAttempt
    due = (
        select(refund.id)
        .where(refund.status.in_(_ASKED_ABOUT), refund.ask_at <= at, _may_be_sent(at))
        .order_by(refund.ask_at, refund.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    taken = (
        update(refund)
        .where(refund.id.in_(due.scalar_subquery()), attempt.id == refund.attempt_id)
        # As `rules.refund_lease` has it.
        .values(
            ask_at=literal(at) + func.least(refund.asked + 1, MOST_LEASES) * literal(LEASE),
            asked=refund.asked + 1,
            sent_at=func.coalesce(refund.sent_at, literal(at)),
        )
        .returning(
            refund.id,
            refund.number,
            attempt.number,
            refund.amount_fen,
            attempt.amount_fen,
            refund.reason,
            refund.status,
            attempt.merchant_id,
            refund.asked,
        )
        .execution_options(synchronize_session=False)
    )
    return [_due(row) for row in await session.execute(taken)]


def _due(row: Any) -> DueRefund:
    id_, number, payment, fen, paid_fen, reason, status, merchant, tries = row
    wish = RefundWish(number, payment, fen, paid_fen, _REASONS[reason])
    return DueRefund(id_, wish, status, merchant, tries)


def _may_be_sent(at: datetime) -> ColumnElement[bool]:
    """Whether a refund was sent before, or no other one of its payment comes first or just did."""
    refund, other = PaymentRefund, aliased(PaymentRefund)
    comes_first = and_(
        other.sent_at.is_(None),
        other.status == RefundStatus.CREATED,
        other.ordinal < refund.ordinal,
    )
    just_did = other.sent_at > at - BETWEEN_REFUNDS
    in_the_way = exists().where(other.attempt_id == refund.attempt_id, or_(comes_first, just_did))
    return or_(refund.sent_at.is_not(None), not_(in_the_way))


async def apply_refund(
    session: WriteSession,
    told: GatewayRefund,
    *,
    at: datetime,
    random: Random,
    terms: RefundTerms = USUAL_REFUND_TERMS,
) -> NoticeOutcome:
    """Take in how a refund stands; what is over already stays so.

    Money that is back leaves the clearing, and with the last of it what follows for its order has
    happened (`domain.orders.refunding.finishing`). A refund that its gateway gave up is followed by
    another one, with a number of its own.
    """
    order, found = await lock_refund(session, told.number)
    if found is None:
        return _for_people(told, "unknown_refund", NoticeOutcome.UNKNOWN)
    refund, attempt = found
    if (told.payment_number, told.amount_fen) != (attempt.number, refund.amount_fen):
        return _for_people(told, "refund_differs", NoticeOutcome.MISMATCHED)
    if refund.finished_at is not None or _is_said(refund, told):
        return _nothing_new(refund, told, at)
    refund.gateway_id = told.gateway_id
    if told.state is RefundState.SUCCEEDED:
        await _succeeded(session, refund, attempt, told, at=at, random=random)
    elif told.state is RefundState.CLOSED:
        await _closed(session, refund, attempt, at=at, random=random)
    else:
        refund.status = RefundStatus(told.state.value)
        _ask_again(refund, at)
    if told.state in {RefundState.CLOSED, RefundState.ABNORMAL}:
        _for_people(told, f"refund_{told.state}", NoticeOutcome.APPLIED)
    await session.flush()
    if order is not None and refund.order_refund_id is not None:
        await end_or_note(session, order, refund.order_refund_id, terms=terms, at=at, random=random)
    return NoticeOutcome.APPLIED


async def lock_refund(
    session: WriteSession, number: str
) -> tuple[Refundable | None, tuple[PaymentRefund, PaymentAttempt] | None]:
    """Lock a refund with its payment, and before them the order that it is of, where it is of one.

    None and None where there is no such number.
    """
    # Stock, then orders, then what is paid of them.
    order_id = await session.scalar(_ORDER_OF, {"told_number": number})
    order = await lock_refundable(session, order_id) if order_id else None
    found = (await session.execute(_LOCK, {"told_number": number})).one_or_none()
    return order, None if found is None else (found[0], found[1])


async def note_refused(session: WriteSession, due: DueRefund) -> None:
    """Note that a gateway refuses a refund: after some tries it is for people to see.

    It is tried again all the same, and whatever comes of that says anew how it stands.
    """
    if due.tries < REFUSALS_FOR_PEOPLE:
        return
    found = (await session.execute(_LOCK, {"told_number": due.wish.number})).one_or_none()
    # A notice may have told meanwhile that it was taken after all.
    if found is None or found[0].status is not RefundStatus.CREATED:
        return
    PAYMENTS_NOT_APPLIED.labels("refund_refused").inc()
    _LOG.error("refund.for_people", number=due.wish.number, reason="refund_refused")
    if found[0].order_refund_id is not None:
        await note_standing(session, found[0].order_refund_id, OrderRefundStatus.ABNORMAL)


def _nothing_new(refund: PaymentRefund, told: GatewayRefund, at: datetime) -> NoticeOutcome:
    """Leave a refund as it is, but note where its payer has the money twice by now.

    That shows as a difference of the books until somebody has seen to it.
    """
    is_otherwise = refund.status is RefundStatus.PAID_OTHERWISE
    if is_otherwise and told.state is RefundState.SUCCEEDED and refund.late_success_at is None:
        refund.late_success_at = told.succeeded_at or at
        refund.gateway_id = refund.gateway_id or told.gateway_id
        return _for_people(told, "refund_paid_twice", NoticeOutcome.APPLIED)
    _ask_again(refund, at)
    return NoticeOutcome.REPEATED


def _is_said(refund: PaymentRefund, told: GatewayRefund) -> bool:
    return refund.status.value == told.state.value


def _ask_again(refund: PaymentRefund, at: datetime) -> None:
    if refund.status in _UNDER_WAY:
        refund.ask_at = at + ask_refund_after(refund.asked)
    elif refund.status is RefundStatus.ABNORMAL:
        refund.ask_at = at + ASK_ABNORMAL_AFTER
    else:
        refund.ask_at = None


async def _succeeded(
    session: WriteSession,
    refund: PaymentRefund,
    attempt: PaymentAttempt,
    told: GatewayRefund,
    *,
    at: datetime,
    random: Random,
) -> None:
    refund.status, refund.payer_fen = RefundStatus.SUCCEEDED, told.payer_fen
    refund.finished_at, refund.ask_at = told.succeeded_at or at, None
    await take_out(session, refund, attempt, at=at, random=random)


async def take_out(
    session: WriteSession,
    refund: PaymentRefund,
    attempt: PaymentAttempt,
    *,
    at: datetime,
    random: Random,
) -> None:
    """Take the money of a refund out of the clearing, as its payer has it, and say so."""
    is_orders = refund.order_refund_id is not None
    is_otherwise = refund.status is RefundStatus.PAID_OTHERWISE
    if not is_orders:
        attempt.unapplied_fen -= refund.amount_fen
        if attempt.unapplied_fen == 0:
            attempt.unapplied_since = None
    moved = [refunded(refund.ordinal, is_orders=is_orders, is_otherwise=is_otherwise)]
    await write_entries(session, attempt.id, moved, refund.amount_fen, at=at, random=random)
    member_id, number = (
        await session.execute(
            select(Order.member_id, Order.number).where(Order.id == attempt.order_id)
        )
    ).one()
    otherwise_fen = refund.payer_fen if is_otherwise else None
    event = PaymentRefunded(
        member_id, attempt.order_id, number, refund.amount_fen, refund.reason, otherwise_fen
    )
    await promise_all(session, [Fact(refund.id, 1, event)], at=at, random=random)


async def _closed(
    session: WriteSession,
    refund: PaymentRefund,
    attempt: PaymentAttempt,
    *,
    at: datetime,
    random: Random,
) -> None:
    """Nothing has moved: the same amount goes back by another refund, of which it stays part.

    Where the payment has as many as its gateway takes, no other one can do it: it waits for people,
    its money reserved still, and is not asked about any more.
    """
    last = await session.scalar(
        select(func.max(PaymentRefund.ordinal)).where(PaymentRefund.attempt_id == attempt.id)
    )
    assert last is not None
    if last >= MOST_REFUNDS:
        refund.status, refund.ask_at = RefundStatus.ABNORMAL, None
        return
    refund.status, refund.finished_at, refund.ask_at = RefundStatus.CLOSED, at, None
    ordinal, fen, reason = last + 1, refund.amount_fen, refund.reason
    again = refund_row(attempt.id, attempt.number, ordinal, fen, reason, at=at, random=random)
    again.order_refund_id = refund.order_refund_id
    again.ask_at = at + ask_refund_after(0)
    session.add(again)


async def end_or_note(
    session: WriteSession,
    order: Refundable,
    order_refund_id: UUID,
    *,
    terms: RefundTerms,
    at: datetime,
    random: Random,
) -> None:
    """Finish what the refund is a part of where all of it is back, or note how it stands."""
    statuses = set(await session.scalars(_PARTS, {"this_order": order.id, "it": order_refund_id}))
    if not statuses & set(_ASKED_ABOUT):
        await finish(session, order, order_refund_id, terms=terms, at=at, random=random)
        return
    is_stuck = RefundStatus.ABNORMAL in statuses
    status = OrderRefundStatus.ABNORMAL if is_stuck else OrderRefundStatus.PROCESSING
    await note_standing(session, order_refund_id, status)


def _for_people(told: GatewayRefund, reason: str, outcome: NoticeOutcome) -> NoticeOutcome:
    """Say of a refund that somebody has to look at it."""
    PAYMENTS_NOT_APPLIED.labels(reason).inc()
    _LOG.error("refund.for_people", number=told.number, reason=reason)
    return outcome
