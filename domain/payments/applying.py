"""Applying what a gateway says of payments: money comes in once, and is an order's or goes back.

Whatever is told twice, late, in another order or by a query beside a notice: all of it comes here,
waits for the order's lock, and finds what is so already.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from random import Random
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Table, and_, bindparam, exists, literal_column, select, true, update
from sqlalchemy import Uuid as UuidColumn

from domain.kernel.db import HotWrite
from domain.kernel.hot_pool import Sender
from domain.kernel.logs import logger
from domain.kernel.metrics import PAYMENTS_NOT_APPLIED
from domain.orders.models import Order
from domain.orders.paying import (
    LOCKED,
    LockedOrder,
    OrderMoved,
    PayOutcome,
    lock_closed,
    locking,
    pay,
)
from domain.orders.words import OrderStatus
from domain.payments.attempts import OPEN
from domain.payments.clearing import APPLIED, RECEIVED, Movement, bound_entries, entries_written
from domain.payments.models import PaymentAttempt
from domain.payments.noting import NoticeRow, bound_notice, notice_written
from domain.payments.ports import GatewayPayment, GatewayState
from domain.payments.refunding import refund_row, write_refund
from domain.payments.rules import differs
from domain.payments.words import AttemptStatus, NoticeOutcome, PaymentProvider, RefundReason

_LOG = logger(__name__)
_OF_ORDER = 10
"""Where the columns of the order begin in what `_find` finds."""
_GOES_BACK = {
    PayOutcome.NOT_HONOURED: RefundReason.LATE_PAYMENT,
    PayOutcome.PAID_BEFORE: RefundReason.DUPLICATE_PAYMENT,
}


@dataclass(frozen=True, slots=True)
class _Attempt:
    """What a payment was asked for as."""

    id: UUID
    order_id: UUID
    number: str
    provider: PaymentProvider
    merchant_id: str
    app_id: str
    amount_fen: int
    status: AttemptStatus
    transaction_id: str | None


async def apply(
    session: Sender,
    payment: GatewayPayment,
    *,
    at: datetime,
    random: Random,
    notice: NoticeRow | None = None,
) -> NoticeOutcome:
    """Take in a payment that its gateway says is made; three statements where all is well.

    The order becomes paid, or is honoured late, or the money is to go back (R3). Nothing is taken
    in that differs from what was asked for: that is for people. ``notice`` is written along where
    the outcome is APPLIED. Raises `domain.orders.paying.OrderMoved`, after which the caller's
    transaction has to begin again.
    """
    row = await _find().one_or_none(session, number=payment.number)
    if row is None:
        return _for_people(payment, "unknown", NoticeOutcome.UNKNOWN)
    member_id, attempt, locked = row[0], _Attempt(*row[1:_OF_ORDER]), row[_OF_ORDER:]
    difference = _difference(payment, attempt)
    if difference is not None:
        return _for_people(payment, difference, NoticeOutcome.MISMATCHED)
    if attempt.status is AttemptStatus.PAID:
        return NoticeOutcome.REPEATED
    if payment.state is not GatewayState.PAID:
        # It was given back by somebody at the gateway before it was known here.
        return _for_people(payment, "refunded_elsewhere", NoticeOutcome.MISMATCHED)
    if locked[0] is None:
        closed, order = await lock_closed(session, attempt.order_id, member_id)
    else:
        closed, order = None, LockedOrder(*locked)
    actor = f"gateway:{attempt.provider}"
    outcome = await pay(session, order, closed, actor=actor, at=at, random=random)
    goes_back = _GOES_BACK.get(outcome)
    if not await _take_in(session, attempt, payment, goes_back, notice, at=at, random=random):
        if goes_back is None:
            # Somebody else has taken the money in meanwhile, and it may have gone back: what was
            # just decided for the order is undone, and looked at again.
            raise OrderMoved
        return NoticeOutcome.REPEATED
    _say_applied(attempt, outcome)
    return NoticeOutcome.APPLIED


def _say_applied(attempt: _Attempt, outcome: PayOutcome) -> None:
    _LOG.info(
        "payment.applied",
        number=attempt.number,
        outcome=outcome.name.lower(),
        amount_fen=attempt.amount_fen,
    )


def _difference(payment: GatewayPayment, attempt: _Attempt) -> str | None:
    if attempt.status is AttemptStatus.PAID and attempt.transaction_id != payment.transaction_id:
        return "transaction"
    return differs(
        payment,
        merchant_id=attempt.merchant_id,
        app_id=attempt.app_id,
        amount_fen=attempt.amount_fen,
    )


async def _take_in(
    session: Sender,
    attempt: _Attempt,
    payment: GatewayPayment,
    goes_back: RefundReason | None,
    notice: NoticeRow | None,
    *,
    at: datetime,
    random: Random,
) -> bool:
    """Make the attempt paid and write where its money is; whether it was not so already."""
    fen = attempt.amount_fen
    is_unapplied = goes_back is not None and fen > 0
    received = [RECEIVED] if is_unapplied else [RECEIVED, APPLIED]
    moved: list[Movement] = received if fen > 0 else []
    taken = await _take().rows(
        session,
        this_attempt=attempt.id,
        transaction=payment.transaction_id,
        moment=payment.paid_at or at,
        left_fen=fen if is_unapplied else 0,
        since=at if is_unapplied else None,
        this_moment=at,
        **bound_entries(attempt.id, moved, fen, at=at, random=random),
        **bound_notice(notice, NoticeOutcome.APPLIED),
    )
    if not taken:
        return False
    if goes_back is not None and fen > 0:
        row = refund_row(attempt.id, attempt.number, 1, fen, goes_back, at=at, random=random)
        await write_refund(session, row)
    return True


def _for_people(payment: GatewayPayment, reason: str, outcome: NoticeOutcome) -> NoticeOutcome:
    """Say of a payment that was signed as it should be that it is not what was asked for."""
    PAYMENTS_NOT_APPLIED.labels(reason).inc()
    _LOG.error("payment.not_applied", number=payment.number, reason=reason)
    return outcome


@cache
def _find() -> HotWrite:
    """The attempt, and its order under lock; nothing of an order that is not to be locked here.

    An attempt that is paid already changes nothing. What a closed order holds again has to be
    locked before it.
    """
    attempt = PaymentAttempt
    columns = (
        Order.member_id,
        attempt.id,
        attempt.order_id,
        attempt.number,
        attempt.provider,
        attempt.merchant_id,
        attempt.app_id,
        attempt.amount_fen,
        attempt.status,
        attempt.transaction_id,
    )
    is_it = attempt.number == bindparam("number", type_=attempt.number.type)
    found = (
        select(*columns, Order.status.label("status_found"))
        .join(Order, Order.id == attempt.order_id)
        .where(is_it)
        .cte("found")
    )
    is_to_be_locked = and_(
        found.c.status_found != literal_column(f"'{OrderStatus.CLOSED}'"),
        found.c.status != literal_column(f"'{AttemptStatus.PAID}'"),
    )
    order_id = select(found.c.order_id).where(is_to_be_locked).scalar_subquery()
    order = locking(order_id).cte("locked")
    of_order = [order.c[each.key] for each in LOCKED]
    return HotWrite(
        select(*list(found.c)[: len(columns)], *of_order).outerjoin_from(found, order, true())
    )


@cache
def _take() -> HotWrite:
    """Under the order's lock: whoever comes second finds it paid.

    Another attempt that is open is asked about at once: it ends where its order has no deadline.
    """
    attempt, table = PaymentAttempt, cast("Table", PaymentAttempt.__table__)
    paid = cast("Any", literal_column(f"'{AttemptStatus.PAID}'"))
    this = table.alias("this")
    others = (
        update(table)
        .where(
            this.c.id == bindparam("this_attempt", type_=UuidColumn),
            table.c.id != this.c.id,
            table.c.order_id == this.c.order_id,
            table.c.purpose == this.c.purpose,
            table.c.status.in_([literal_column(f"'{each}'") for each in OPEN]),
        )
        .values(ask_at=bindparam("this_moment", type_=attempt.ask_at.type))
    )
    taken = (
        update(table)
        .where(table.c.id == bindparam("this_attempt", type_=UuidColumn), table.c.status != paid)
        .values(
            status=paid,
            transaction_id=bindparam("transaction", type_=attempt.transaction_id.type),
            paid_at=bindparam("moment", type_=attempt.paid_at.type),
            ask_at=None,
            unapplied_fen=bindparam("left_fen", type_=attempt.unapplied_fen.type),
            unapplied_since=bindparam("since", type_=attempt.unapplied_since.type),
            refunding_fen=bindparam("left_fen", type_=attempt.unapplied_fen.type),
        )
        .returning(table.c.id)
        .cte("taken")
    )
    is_taken = exists(select(taken.c.id))
    return HotWrite(
        select(taken.c.id).add_cte(
            others.cte("others_asked_about"), entries_written(is_taken), notice_written(is_taken)
        )
    )
