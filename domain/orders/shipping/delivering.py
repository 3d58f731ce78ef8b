"""Delivering orders of which nothing is sent: at once and whole, as soon as they are paid for."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from sqlalchemy import BigInteger, bindparam, literal_column, select
from sqlalchemy import Uuid as UuidColumn

from domain.kernel.db import WriteSession
from domain.kernel.errors import Refused
from domain.orders.models import Order
from domain.orders.picking_up.readying import has_left
from domain.orders.shipping.rules import Handover, Shipping
from domain.orders.shipping.sending import Shipped, ship
from domain.orders.words import DeliveryMethod, OrderStatus, ShipmentKind

_DELIVERY = Handover(ShipmentKind.VIRTUAL)
# Written out, for an index that has these alone, and so nothing but for a moment.
_DUE = (
    select(Order.id)
    .where(
        Order.delivery == literal_column(f"'{DeliveryMethod.VIRTUAL}'"),
        Order.status == literal_column(f"'{OrderStatus.PAID}'"),
        Order.id > bindparam("after", type_=UuidColumn()),
        has_left(),
    )
    .order_by(Order.id)
    .limit(bindparam("most", type_=BigInteger()))
)


async def due_deliveries(session: WriteSession, *, after: UUID, most: int) -> list[UUID]:
    """The orders that are paid for and not delivered yet, the oldest first, without a lock.

    Those behind ``after``, of which not all is refunded: that is in nobody's way.
    """
    return list(await session.scalars(_DUE, {"after": after, "most": most}))


async def deliver(
    session: WriteSession, order_ids: Sequence[UUID], at: datetime, *, actor: str, random: Random
) -> list[Shipped | Refused]:
    """Deliver orders, each given once, as `sending.ship` hands orders over: each has received it.

    One that somebody else has delivered is refused, so of two who do so at once one does.
    """
    wishes = [Shipping(order_id, _DELIVERY, actor) for order_id in order_ids]
    # Nothing is awaited: what is delivered is received.
    return await ship(session, wishes, at, receipt_after=timedelta(0), random=random)
