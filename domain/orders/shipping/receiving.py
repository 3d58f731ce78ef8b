"""Receiving what was sent: said by its member, or taken for it once its time is over.

Set-wise like sending. The deadline is looked at again under the order's lock, so an order of which
its member asks for more time at the last moment waits that much longer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ARRAY, any_, bindparam, delete, literal_column, select, update
from sqlalchemy import Uuid as UuidColumn

from domain.kernel.db import WriteSession
from domain.kernel.errors import Refused
from domain.kernel.outbox import Fact, promise_all
from domain.kernel.row_sets import RowSet
from domain.orders.errors import OrderUnavailable
from domain.orders.events import OrderReceived
from domain.orders.models import Order, OrderHistory
from domain.orders.shipping.errors import OrderNotReceivable, ReceiptNotExtendable
from domain.orders.shipping.models import ReceiptDeadline
from domain.orders.shipping.rules import EXTENSION, extendable_from
from domain.orders.words import OrderStatus

_HISTORY = RowSet("history", OrderHistory, "order_id number from_status to_status actor at")
_RECEIVED = RowSet("received", Order, "id received_at")
_IDS = bindparam("ids", type_=ARRAY(UuidColumn))
_LOCK = (
    select(Order.id, Order.member_id, Order.status, Order.history)
    .where(Order.id == any_(_IDS))
    .order_by(Order.id)
    .with_for_update(key_share=True)
)
# Read once the orders are locked: nobody extends anything meanwhile.
_DEADLINES = select(
    ReceiptDeadline.order_id, ReceiptDeadline.due_at, ReceiptDeadline.extended_at
).where(ReceiptDeadline.order_id == any_(_IDS))
_WRITE = (
    update(Order)
    .where(
        Order.id == _RECEIVED.c.id,
        Order.status == literal_column(f"'{OrderStatus.SHIPPED}'"),
    )
    .values(
        status=OrderStatus.RECEIVED,
        received_at=_RECEIVED.c.received_at,
        history=Order.history + literal_column("1"),
    )
    .add_cte(
        _HISTORY.insert().cte("history_written"),
        delete(ReceiptDeadline).where(ReceiptDeadline.order_id == any_(_IDS)).cte("awaited"),
    )
    .returning(Order.id)
    .execution_options(synchronize_session=False)
)


class Receiving(msgspec.Struct, frozen=True):
    """A wish to take an order for received, and who has it.

    ``member_id`` is set where it must be theirs; without, its time must be over.
    """

    order_id: UUID
    actor: str
    member_id: UUID | None = None


class Received(msgspec.Struct, frozen=True):
    """An order that was received; ``is_new`` says whether it was not before."""

    order_id: UUID
    is_new: bool = True


class Extended(msgspec.Struct, frozen=True):
    """An order that waits longer to be received."""

    order_id: UUID
    receive_by: datetime


@dataclass(frozen=True, slots=True)
class _Deadline:
    """When an order is taken for received, and whether its member has asked for more time."""

    due_at: datetime
    extended_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Standing:
    """An order under lock."""

    id: UUID
    member_id: UUID
    status: OrderStatus
    history: int
    deadline: _Deadline | None


async def receive(
    session: WriteSession, receivings: Sequence[Receiving], at: datetime, *, random: Random
) -> list[Received | Refused]:
    """Take orders for received, each given once; at most four statements.

    One that was received before is answered as received. Refuses: OrderUnavailable for none, or
    somebody else's; OrderNotReceivable for one of which not all was sent, or not due yet.
    """
    standing = await _locked(session, sorted({each.order_id for each in receivings}))
    decided, outcomes = list[tuple[Receiving, _Standing]](), list[Received | Refused]()
    for each in receivings:
        order = standing.get(each.order_id)
        if order is None or each.member_id not in (None, order.member_id):
            outcomes.append(OrderUnavailable())
        elif order.status is OrderStatus.RECEIVED:
            outcomes.append(Received(order.id, is_new=False))
        elif order.status is not OrderStatus.SHIPPED or not _may_be(each, order, at):
            outcomes.append(OrderNotReceivable(order.id))
        else:
            decided.append((each, order))
            outcomes.append(Received(order.id))
    if decided:
        await _write(session, decided, at)
        facts = [_fact(each, order) for each, order in decided]
        await promise_all(session, facts, at=at, random=random)
    return outcomes


async def extend(
    session: WriteSession, order_id: UUID, member_id: UUID, *, at: datetime
) -> Extended:
    """Wait longer for an order to be received: once, in the last days before its deadline.

    Refuses: OrderUnavailable, OrderNotReceivable, ReceiptNotExtendable.
    """
    order = (await _locked(session, [order_id])).get(order_id)
    if order is None or order.member_id != member_id:
        raise OrderUnavailable
    deadline = order.deadline
    if deadline is None:
        raise OrderNotReceivable(order_id)
    if deadline.extended_at is not None:
        raise ReceiptNotExtendable(order_id, None)
    if at < (from_at := extendable_from(deadline.due_at)):
        raise ReceiptNotExtendable(order_id, from_at)
    receive_by = deadline.due_at + EXTENSION
    await session.execute(
        update(ReceiptDeadline)
        .where(ReceiptDeadline.order_id == order_id)
        .values(due_at=receive_by, extended_at=at)
        .execution_options(synchronize_session=False)
    )
    return Extended(order_id, receive_by)


async def due_receipts(session: WriteSession, *, at: datetime, most: int) -> list[UUID]:
    """The orders whose time to be received is over, the longest first, without locking any."""
    due = select(ReceiptDeadline.order_id).where(ReceiptDeadline.due_at <= at)
    ordered = due.order_by(ReceiptDeadline.due_at, ReceiptDeadline.order_id).limit(most)
    return list(await session.scalars(ordered))


async def _locked(session: WriteSession, ids: Sequence[UUID]) -> Mapping[UUID, _Standing]:
    orders = (await session.execute(_LOCK, {"ids": ids})).all()
    deadlines = {
        order_id: _Deadline(due_at, extended_at)
        for order_id, due_at, extended_at in await session.execute(_DEADLINES, {"ids": ids})
    }
    return {
        order.id: _Standing(
            order.id, order.member_id, order.status, order.history, deadlines.get(order.id)
        )
        for order in orders
    }


def _may_be(receiving: Receiving, order: _Standing, at: datetime) -> bool:
    """Whether its member says so, or its time is over."""
    if receiving.member_id is not None:
        return True
    return order.deadline is not None and order.deadline.due_at <= at


async def _write(
    session: WriteSession, decided: Sequence[tuple[Receiving, _Standing]], at: datetime
) -> None:
    shipped, received = OrderStatus.SHIPPED, OrderStatus.RECEIVED
    history = [
        (order.id, order.history + 1, shipped, received, each.actor, at) for each, order in decided
    ]
    given: dict[str, Any] = {"ids": [order.id for _, order in decided]}
    given |= _RECEIVED.bound((order.id, at) for _, order in decided)
    moved = await session.execute(_WRITE, given | _HISTORY.bound(history))
    # Under their locks all of them move; anything else is a bug, and receives nothing.
    assert len(moved.all()) == len(decided)


def _fact(receiving: Receiving, order: _Standing) -> Fact:
    event = OrderReceived(order.member_id, receiving.member_id is None)
    return Fact(order.id, order.history + 1, event)
