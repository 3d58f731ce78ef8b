"""What must be true of payments beyond what their tables enforce by themselves."""

from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select

from domain.kernel.audit import Invariant
from domain.orders.models import Order, OrderPayment
from domain.orders.refunding.models import OrderRefund
from domain.orders.words import OrderRefundStatus, PaymentStatus
from domain.payments.attempts import OPEN
from domain.payments.models import ClearingEntry, PaymentAttempt, PaymentRefund
from domain.payments.words import IS_BACK, AttemptStatus, ClearingAccount, RefundStatus

_OUTSIDE = (ClearingAccount.GATEWAY, ClearingAccount.ELSEWHERE)
_is_otherwise = PaymentRefund.status == RefundStatus.PAID_OTHERWISE


def _sum(column: Any) -> ColumnElement[Any]:
    return func.coalesce(func.sum(column), 0)


def _moved(from_: ClearingAccount, *to: ClearingAccount) -> ColumnElement[Any]:
    """What entries of an attempt moved from one account to another, or to one of others."""
    is_so = and_(ClearingEntry.to_account.in_(to), ClearingEntry.from_account == from_)
    return _sum(case((is_so, ClearingEntry.amount_fen), else_=0))


def _is_back(which: ColumnElement[bool]) -> ColumnElement[Any]:
    """What is back of an attempt by refunds of one sort."""
    is_so = and_(PaymentRefund.status.in_(IS_BACK), which)
    return _sum(case((is_so, PaymentRefund.amount_fen), else_=0))


_money = (
    select(
        ClearingEntry.attempt_id,
        _moved(ClearingAccount.GATEWAY, ClearingAccount.UNAPPLIED).label("received"),
        _moved(ClearingAccount.UNAPPLIED, ClearingAccount.ORDERS).label("applied"),
        _moved(ClearingAccount.UNAPPLIED, *_OUTSIDE).label("returned"),
        _moved(ClearingAccount.ORDERS, *_OUTSIDE).label("refunded"),
        _sum(
            case(
                (
                    ClearingEntry.to_account == ClearingAccount.ELSEWHERE,
                    ClearingEntry.amount_fen,
                ),
                else_=0,
            )
        ).label("elsewhere"),
    )
    .group_by(ClearingEntry.attempt_id)
    .subquery("money")
)
_back = (
    select(
        PaymentRefund.attempt_id,
        _is_back(PaymentRefund.order_refund_id.is_(None)).label("returned"),
        _is_back(PaymentRefund.order_refund_id.is_not(None)).label("refunded"),
        _is_back(_is_otherwise).label("elsewhere"),
        _sum(
            case((PaymentRefund.status != RefundStatus.CLOSED, PaymentRefund.amount_fen), else_=0)
        ).label("standing"),
    )
    .group_by(PaymentRefund.attempt_id)
    .subquery("back")
)
_for_orders = (
    select(PaymentAttempt.order_id, _sum(_money.c.applied).label("fen"))
    .join(_money, _money.c.attempt_id == PaymentAttempt.id)
    .group_by(PaymentAttempt.order_id)
    .subquery("for_orders")
)

_parts = (
    select(
        PaymentRefund.order_refund_id,
        _sum(
            case((PaymentRefund.status != RefundStatus.CLOSED, PaymentRefund.amount_fen), else_=0)
        ).label("standing"),
        _sum(case((PaymentRefund.status.in_(IS_BACK), PaymentRefund.amount_fen), else_=0)).label(
            "succeeded"
        ),
        _sum(case((_is_otherwise, 1), else_=0)).label("otherwise"),
    )
    .group_by(PaymentRefund.order_refund_id)
    .subquery("parts")
)
_refund_fen = OrderRefund.goods_fen + OrderRefund.freight_fen


def _had(figures: Any, name: str) -> ColumnElement[Any]:
    return func.coalesce(figures.c[name], 0)


def _has_open_attempt() -> ColumnElement[bool]:
    return exists().where(
        PaymentAttempt.order_id == OrderPayment.order_id,
        PaymentAttempt.purpose == OrderPayment.purpose,
        PaymentAttempt.status.in_(OPEN),
    )


INVARIANTS = (
    Invariant(
        "payments.money_of_attempts_is_accounted_for",
        "What came in by an attempt is what was paid, and is an order's, back, or unapplied.",
        select(PaymentAttempt.id, PaymentAttempt.amount_fen, PaymentAttempt.unapplied_fen)
        .outerjoin(_money, _money.c.attempt_id == PaymentAttempt.id)
        .where(
            or_(
                _had(_money, "received")
                != case(
                    (PaymentAttempt.status == AttemptStatus.PAID, PaymentAttempt.amount_fen),
                    else_=0,
                ),
                PaymentAttempt.unapplied_fen
                != _had(_money, "received") - _had(_money, "applied") - _had(_money, "returned"),
            )
        ),
    ),
    Invariant(
        "payments.refunds_are_reserved_and_recorded",
        "What goes back of an attempt is reserved at it, and what is back left the clearing.",
        select(PaymentAttempt.id, PaymentAttempt.refunding_fen)
        .outerjoin(_back, _back.c.attempt_id == PaymentAttempt.id)
        .outerjoin(_money, _money.c.attempt_id == PaymentAttempt.id)
        .where(
            or_(
                PaymentAttempt.refunding_fen != _had(_back, "standing"),
                _had(_money, "returned") != _had(_back, "returned"),
                _had(_money, "refunded") != _had(_back, "refunded"),
                _had(_money, "elsewhere") != _had(_back, "elsewhere"),
            )
        ),
    ),
    Invariant(
        "payments.paid_orders_have_their_money",
        "An order that was paid has got its whole price, once; no other order has got any.",
        select(Order.id, Order.status, Order.payable_fen, _for_orders.c.fen)
        .outerjoin(_for_orders, _for_orders.c.order_id == Order.id)
        .where(
            _had(_for_orders, "fen")
            != case((Order.paid_at.is_not(None), Order.payable_fen), else_=0)
        ),
    ),
    Invariant(
        "payments.refunds_of_orders_are_carried_out",
        "What a refund of an order gives back its payments give back, and it has succeeded if and "
        "only if all of it is back; it says so where that was by other means.",
        select(OrderRefund.id, OrderRefund.order_id, OrderRefund.status, _refund_fen.label("fen"))
        .outerjoin(_parts, _parts.c.order_refund_id == OrderRefund.id)
        .where(
            or_(
                _had(_parts, "standing") != _refund_fen,
                (OrderRefund.status == OrderRefundStatus.SUCCEEDED)
                != (_had(_parts, "succeeded") == _refund_fen),
                OrderRefund.is_paid_otherwise != (_had(_parts, "otherwise") > 0),
            )
        ),
    ),
    Invariant(
        "payments.open_attempts_hold_their_order",
        "A payment that is due is at a gateway if and only if an attempt may still be paid.",
        select(OrderPayment.order_id, OrderPayment.purpose).where(
            OrderPayment.status == PaymentStatus.DUE,
            OrderPayment.is_at_gateway != _has_open_attempt(),
        ),
    ),
)
