"""What must be true of the points mall beyond what its tables enforce by themselves."""

from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select

from domain.kernel.audit import Invariant
from domain.orders.models import Order, OrderLine
from domain.orders.redeeming.models import PointsOffer, PointsOfferMember, PointsRedemption
from domain.orders.refunding.models import OrderRefund, OrderRefundLine
from domain.orders.words import CloseReason, OrderRefundStatus, OrderStatus


def _sum(value: Any) -> ColumnElement[Any]:
    return func.coalesce(func.sum(value), 0)


_stands = PointsRedemption.units - PointsRedemption.returned
_of_offers = (
    select(PointsRedemption.offer_id, _sum(_stands).label("units"))
    .group_by(PointsRedemption.offer_id)
    .subquery("of_offers")
)
_of_members = (
    select(PointsRedemption.offer_id, PointsRedemption.member_id, _sum(_stands).label("units"))
    .group_by(PointsRedemption.offer_id, PointsRedemption.member_id)
    .subquery("of_members")
)
_unsent_back = (
    select(
        OrderRefundLine.order_id,
        _sum(OrderRefundLine.units - OrderRefundLine.sent_units).label("units"),
    )
    .join(OrderRefund, OrderRefund.id == OrderRefundLine.refund_id)
    .where(OrderRefund.status == OrderRefundStatus.SUCCEEDED)
    .group_by(OrderRefundLine.order_id)
    .subquery("unsent_back")
)
_ordered = (
    select(OrderLine.order_id, _sum(OrderLine.units).label("units"), func.count().label("lines"))
    .group_by(OrderLine.order_id)
    .subquery("ordered")
)
_is_closed_unpaid = and_(
    Order.status == OrderStatus.CLOSED, Order.close_reason != CloseReason.REFUNDED
)
_expected = case(
    (_is_closed_unpaid, PointsRedemption.units),
    else_=func.coalesce(_unsent_back.c.units, 0),
)

INVARIANTS = (
    Invariant(
        "points_mall.offer_is_its_redemptions",
        "What is taken of an offer is what its redemptions have that stand.",
        select(PointsOffer.id, PointsOffer.taken)
        .outerjoin(_of_offers, _of_offers.c.offer_id == PointsOffer.id)
        .where(PointsOffer.taken != func.coalesce(_of_offers.c.units, 0)),
    ),
    Invariant(
        "points_mall.member_is_their_redemptions",
        "What a member has of an offer is what their redemptions of it have that stand.",
        select(PointsOfferMember.offer_id, PointsOfferMember.member_id)
        .outerjoin(
            _of_members,
            and_(
                _of_members.c.offer_id == PointsOfferMember.offer_id,
                _of_members.c.member_id == PointsOfferMember.member_id,
            ),
        )
        .where(PointsOfferMember.taken != func.coalesce(_of_members.c.units, 0)),
    ),
    Invariant(
        "points_mall.redemptions_are_counted",
        "Whoever has redeemed an offer has a count of it.",
        select(PointsRedemption.order_id)
        .outerjoin(
            PointsOfferMember,
            and_(
                PointsOfferMember.offer_id == PointsRedemption.offer_id,
                PointsOfferMember.member_id == PointsRedemption.member_id,
            ),
        )
        .where(PointsOfferMember.offer_id.is_(None)),
    ),
    Invariant(
        "points_mall.redemption_is_its_order",
        "A redemption is its member's order of one line, which points pay for, of its units.",
        select(PointsRedemption.order_id)
        .join(Order, Order.id == PointsRedemption.order_id)
        .join(_ordered, _ordered.c.order_id == PointsRedemption.order_id)
        .where(
            or_(
                Order.member_id != PointsRedemption.member_id,
                Order.points_used == 0,
                _ordered.c.units != PointsRedemption.units,
                _ordered.c.lines != 1,
            )
        ),
    ),
    Invariant(
        "points_mall.returned_is_what_came_back",
        "An order gives back to its offer all where it was closed unpaid, and what was refunded of "
        "it unsent otherwise.",
        select(PointsRedemption.order_id, PointsRedemption.returned)
        .join(Order, Order.id == PointsRedemption.order_id)
        .outerjoin(_unsent_back, _unsent_back.c.order_id == PointsRedemption.order_id)
        .where(PointsRedemption.returned != _expected),
    ),
)
