"""What must be true of orders and the points that pay for some of them."""

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, and_, case, cast, func, or_, select

from domain.kernel.audit import Invariant
from domain.orders.models import Order, OrderLine
from domain.orders.refunding.models import OrderRefund, OrderRefundLine
from domain.orders.words import OrderRefundStatus, OrderStatus
from domain.points.models import PointsHold
from domain.points.words import SourceKind

_is_of_order = and_(PointsHold.source_kind == SourceKind.ORDER, PointsHold.source_id == Order.id)


def _sum(column: Any, which: Any) -> ColumnElement[Any]:
    return cast(
        func.coalesce(select(func.sum(column)).where(*which).scalar_subquery(), 0), BigInteger
    )


def _holds(column: Any, *which: Any) -> ColumnElement[Any]:
    """What the holds of an order have of something."""
    return _sum(column, (_is_of_order, PointsHold.member_id == Order.member_id, *which))


_should_hold = case((Order.status == OrderStatus.PENDING_PAYMENT, Order.points_used), else_=0)
_should_have_spent = case((Order.paid_at.is_not(None), Order.points_used), else_=0)
_given_back = _sum(
    OrderRefundLine.points,
    (
        OrderRefundLine.order_id == Order.id,
        OrderRefundLine.refund_id == OrderRefund.id,
        OrderRefund.status == OrderRefundStatus.SUCCEEDED,
    ),
)

INVARIANTS = (
    Invariant(
        "orders.points_are_held_and_spent",
        "An order that waits for its payment holds its points, one that was paid has spent them, "
        "and one that is closed unpaid has none.",
        select(Order.id, Order.status, Order.points_used).where(
            or_(
                _holds(PointsHold.amount, PointsHold.ended_at.is_(None)) != _should_hold,
                _holds(PointsHold.captured) != _should_have_spent,
            )
        ),
    ),
    Invariant(
        "orders.points_are_of_lines",
        "The points of an order are those of its lines.",
        select(Order.id, Order.points_used).where(
            Order.points_used != _sum(OrderLine.points_used, (OrderLine.order_id == Order.id,))
        ),
    ),
    Invariant(
        "orders.points_are_given_back",
        "What a hold has given back is what refunds that succeeded say.",
        select(Order.id).where(_holds(PointsHold.returned) != _given_back),
    ),
    Invariant(
        "orders.holds_are_of_orders",
        "A hold of an order is one of an order that there is, and of its member.",
        select(PointsHold.id, PointsHold.source_id)
        .outerjoin(Order, and_(_is_of_order, PointsHold.member_id == Order.member_id))
        .where(PointsHold.source_kind == SourceKind.ORDER, Order.id.is_(None)),
    ),
)
