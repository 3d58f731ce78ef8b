"""What must be true of refunds of orders beyond what their tables enforce by themselves."""

from typing import Any

from sqlalchemy import ColumnElement, Text, and_, case, cast, func, literal, or_, select

from domain.kernel.audit import Invariant
from domain.orders.models import Order, OrderLine
from domain.orders.refunding.models import OrderRefund, OrderRefundLine
from domain.orders.shipping.models import ShipmentLine
from domain.orders.words import CloseReason, OrderRefundStatus
from domain.stock.models import StockEntry
from domain.stock.rules import Reason

_is_done = OrderRefund.status == OrderRefundStatus.SUCCEEDED
_fen = OrderRefund.goods_fen + OrderRefund.freight_fen


def _sum(column: Any) -> ColumnElement[Any]:
    return func.coalesce(func.sum(column), 0)


def _had(figures: Any, name: str) -> ColumnElement[Any]:
    return func.coalesce(figures.c[name], 0)


def _source(order_id: Any) -> ColumnElement[Any]:
    return literal("order:") + func.replace(cast(order_id, Text), "-", "")


def _is_line(lines: type[OrderRefundLine] | type[ShipmentLine]) -> ColumnElement[bool]:
    return and_(OrderLine.order_id == lines.order_id, OrderLine.number == lines.line_number)


_of_order = (
    select(
        OrderRefund.order_id,
        _sum(_fen).label("refunding"),
        _sum(case((_is_done, _fen), else_=0)).label("refunded"),
    )
    .group_by(OrderRefund.order_id)
    .subquery("of_order")
)
_units_back = (
    select(OrderRefundLine.order_id, _sum(OrderRefundLine.units).label("units"))
    .join(OrderRefund, OrderRefund.id == OrderRefundLine.refund_id)
    .where(_is_done)
    .group_by(OrderRefundLine.order_id)
    .subquery("units_back")
)
_of_refund = (
    select(
        OrderRefundLine.refund_id,
        _sum(OrderRefundLine.goods_fen).label("goods"),
        _sum(OrderRefundLine.freight_fen).label("freight"),
    )
    .group_by(OrderRefundLine.refund_id)
    .subquery("of_refund")
)
_of_line = (
    select(
        OrderRefundLine.order_id,
        OrderRefundLine.line_number,
        _sum(OrderRefundLine.units).label("units"),
        _sum(OrderRefundLine.sent_units).label("sent"),
        _sum(OrderRefundLine.goods_fen).label("goods"),
    )
    .group_by(OrderRefundLine.order_id, OrderRefundLine.line_number)
    .subquery("of_line")
)
_sent = (
    select(ShipmentLine.order_id, ShipmentLine.line_number, _sum(ShipmentLine.units).label("units"))
    .group_by(ShipmentLine.order_id, ShipmentLine.line_number)
    .subquery("sent")
)
_to_release = (
    select(
        (
            _source(OrderRefund.order_id) + literal(":refund:") + cast(OrderRefund.ordinal, Text)
        ).label("source"),
        OrderLine.variant_id,
        _sum(OrderRefundLine.units - OrderRefundLine.sent_units).label("units"),
    )
    .join(OrderRefundLine, OrderRefundLine.refund_id == OrderRefund.id)
    .join(OrderLine, _is_line(OrderRefundLine))
    .where(_is_done, OrderRefundLine.units > OrderRefundLine.sent_units)
    .group_by(OrderRefund.order_id, OrderRefund.ordinal, OrderLine.variant_id)
    .subquery("to_release")
)
_released = (
    select(StockEntry.source, StockEntry.variant_id, StockEntry.units)
    .where(StockEntry.reason == Reason.RELEASED, StockEntry.source.like("order:%:refund:%"))
    .subquery("released")
)
_sent_of_variant = (
    select(
        _source(ShipmentLine.order_id).label("source"),
        OrderLine.variant_id,
        _sum(ShipmentLine.units).label("units"),
    )
    .join(OrderLine, _is_line(ShipmentLine))
    .group_by(ShipmentLine.order_id, OrderLine.variant_id)
    .subquery("sent_of_variant")
)
_returned = (
    select(
        func.split_part(StockEntry.source, ":return:", 1).label("source"),
        StockEntry.variant_id,
        StockEntry.units,
    )
    .where(StockEntry.reason == Reason.TAKEN_BACK, StockEntry.source.like("order:%:return:%"))
    .subquery("returned")
)
_restocked = (
    select(_returned.c.source, _returned.c.variant_id, _sum(_returned.c.units).label("units"))
    .group_by(_returned.c.source, _returned.c.variant_id)
    .subquery("restocked")
)
INVARIANTS = (
    Invariant(
        "refunding.orders_count_their_refunds",
        "What an order says is refunded of it, or on its way back, is what its refunds give back.",
        select(Order.id, Order.refunding_fen, Order.refunded_fen)
        .outerjoin(_of_order, _of_order.c.order_id == Order.id)
        .where(
            or_(
                Order.refunding_fen != _had(_of_order, "refunding"),
                Order.refunded_fen != _had(_of_order, "refunded"),
            )
        ),
    ),
    Invariant(
        "refunding.refunds_are_their_lines",
        "A refund gives back what its lines do.",
        select(OrderRefund.id, OrderRefund.order_id, OrderRefund.goods_fen, OrderRefund.freight_fen)
        .outerjoin(_of_refund, _of_refund.c.refund_id == OrderRefund.id)
        .where(
            or_(
                _of_refund.c.refund_id.is_(None),
                OrderRefund.goods_fen != _had(_of_refund, "goods"),
                OrderRefund.freight_fen != _had(_of_refund, "freight"),
            )
        ),
    ),
    Invariant(
        "refunding.no_more_of_a_line_goes_back_than_it_had",
        "Of a line no more units and money go back than it had, of those that were sent no more "
        "than were, and of those that were not no more than will never be.",
        select(OrderLine.order_id, OrderLine.number, _of_line.c.units, _of_line.c.goods)
        .join(
            _of_line,
            and_(
                _of_line.c.order_id == OrderLine.order_id,
                _of_line.c.line_number == OrderLine.number,
            ),
        )
        .outerjoin(
            _sent,
            and_(_sent.c.order_id == OrderLine.order_id, _sent.c.line_number == OrderLine.number),
        )
        .where(
            or_(
                _of_line.c.goods > OrderLine.payable_fen,
                _of_line.c.sent > _had(_sent, "units"),
                _of_line.c.units - _of_line.c.sent + _had(_sent, "units") > OrderLine.units,
            )
        ),
    ),
    Invariant(
        "refunding.orders_are_closed_once_all_is_back",
        "An order is closed as refunded if and only if all its units and all its money are back.",
        select(Order.id, Order.status, Order.close_reason, Order.refunded_fen)
        .outerjoin(_units_back, _units_back.c.order_id == Order.id)
        .where(
            Order.paid_at.is_not(None),
            func.coalesce(Order.close_reason == CloseReason.REFUNDED, False)
            != and_(
                _had(_units_back, "units") == Order.units, Order.refunded_fen == Order.payable_fen
            ),
        ),
    ),
    Invariant(
        "refunding.units_that_were_not_sent_are_given_back",
        "A refund that has succeeded has let go of its units that were not sent; none else has.",
        select(
            func.coalesce(_to_release.c.source, _released.c.source).label("source"),
            _to_release.c.units,
            _released.c.units.label("released"),
        )
        .select_from(_to_release)
        .join(
            _released,
            and_(
                _released.c.source == _to_release.c.source,
                _released.c.variant_id == _to_release.c.variant_id,
            ),
            full=True,
        )
        .where(_to_release.c.units.is_distinct_from(_released.c.units)),
    ),
    Invariant(
        "refunding.no_more_is_restocked_than_was_sent",
        "Of an order no more units of a variant come back into stock than were sent.",
        select(_restocked.c.source, _restocked.c.variant_id, _restocked.c.units)
        .outerjoin(
            _sent_of_variant,
            and_(
                _sent_of_variant.c.source == _restocked.c.source,
                _sent_of_variant.c.variant_id == _restocked.c.variant_id,
            ),
        )
        .where(_restocked.c.units > _had(_sent_of_variant, "units")),
    ),
)
