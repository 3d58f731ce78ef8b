"""The numbers of orders, for those who tell people about them."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import ARRAY, any_, bindparam, select
from sqlalchemy import Uuid as UuidColumn

from domain.kernel.db import WriteSession
from domain.orders.models import Order

_NUMBERS = select(Order.id, Order.number).where(
    Order.id == any_(bindparam("ids", type_=ARRAY(UuidColumn)))
)


async def numbers_of(session: WriteSession, order_ids: Iterable[UUID]) -> dict[UUID, str]:
    """The number of each order, in one statement; they never change."""
    rows = await session.execute(_NUMBERS, {"ids": sorted(set(order_ids))})
    return {row.id: row.number for row in rows}
