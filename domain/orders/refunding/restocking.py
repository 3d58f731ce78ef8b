"""Putting units back on the shelf that were sent, have come back, and were found to be good."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from domain.kernel.db import WriteSession
from domain.orders.models import Order, OrderLine
from domain.stock.actions import Movement, move
from domain.stock.holding import lock_levels
from domain.stock.rules import Reason


async def lock_levels_of(
    session: WriteSession, order_id: UUID, others: Collection[UUID] = ()
) -> None:
    """Lock the levels of all of an order's lines, before the order, whatever was sent of them.

    ``others`` are variants that came in exchange for some, from the same place.
    """
    rows = await session.execute(
        select(OrderLine.variant_id, Order.place_id)
        .join(Order, Order.id == OrderLine.order_id)
        .where(OrderLine.order_id == order_id)
    )
    levels = {(variant_id, place_id) for variant_id, place_id in rows}
    levels |= {(variant_id, place_id) for variant_id in others for _, place_id in levels}
    await lock_levels(session, levels)


async def restock(
    session: WriteSession,
    order_id: UUID,
    units: Mapping[int, int],
    *,
    source: str,
    actor: str,
    at: datetime,
    note: str | None = None,
) -> None:
    """Take units of an order's lines back into stock at the place that sent them.

    ``source`` names the inspection within the order: the same one again changes nothing. To be
    called before the order is locked, or after `lock_levels_of`. How many may come back is for the
    caller to hold against what was sent; ValueError for a line that the order has not.
    """
    rows = await session.execute(
        select(OrderLine.number, OrderLine.variant_id, Order.place_id)
        .join(Order, Order.id == OrderLine.order_id)
        .where(OrderLine.order_id == order_id, OrderLine.number.in_(units))
    )
    by_level: dict[tuple[UUID, UUID], int] = {}
    found = rows.all()
    if len(found) < len(units):
        raise ValueError("the order has no such line")
    for number, variant_id, place_id in found:
        level = variant_id, place_id
        by_level[level] = by_level.get(level, 0) + units[number]
    name = f"order:{order_id.hex}:return:{source}"
    movements = [
        Movement(variant_id, place_id, Reason.TAKEN_BACK, some, name)
        for (variant_id, place_id), some in sorted(by_level.items())
        if some
    ]
    await move(session, movements, actor=actor, at=at, note=note)
