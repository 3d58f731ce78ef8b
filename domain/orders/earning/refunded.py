"""Taking back what an order has earned, as far as its money has gone back (R1 Clawback)."""

from datetime import datetime
from functools import cache
from random import Random
from uuid import UUID

from sqlalchemy import BigInteger, bindparam, cast, func, literal_column, select
from sqlalchemy import Uuid as UuidColumn

from domain.kernel.db import HotWrite
from domain.kernel.hot_pool import Sender
from domain.orders.earning.reading import paid_orders
from domain.orders.refunding.models import OrderRefund, OrderRefundLine
from domain.orders.words import OrderRefundStatus
from domain.points.earning.keeping import take_back
from domain.points.earning.orders import Refunded
from domain.points.words import ClawbackPolicy


async def take_back_of_refund(
    session: Sender,
    order_id: UUID,
    refund_id: UUID,
    *,
    policy: ClawbackPolicy,
    at: datetime,
    random: Random,
) -> None:
    """Take back what a refund's lines have earned, in the transaction of its success.

    The order is locked, and the members' accounts come after it.
    """
    (order,) = await paid_orders(session, [order_id])
    rows = await _refunded().rows(session, this_order=order_id, this_refund=refund_id)
    by_line = {number: fen for number, fen, _ in rows}
    refund = Refunded(refund_id, by_line, sum(fen for _, _, fen in rows))
    await take_back(session, order, refund, policy=policy, at=at, random=random)


@cache
def _refunded() -> HotWrite:
    """What has gone back of each line by now, and by the one refund of it."""
    line, fen = OrderRefundLine, func.sum(OrderRefundLine.goods_fen)
    is_this = line.refund_id == bindparam("this_refund", type_=UuidColumn)
    by_this = func.coalesce(fen.filter(is_this), literal_column("0"))
    return HotWrite(
        select(line.line_number, cast(fen, BigInteger), cast(by_this, BigInteger))
        .join(OrderRefund, OrderRefund.id == line.refund_id)
        .where(
            line.order_id == bindparam("this_order", type_=UuidColumn),
            OrderRefund.status == literal_column(f"'{OrderRefundStatus.SUCCEEDED}'"),
        )
        .group_by(line.line_number)
    )
