"""Units of lines that refunds have reserved or given back, as other statements count them."""

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, cast, func, literal_column, select

from domain.orders.models import OrderLine
from domain.orders.refunding.models import OrderRefund, OrderRefundLine
from domain.orders.words import OrderRefundStatus

# Nobody sends them, nor hands them over, whether their money is back or on its way.
_UNSENT = OrderRefundLine.units - OrderRefundLine.sent_units


def reserved_of_orders(ids: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
    """Units that are not to be sent, of each line of orders that has any: its order and number."""
    return (
        select(OrderRefundLine.order_id, OrderRefundLine.line_number, func.sum(_UNSENT))
        .where(OrderRefundLine.order_id == ids)
        .group_by(OrderRefundLine.order_id, OrderRefundLine.line_number)
    )


def reserved_of_line() -> ColumnElement[int]:
    """Units that are not to be sent, of the line of the statement that this is a part of."""
    return _of(OrderLine, _UNSENT).scalar_subquery()


def refunding_of_line() -> tuple[ColumnElement[int], ColumnElement[int]]:
    """Units and money of the line of that statement that are back or on their way.

    As ``refunding_units`` and ``refunding_fen``; the freight is nobody's line.
    """
    units, fen = OrderRefundLine.units, OrderRefundLine.goods_fen
    return (
        cast(_of(OrderLine, units).scalar_subquery(), BigInteger).label("refunding_units"),
        cast(_of(OrderLine, fen).scalar_subquery(), BigInteger).label("refunding_fen"),
    )


def refunded_of(line: type[OrderLine]) -> ColumnElement[int]:
    """Units of a line of which the money is back, whether they had been sent or not."""
    is_back = OrderRefund.status == literal_column(f"'{OrderRefundStatus.SUCCEEDED}'")
    return (
        _of(line, OrderRefundLine.units)
        .join(OrderRefund, OrderRefund.id == OrderRefundLine.refund_id)
        .where(is_back)
        .scalar_subquery()
    )


def _of(line: type[OrderLine], units: Any) -> Select[*tuple[Any, ...]]:
    return (
        select(func.coalesce(func.sum(units), literal_column("0")))
        .select_from(OrderRefundLine)
        .where(
            OrderRefundLine.order_id == line.order_id,
            OrderRefundLine.line_number == line.number,
        )
        .correlate(line)
    )
