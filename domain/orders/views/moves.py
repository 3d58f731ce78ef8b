"""How orders move on, as their members are told of it."""

from collections.abc import Collection
from datetime import datetime
from functools import cache
from uuid import UUID

import msgspec
from sqlalchemy import ARRAY, BigInteger, any_, bindparam, select
from sqlalchemy import Uuid as UuidColumn

from domain.kernel.db import HotRead, ReadPool
from domain.kernel.ids import public_id
from domain.orders.models import Order, OrderHistory
from domain.orders.views.structs import ORDER
from domain.orders.words import CloseReason, OrderStatus


class OrderMove(msgspec.Struct, frozen=True, gc=False):
    """An order of somebody's has come to a status; ``move`` counts its moves from 1."""

    person_id: UUID
    order_id: str
    order_number: str
    move: int
    status: OrderStatus
    close_reason: CloseReason | None
    at: datetime

    @property
    def key(self) -> tuple[str, int]:
        """What makes it one event."""
        return self.order_id, self.move


async def moves_of(
    reads: ReadPool, people: Collection[UUID], *, after: datetime, most: int
) -> list[OrderMove]:
    """How the orders of these people have moved after a moment, the latest first.

    Where there is more than ``most``, it is the oldest that is left out.
    """
    rows = await _moves().rows(reads, people=[*people], after=after, limit=most)
    return [
        OrderMove(
            person_id,
            public_id(ORDER, order_id),
            order_number,
            move,
            OrderStatus(status),
            CloseReason(reason) if reason else None,
            at,
        )
        for person_id, order_id, order_number, move, status, reason, at in rows
    ]


@cache
def _moves() -> HotRead:
    move = OrderHistory
    people = bindparam("people", type_=ARRAY(UuidColumn))
    return HotRead(
        select(
            Order.member_id,
            Order.id,
            Order.number,
            move.number.label("move"),
            move.to_status,
            move.reason,
            move.at,
        )
        .join(Order, Order.id == move.order_id)
        .where(Order.member_id == any_(people), move.at > bindparam("after", type_=move.at.type))
        # What happened to an order at one moment is in the order of its moves.
        .order_by(move.at.desc(), move.order_id, move.number.desc())
        .limit(bindparam("limit", type_=BigInteger))
    )
