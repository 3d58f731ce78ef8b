"""Units that refunds have reserved before they were sent: nobody sends them, nor hands them over.

It is no matter whether their money is back or on its way.
"""

from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal_column, select

from domain.orders.models import OrderLine
from domain.orders.refunding.models import OrderRefundLine

_UNITS = OrderRefundLine.units - OrderRefundLine.sent_units


def reserved_of_orders(ids: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
    """Of each line of orders that has any: the order, the line's number, and how many units."""
    return (
        select(OrderRefundLine.order_id, OrderRefundLine.line_number, func.sum(_UNITS))
        .where(OrderRefundLine.order_id == ids)
        .group_by(OrderRefundLine.order_id, OrderRefundLine.line_number)
    )


def reserved_of_line() -> ColumnElement[int]:
    """How many units of an order's line, of the statement that this is a part of."""
    return (
        select(func.coalesce(func.sum(_UNITS), literal_column("0")))
        .where(
            OrderRefundLine.order_id == OrderLine.order_id,
            OrderRefundLine.line_number == OrderLine.number,
        )
        .correlate(OrderLine)
        .scalar_subquery()
    )
