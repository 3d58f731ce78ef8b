"""What must be true of orders beyond what their tables enforce by themselves."""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Text,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from domain.kernel.audit import Invariant
from domain.orders.models import (
    FREIGHT_LINE,
    DiscountAllocation,
    Order,
    OrderDeadline,
    OrderHistory,
    OrderLine,
    OrderPayment,
    PersonalisationReview,
)
from domain.orders.refunding.models import OrderRefund, OrderRefundLine
from domain.orders.shipping.models import ShipmentLine
from domain.orders.words import CloseReason, OrderRefundStatus, OrderStatus, PaymentStatus
from domain.stock.holding import AGAIN
from domain.stock.models import StockEntry, StockLevel
from domain.stock.rules import Reason

_last = aliased(OrderHistory)
_before = aliased(OrderHistory)
_held, _released, _again = aliased(StockEntry), aliased(StockEntry), aliased(StockEntry)
_is_open = Order.status == OrderStatus.PENDING_PAYMENT
_is_of_orders = StockEntry.source.like("order:%")


def _sum(column: Any) -> ColumnElement[Any]:
    return func.coalesce(func.sum(column), 0)


def _source(order_id: Any, again: str = "") -> ColumnElement[Any]:
    """What entries of stock call the order, and again where it came back after it was closed."""
    return literal("order:") + func.replace(cast(order_id, Text), "-", "") + literal(again)


_lines = (
    select(
        OrderLine.order_id,
        _sum(OrderLine.list_fen).label("list_fen"),
        _sum(OrderLine.list_fen - OrderLine.payable_fen).label("discount_fen"),
        _sum(OrderLine.units).label("units"),
    )
    .group_by(OrderLine.order_id)
    .subquery("lines")
)
_allocated = (
    select(
        DiscountAllocation.order_id,
        DiscountAllocation.line_number,
        _sum(DiscountAllocation.fen).label("fen"),
    )
    .group_by(DiscountAllocation.order_id, DiscountAllocation.line_number)
    .subquery("allocated")
)
_to_pay = (
    select(OrderPayment.order_id, _sum(OrderPayment.amount_fen).label("fen"))
    .group_by(OrderPayment.order_id)
    .subquery("to_pay")
)
_moves = (
    select(OrderHistory.order_id, func.count().label("count"))
    .group_by(OrderHistory.order_id)
    .subquery("moves")
)
_ordered = (
    select(
        OrderLine.order_id,
        Order.place_id,
        Order.status,
        Order.close_reason,
        OrderLine.variant_id,
        _sum(OrderLine.units).label("units"),
    )
    .join(Order, Order.id == OrderLine.order_id)
    .group_by(
        OrderLine.order_id, Order.place_id, Order.status, Order.close_reason, OrderLine.variant_id
    )
    .subquery("ordered")
)
_shipped = (
    select(ShipmentLine.order_id, OrderLine.variant_id, _sum(ShipmentLine.units).label("units"))
    .join(
        OrderLine,
        and_(
            OrderLine.order_id == ShipmentLine.order_id,
            OrderLine.number == ShipmentLine.line_number,
        ),
    )
    .group_by(ShipmentLine.order_id, OrderLine.variant_id)
    .subquery("shipped")
)
_given_back = (
    select(
        OrderRefundLine.order_id,
        OrderLine.variant_id,
        _sum(OrderRefundLine.units - OrderRefundLine.sent_units).label("units"),
    )
    .join(OrderRefund, OrderRefund.id == OrderRefundLine.refund_id)
    .join(
        OrderLine,
        and_(
            OrderLine.order_id == OrderRefundLine.order_id,
            OrderLine.number == OrderRefundLine.line_number,
        ),
    )
    .where(OrderRefund.status == OrderRefundStatus.SUCCEEDED)
    .group_by(OrderRefundLine.order_id, OrderLine.variant_id)
    .subquery("given_back")
)
_open_units = (
    select(
        _ordered.c.variant_id,
        _ordered.c.place_id,
        _sum(
            _ordered.c.units
            - func.coalesce(_shipped.c.units, 0)
            - func.coalesce(_given_back.c.units, 0)
        ).label("units"),
    )
    .outerjoin(
        _given_back,
        and_(
            _given_back.c.order_id == _ordered.c.order_id,
            _given_back.c.variant_id == _ordered.c.variant_id,
        ),
    )
    .outerjoin(
        _shipped,
        and_(
            _shipped.c.order_id == _ordered.c.order_id,
            _shipped.c.variant_id == _ordered.c.variant_id,
        ),
    )
    .where(_ordered.c.status != OrderStatus.CLOSED)
    .group_by(_ordered.c.variant_id, _ordered.c.place_id)
    .subquery("open_units")
)
_other_holds = (
    select(
        StockEntry.variant_id,
        StockEntry.place_id,
        _sum(StockEntry.held_after - StockEntry.held_before).label("units"),
    )
    .where(not_(_is_of_orders))
    .group_by(StockEntry.variant_id, StockEntry.place_id)
    .subquery("other_holds")
)


def _same_level(units: Any) -> ColumnElement[bool]:
    return and_(
        units.c.variant_id == StockLevel.variant_id, units.c.place_id == StockLevel.place_id
    )


def _entry_of(entry: type[StockEntry], reason: Reason, again: str = "") -> ColumnElement[bool]:
    """The entry of stock for one variant of an order."""
    return and_(
        entry.source == _source(_ordered.c.order_id, again),
        entry.reason == reason,
        entry.variant_id == _ordered.c.variant_id,
        entry.place_id == _ordered.c.place_id,
    )


# What a refund gives back is looked at where refunds are.
_was_let_go = and_(
    _ordered.c.status == OrderStatus.CLOSED, _ordered.c.close_reason != CloseReason.REFUNDED
)


def _deadline() -> ColumnElement[bool]:
    return exists().where(OrderDeadline.order_id == Order.id)


def _due() -> ColumnElement[bool]:
    due = OrderPayment.order_id == Order.id, OrderPayment.status == PaymentStatus.DUE
    return exists().where(*due)


def _is_review_of(line: type[OrderLine]) -> ColumnElement[bool]:
    return and_(
        PersonalisationReview.order_id == line.order_id,
        PersonalisationReview.line_number == line.number,
    )


_AMOUNTS = (
    Invariant(
        "orders.totals_are_those_of_the_lines",
        "The goods of an order cost, and are reduced by, what its lines are.",
        select(Order.id, Order.list_fen, Order.discount_fen, Order.units)
        .outerjoin(_lines, _lines.c.order_id == Order.id)
        .where(
            or_(
                Order.list_fen != func.coalesce(_lines.c.list_fen, 0),
                Order.discount_fen != func.coalesce(_lines.c.discount_fen, 0),
                Order.units != func.coalesce(_lines.c.units, 0),
            )
        ),
    ),
    Invariant(
        "orders.lines_are_reduced_by_allocations",
        "A line is reduced by what is allocated to it, and by nothing else.",
        select(OrderLine.order_id, OrderLine.number, OrderLine.list_fen, OrderLine.payable_fen)
        .outerjoin(
            _allocated,
            and_(
                _allocated.c.order_id == OrderLine.order_id,
                _allocated.c.line_number == OrderLine.number,
            ),
        )
        .where(OrderLine.list_fen - OrderLine.payable_fen != func.coalesce(_allocated.c.fen, 0)),
    ),
    Invariant(
        "orders.freight_is_reduced_by_allocations",
        "The freight of an order is reduced by what is allocated to it.",
        select(Order.id, Order.freight_list_fen, Order.freight_discount_fen)
        .outerjoin(
            _allocated,
            and_(_allocated.c.order_id == Order.id, _allocated.c.line_number == FREIGHT_LINE),
        )
        .where(Order.freight_discount_fen != func.coalesce(_allocated.c.fen, 0)),
    ),
    Invariant(
        "orders.allocations_have_their_line",
        "What is allocated to a line is allocated to one of the order.",
        select(DiscountAllocation.order_id, DiscountAllocation.line_number)
        .outerjoin(
            OrderLine,
            and_(
                OrderLine.order_id == DiscountAllocation.order_id,
                OrderLine.number == DiscountAllocation.line_number,
            ),
        )
        .where(DiscountAllocation.line_number != FREIGHT_LINE, OrderLine.order_id.is_(None)),
    ),
    Invariant(
        "orders.payments_add_up",
        "What has to be paid of an order, or had to be, is in all what it costs.",
        select(Order.id, Order.payable_fen, _to_pay.c.fen)
        .outerjoin(_to_pay, _to_pay.c.order_id == Order.id)
        .where(Order.payable_fen != func.coalesce(_to_pay.c.fen, 0)),
    ),
)
_STATES = (
    Invariant(
        "orders.status_is_the_last_of_the_history",
        "An order is where its last move led, for that reason, and counts its moves.",
        select(Order.id, Order.status, Order.history, _last.to_status, _moves.c.count)
        .outerjoin(_moves, _moves.c.order_id == Order.id)
        .outerjoin(_last, and_(_last.order_id == Order.id, _last.number == Order.history))
        .where(
            or_(
                Order.history != func.coalesce(_moves.c.count, 0),
                _last.to_status.is_distinct_from(Order.status),
                _last.reason.is_distinct_from(Order.close_reason),
            )
        ),
    ),
    Invariant(
        "orders.history_is_a_chain",
        "A move begins where the one before it led; the first begins at nothing.",
        select(OrderHistory.order_id, OrderHistory.number, OrderHistory.from_status)
        .outerjoin(
            _before,
            and_(
                _before.order_id == OrderHistory.order_id,
                _before.number == OrderHistory.number - 1,
            ),
        )
        .where(OrderHistory.from_status.is_distinct_from(_before.to_status)),
    ),
    Invariant(
        "orders.open_ones_are_due",
        "An order that waits for its payment has a deadline and something due; no other has.",
        select(Order.id, Order.status).where(or_(_deadline() != _is_open, _due() != _is_open)),
    ),
    Invariant(
        "orders.personalised_lines_are_reviewed",
        "A line with texts has their review, and no other has one.",
        select(OrderLine.order_id, OrderLine.number)
        .outerjoin(PersonalisationReview, _is_review_of(OrderLine))
        .where(
            (func.jsonb_array_length(OrderLine.personalisation) > 0)
            != PersonalisationReview.order_id.is_not(None)
        ),
    ),
)
_STOCK = (
    Invariant(
        "orders.levels_hold_what_open_orders_have",
        "What a level holds is what open orders have of it and was neither sent nor refunded, "
        "besides what is held for others.",
        select(StockLevel.variant_id, StockLevel.place_id, StockLevel.held, _open_units.c.units)
        .outerjoin(_open_units, _same_level(_open_units))
        .outerjoin(_other_holds, _same_level(_other_holds))
        .where(
            StockLevel.held
            != func.coalesce(_open_units.c.units, 0) + func.coalesce(_other_holds.c.units, 0)
        ),
    ),
    Invariant(
        "orders.units_were_held",
        "All units of an order were held once, and given back if and only if it is closed without "
        "being paid; one that was closed and came back holds them again.",
        select(_ordered.c.order_id, _ordered.c.variant_id, _ordered.c.units, _held.units)
        .select_from(_ordered)
        .outerjoin(_held, _entry_of(_held, Reason.HELD))
        .outerjoin(_released, _entry_of(_released, Reason.RELEASED))
        .outerjoin(_again, _entry_of(_again, Reason.HELD, AGAIN))
        .where(
            or_(
                _held.units.is_distinct_from(_ordered.c.units),
                _again.units != _ordered.c.units,
                func.coalesce(_released.units, 0) - func.coalesce(_again.units, 0)
                != case((_was_let_go, _ordered.c.units), else_=0),
            )
        ),
    ),
    Invariant(
        "orders.holds_have_their_order",
        "What was held for an order is of an order that has that variant, at that place.",
        select(StockEntry.source, StockEntry.variant_id, StockEntry.place_id, StockEntry.units)
        .outerjoin(
            _ordered,
            and_(
                StockEntry.source.in_(
                    [_source(_ordered.c.order_id), _source(_ordered.c.order_id, AGAIN)]
                ),
                StockEntry.variant_id == _ordered.c.variant_id,
                StockEntry.place_id == _ordered.c.place_id,
            ),
        )
        .where(StockEntry.reason == Reason.HELD, _is_of_orders, _ordered.c.order_id.is_(None)),
    ),
)
INVARIANTS = (*_AMOUNTS, *_STATES, *_STOCK)
