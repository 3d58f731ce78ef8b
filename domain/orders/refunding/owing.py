"""Lines that were paid for and whose texts were rejected: marked as long as money is owed for them.

The mark is set with the rejection and ends with the refund that leaves nothing of the line, each
under the order's lock. What a refund reserves is never let go of, so no mark has to come again.
"""

from uuid import UUID

import msgspec
from sqlalchemy import func, select, update

from domain.kernel.db import WriteSession
from domain.kernel.language import Bilingual
from domain.orders.models import Order, OrderLine, PersonalisationReview
from domain.orders.refunding.models import OrderRefundLine
from domain.orders.refunding.rules import PaidLine, RefundLine, RefundPlan
from domain.orders.refunding.standing import Refundable
from domain.orders.words import PAID_FOR


class OwedLine(msgspec.Struct, frozen=True):
    """A line of a paid order of which money can be given back, and whose order that is."""

    member_id: UUID
    number: str
    place_id: UUID
    product: Bilingual


async def owed_line(session: WriteSession, order_id: UUID, line_number: int) -> OwedLine | None:
    """A line of an order that is locked; None where it is not paid, or refunded already."""
    back = OrderRefundLine
    row = (
        await session.execute(
            select(
                Order.member_id,
                Order.number,
                Order.place_id,
                OrderLine.product_title_zh,
                OrderLine.product_title_en,
                OrderLine.units,
                OrderLine.payable_fen,
            )
            .join(OrderLine, OrderLine.order_id == Order.id)
            .where(
                Order.id == order_id, OrderLine.number == line_number, Order.status.in_(PAID_FOR)
            )
        )
    ).one_or_none()
    if row is None:
        return None
    gone = await session.execute(
        select(func.coalesce(func.sum(back.units), 0), func.coalesce(func.sum(back.goods_fen), 0))
        .where(back.order_id == order_id, back.line_number == line_number)
    )  # fmt: skip
    units, fen = gone.one()
    member_id, number, place_id, zh, en, bought, paid_fen = row
    if _is_settled(bought, paid_fen, units, fen):
        return None
    return OwedLine(member_id, number, place_id, Bilingual(zh, en))


async def note_settled(session: WriteSession, order: Refundable, plan: RefundPlan) -> None:
    """End the marks of what a plan, which is reserved with this, leaves nothing of."""
    back = {each.number: each for each in plan.lines}
    is_whole = order.paid.paid_fen and order.paid.refunded_fen + plan.total_fen == (
        order.paid.paid_fen
    )
    settled = [
        line.number
        for line in order.paid.lines
        if is_whole or (line.number in back and _leaves_nothing(line, back[line.number]))
    ]
    if not settled:
        return
    review = PersonalisationReview
    await session.execute(
        update(review)
        .where(
            review.order_id == order.id,
            review.line_number.in_(settled),
            review.owed_place_id.is_not(None),
        )
        .values(owed_place_id=None)
        .execution_options(synchronize_session=False)
    )


def _leaves_nothing(line: PaidLine, back: RefundLine) -> bool:
    units, fen = line.before.units + back.units, line.before.goods_fen + back.goods_fen
    return _is_settled(line.units, line.paid_fen, units, fen)


def _is_settled(units: int, paid_fen: int, units_back: int, fen_back: int) -> bool:
    """Whether all units of a line are refunded, or all of its money by amounts."""
    return units_back >= units or fen_back >= paid_fen > 0
