"""What must be true of parcels beyond what their tables enforce by themselves."""

from typing import Any

from sqlalchemy import ColumnElement, Text, and_, case, cast, exists, func, literal, or_, select
from sqlalchemy.orm import aliased

from domain.kernel.audit import Invariant
from domain.orders.models import Order, OrderHistory, OrderLine
from domain.orders.refunding.models import OrderRefund, OrderRefundLine
from domain.orders.shipping.models import ReceiptDeadline, Shipment, ShipmentLine
from domain.orders.words import (
    SENT,
    CloseReason,
    DeliveryMethod,
    OrderRefundStatus,
    OrderStatus,
    ShipmentKind,
)
from domain.stock.models import StockEntry
from domain.stock.rules import Reason

_move = aliased(OrderHistory)
_RECEIVED = OrderStatus.RECEIVED
_KINDS = {
    DeliveryMethod.DELIVERY: ShipmentKind.EXPRESS,
    DeliveryMethod.PICK_UP: ShipmentKind.PICK_UP,
    DeliveryMethod.VIRTUAL: ShipmentKind.VIRTUAL,
}
"""How the units of an order reach its member."""


def _sum(column: Any) -> ColumnElement[Any]:
    return func.coalesce(func.sum(column), 0)


def _is_line() -> ColumnElement[bool]:
    return and_(
        OrderLine.order_id == ShipmentLine.order_id, OrderLine.number == ShipmentLine.line_number
    )


_contents = (
    select(
        (
            literal("order:")
            + func.replace(cast(ShipmentLine.order_id, Text), "-", "")
            + literal(":parcel:")
            + cast(ShipmentLine.ordinal, Text)
        ).label("source"),
        OrderLine.variant_id,
        ShipmentLine.units,
    )
    .join(OrderLine, _is_line())
    .subquery("contents")
)
_in_parcels = (
    select(_contents.c.source, _contents.c.variant_id, _sum(_contents.c.units).label("units"))
    .group_by(_contents.c.source, _contents.c.variant_id)
    .subquery("in_parcels")
)
_sold = (
    select(StockEntry.source, StockEntry.variant_id, StockEntry.units)
    .where(StockEntry.reason == Reason.SOLD, StockEntry.source.like("order:%:parcel:%"))
    .subquery("sold")
)
_sent = (
    select(ShipmentLine.order_id, ShipmentLine.line_number, _sum(ShipmentLine.units).label("units"))
    .group_by(ShipmentLine.order_id, ShipmentLine.line_number)
    .subquery("sent")
)
_of_order = (
    select(ShipmentLine.order_id, _sum(ShipmentLine.units).label("units"))
    .group_by(ShipmentLine.order_id)
    .subquery("of_order")
)
_unsent = OrderRefundLine.units - OrderRefundLine.sent_units
_not_to_be_sent = (
    select(
        OrderRefundLine.order_id,
        _sum(_unsent).label("units"),
        func.coalesce(
            func.sum(_unsent).filter(OrderRefund.status == OrderRefundStatus.SUCCEEDED), 0
        ).label("given_back"),
    )
    .join(OrderRefund, OrderRefund.id == OrderRefundLine.refund_id)
    .group_by(OrderRefundLine.order_id)
    .subquery("not_to_be_sent")
)
_units_sent = func.coalesce(_of_order.c.units, 0)
_units_refunded = func.coalesce(_not_to_be_sent.c.units, 0)
_units_given_back = func.coalesce(_not_to_be_sent.c.given_back, 0)
_is_all_sent = Order.status.in_({OrderStatus.SHIPPED, OrderStatus.RECEIVED})


def _awaited() -> ColumnElement[bool]:
    return exists().where(ReceiptDeadline.order_id == Order.id)


INVARIANTS = (
    Invariant(
        "shipping.parcels_have_sold_their_units",
        "What is in a parcel was sold by it, and nothing was sold by a parcel that is not in it.",
        select(
            func.coalesce(_in_parcels.c.source, _sold.c.source).label("source"),
            _in_parcels.c.units,
            _sold.c.units.label("sold"),
        )
        .select_from(_in_parcels)
        .join(
            _sold,
            and_(
                _sold.c.source == _in_parcels.c.source,
                _sold.c.variant_id == _in_parcels.c.variant_id,
            ),
            full=True,
        )
        .where(_in_parcels.c.units.is_distinct_from(_sold.c.units)),
    ),
    Invariant(
        "shipping.no_more_is_sent_than_was_ordered",
        "Of a line no more units are in parcels than were ordered.",
        select(OrderLine.order_id, OrderLine.number, OrderLine.units, _sent.c.units.label("sent"))
        .join(
            _sent,
            and_(_sent.c.order_id == OrderLine.order_id, _sent.c.line_number == OrderLine.number),
        )
        .where(_sent.c.units > OrderLine.units),
    ),
    Invariant(
        "shipping.status_says_what_was_sent",
        "An order is SHIPPED or RECEIVED where all of it was sent that is not refunded, "
        "PARTLY_SHIPPED where some was and more will be.",
        select(Order.id, Order.status, Order.units, _units_sent.label("sent"))
        .outerjoin(_of_order, _of_order.c.order_id == Order.id)
        .outerjoin(_not_to_be_sent, _not_to_be_sent.c.order_id == Order.id)
        .where(
            Order.close_reason.is_distinct_from(CloseReason.REFUNDED),
            or_(
                and_(_is_all_sent, _units_sent + _units_refunded != Order.units),
                and_(
                    Order.status == OrderStatus.PARTLY_SHIPPED,
                    _units_sent + _units_given_back >= Order.units,
                ),
                Order.status.in_(SENT) != (_units_sent > 0),
            ),
        ),
    ),
    Invariant(
        "shipping.parcels_are_moves",
        "Each parcel is a move of its order to where something or all of it is sent; what was "
        "handed over led to RECEIVED, and each is of the kind that its order asks for.",
        select(Shipment.order_id, Shipment.ordinal, Shipment.move, _move.to_status)
        .join(Order, Order.id == Shipment.order_id)
        .outerjoin(_move, and_(_move.order_id == Shipment.order_id, _move.number == Shipment.move))
        .where(
            or_(
                _move.number.is_(None),
                _move.to_status.not_in(SENT),
                (Shipment.kind == ShipmentKind.EXPRESS) == (_move.to_status == _RECEIVED),
                Shipment.kind != case(_KINDS, value=Order.delivery),
            )
        ),
    ),
    Invariant(
        "shipping.shipped_ones_are_awaited",
        "An order that was sent and not received is taken for received one day; no other is.",
        select(Order.id, Order.status).where(_awaited() != (Order.status == OrderStatus.SHIPPED)),
    ),
)
