"""Reserving what goes back of an order: its units and its money, for one cause, once.

What is reserved is neither sent nor refunded by anything else, and is never let go of: a gateway
that gives a refund up is asked again, by another one for the same reservation.
"""

from datetime import datetime
from random import Random

import msgspec
from sqlalchemy import func, select, update

from domain.kernel.db import WriteSession
from domain.kernel.ids import new_id
from domain.orders.models import FREIGHT_LINE, Order
from domain.orders.refunding.errors import AmountNotRefundable, OrderNotRefundable
from domain.orders.refunding.models import OrderRefund, OrderRefundLine
from domain.orders.refunding.owing import note_settled
from domain.orders.refunding.rules import (
    PaidLine,
    PaidOrder,
    RefundLine,
    RefundPlan,
    check_units,
    freight_due,
    points_due,
)
from domain.orders.refunding.standing import Refundable
from domain.orders.words import PAID_FOR, OrderRefundStatus


class Cause(msgspec.Struct, frozen=True):
    """What something is refunded for, and who says so. A ``source`` refunds once in all."""

    source: str
    actor: str


async def refund_of(session: WriteSession, source: str) -> OrderRefund | None:
    """The refund that a cause has begun; None where it has begun none."""
    return await session.scalar(select(OrderRefund).where(OrderRefund.source == source))


async def reserve(
    session: WriteSession,
    order: Refundable,
    plan: RefundPlan,
    *,
    cause: Cause,
    at: datetime,
    random: Random,
) -> OrderRefund:
    """Reserve what a plan gives back, under the order's lock.

    The plan may be of another moment: what it says counts, as far as so much is left, and freight
    as far as it is due by now. ValueError for one that gives back nothing. Refuses:
    OrderNotRefundable, UnitsNotRefundable, AmountNotRefundable.
    """
    if order.order.status not in PAID_FOR:
        raise OrderNotRefundable(order.id)
    if not plan.lines:
        raise ValueError("a refund is of something")
    _check(order.paid, plan)
    refund = OrderRefund(
        id=new_id(at, random),
        order_id=order.id,
        ordinal=await _next_ordinal(session, order),
        source=cause.source,
        actor=cause.actor,
        is_shops_fault=plan.is_shops_fault,
        goods_fen=plan.goods_fen,
        freight_fen=plan.freight_fen,
        status=OrderRefundStatus.PROCESSING,
        requested_at=at,
    )
    session.add(refund)
    await session.flush()
    session.add_all(_lines(refund, plan, order.paid))
    if plan.total_fen:
        await session.execute(
            update(Order)
            .where(Order.id == order.id)
            .values(refunding_fen=Order.refunding_fen + plan.total_fen)
            .execution_options(synchronize_session=False)
        )
    await session.flush()
    await note_settled(session, order, plan)
    return refund


async def _next_ordinal(session: WriteSession, order: Refundable) -> int:
    last = await session.scalar(
        select(func.max(OrderRefund.ordinal)).where(OrderRefund.order_id == order.id)
    )
    return (last or 0) + 1


def _check(order: PaidOrder, plan: RefundPlan) -> None:
    paid = {line.number: line for line in order.lines}
    for each in plan.lines:
        line = paid.get(each.number)
        check_units(line, each.number, each.units, each.sent_units)
        left_fen = 0 if line is None else line.left_fen
        if each.goods_fen > left_fen:
            raise AmountNotRefundable(each.number, left_fen, each.goods_fen)
        due_fen = freight_due(order, plan, each)
        if each.freight_fen > due_fen:
            raise AmountNotRefundable(FREIGHT_LINE, due_fen, each.freight_fen)


def _lines(refund: OrderRefund, plan: RefundPlan, order: PaidOrder) -> list[OrderRefundLine]:
    paid = {line.number: line for line in order.lines}
    return [_line(refund, each, paid[each.number]) for each in plan.lines]


def _line(refund: OrderRefund, line: RefundLine, paid: PaidLine) -> OrderRefundLine:
    """The row of a line; which points come back with it follows from what went before by now."""
    return OrderRefundLine(
        refund_id=refund.id,
        order_id=refund.order_id,
        line_number=line.number,
        units=line.units,
        sent_units=line.sent_units,
        goods_fen=line.goods_fen,
        freight_fen=line.freight_fen,
        points=points_due(paid, units=line.units, goods_fen=line.goods_fen),
    )
