"""What upper contexts say against settling an order's points, such as an open after-sale case."""

from collections.abc import Collection
from datetime import datetime
from random import Random
from uuid import UUID

from domain.kernel.hot_pool import Sender
from domain.orders.earning.reading import paid_orders
from domain.points.earning import keeping
from domain.points.rules.books import Source
from domain.points.words import SourceKind


async def defer_for_case(
    session: Sender,
    order_id: UUID,
    line_numbers: Collection[int],
    case_id: UUID,
    *,
    at: datetime,
    random: Random,
) -> None:
    """Let an open case stand against settling what its lines have earned (R1 Earn 4).

    The order is locked and was paid; the member's account comes after it.
    """
    (order,) = await paid_orders(session, [order_id])
    source = Source(SourceKind.CASE, case_id)
    await keeping.defer(session, order, line_numbers, source, at=at, random=random)


async def lift_of_case(session: Sender, member_id: UUID, case_id: UUID, *, at: datetime) -> None:
    """Let what a case that is over stood against settle in its time."""
    await keeping.lift(session, member_id, Source(SourceKind.CASE, case_id), at=at)
