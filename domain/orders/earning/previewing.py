"""What a refund would take of the points that an order has earned, before it is asked for."""

from functools import cache
from uuid import UUID

from sqlalchemy import BigInteger, bindparam, cast, func, literal_column, select
from sqlalchemy import Uuid as UuidColumn

from domain.kernel.db import HotRead, ReadPool
from domain.orders.refunding.models import OrderRefundLine
from domain.orders.refunding.rules import RefundPlan
from domain.points.earning.models import PointsLineEarning
from domain.points.rules.refunding import earned_to_take


async def earned_points_taken(reads: ReadPool, order_id: UUID, plan: RefundPlan) -> int:
    """The earned points that go with a plan, once those of earlier refunds are gone; one statement.

    None of an order that has not earned yet: what it earns then is taken back at once.
    """
    goods_fen = {line.number: line.goods_fen for line in plan.lines}
    rows = await _of_order().rows(reads, this_order=order_id)
    taken = 0
    for number, base_fen, granted, before in rows:
        if number in goods_fen:
            gone = earned_to_take(granted, base=base_fen, refunded=min(before, base_fen), taken=0)
            now = min(before + goods_fen[number], base_fen)
            taken += earned_to_take(granted, base=base_fen, refunded=now, taken=gone)
    return taken


@cache
def _of_order() -> HotRead:
    earning, back = PointsLineEarning, OrderRefundLine
    before = (
        select(cast(func.coalesce(func.sum(back.goods_fen), literal_column("0")), BigInteger))
        .where(back.order_id == earning.order_id, back.line_number == earning.line_number)
        .correlate(earning)
        .scalar_subquery()
    )
    return HotRead(
        select(earning.line_number, earning.base_fen, earning.granted, before).where(
            earning.order_id == bindparam("this_order", type_=UuidColumn)
        )
    )
