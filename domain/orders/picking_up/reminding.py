"""Reminding members once of what their store has ready and nobody has fetched."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update

from domain.kernel.db import WriteSession
from domain.orders.models import Order
from domain.orders.picking_up.models import PickUp
from domain.orders.picking_up.readying import Ready, has_left
from domain.orders.words import OrderStatus


async def due_reminders(
    session: WriteSession, *, at: datetime, most: int
) -> tuple[int, Sequence[Ready]]:
    """Take pick-ups whose reminder is due, each once, the longest due first.

    Says how many were taken, and which of them can still be fetched and have anything left to
    fetch: whoever has fetched theirs, or whose time is over, is told nothing.
    """
    due = (
        select(PickUp.order_id)
        .where(PickUp.remind_at <= at)
        .order_by(PickUp.remind_at)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    taken = (
        update(PickUp)
        .where(PickUp.order_id.in_(due.scalar_subquery()))
        .values(remind_at=None)
        .returning(PickUp.order_id)
        .execution_options(synchronize_session=False)
    )
    ids = list(await session.scalars(taken))
    if not ids:
        return 0, []
    waiting = (
        select(Order.id, Order.member_id, Order.number, PickUp.fetch_by)
        .join(PickUp, PickUp.order_id == Order.id)
        .where(
            Order.id.in_(ids),
            Order.status == OrderStatus.PAID,
            PickUp.fetch_by > at,
            has_left(),
        )
    )
    return len(ids), [Ready(*row) for row in await session.execute(waiting)]
