"""Paying an order: the one move to PAID, also of one that was closed before its money came.

Units stay held until they are handed over, so a payment moves no stock. Only where a late payment
is honoured are the units held again, if they can still be had (R3).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from functools import cache
from random import Random
from typing import Any, cast
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    Table,
    bindparam,
    delete,
    false,
    func,
    insert,
    literal_column,
    null,
    select,
    update,
)
from sqlalchemy import Uuid as UuidColumn
from sqlalchemy.orm import aliased

from domain.catalog.models import Product
from domain.kernel.db import HotWrite
from domain.kernel.hot_pool import Sender
from domain.kernel.ids import new_id
from domain.kernel.outbox import Fact, bound_facts, promised
from domain.members.statements import lock_members_for_blocks
from domain.orders import spending
from domain.orders.closing import units_of
from domain.orders.events import OrderPaid
from domain.orders.models import (
    Order,
    OrderDeadline,
    OrderHistory,
    OrderLine,
    OrderPayment,
    PersonalisationReview,
)
from domain.orders.redeeming.pool import LockedOffer, can_take_again, lock_offers, take_again
from domain.orders.refunding.reserved import refunded_of
from domain.orders.words import (
    PAID_FOR,
    CloseReason,
    DeliveryMethod,
    OrderStatus,
    PaymentStatus,
    ReviewStatus,
)
from domain.stock.holding import LockedLevels, lock_levels, of_order, write_decided
from domain.stock.rules import Reason

HONOURED = frozenset({CloseReason.NOT_PAID_IN_TIME, CloseReason.CANCELLED_BY_MEMBER})
"""The closed orders that a late payment brings back. What the shop does not want to sell, broken
goods or a text that it will not engrave, it does not sell because somebody has paid."""

_ID = bindparam("this_order", type_=UuidColumn)
# What nobody had looked at when the order was closed has to be looked at after all.
_REOPENED = (
    update(PersonalisationReview)
    .where(
        PersonalisationReview.order_id == _ID,
        PersonalisationReview.status == literal_column(f"'{ReviewStatus.VOID}'"),
    )
    .values(status=literal_column(f"'{ReviewStatus.PENDING}'"))
)
LOCKED = (
    Order.id,
    Order.number,
    Order.member_id,
    Order.status,
    Order.history,
    Order.close_reason,
    Order.payable_fen,
    Order.delivery,
    Order.points_used,
)
"""What is read of an order under its lock, as `LockedOrder` has it."""


def locking(order_id: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
    """The order with what has to be paid of it; none is locked where there is no id.

    Both are locked, so that both are read as they are once the lock is had.
    """
    return (
        select(*LOCKED)
        .join(OrderPayment, OrderPayment.order_id == Order.id)
        .where(Order.id == order_id)
        .with_for_update(key_share=True)
    )


_LOCK = HotWrite(locking(_ID))


class OrderMoved(Exception):
    """The order was closed while it was being locked: what has to be locked first has changed.

    The same transaction begun again finds it closed.
    """


class PayOutcome(Enum):
    """What became of an order that somebody has paid for."""

    PAID = auto()
    PAID_LATE = auto()
    """It was closed, and is paid after all."""
    PAID_BEFORE = auto()
    """It was paid already, by another payment."""
    NOT_HONOURED = auto()
    """It is closed and stays so: the money has to go back."""


@dataclass(frozen=True, slots=True)
class LockedOrder:
    """An order under lock, with what has to be paid of it."""

    id: UUID
    number: str
    member_id: UUID
    status: OrderStatus
    history: int
    close_reason: CloseReason | None
    payable_fen: int
    delivery: DeliveryMethod
    points_used: int = 0


@dataclass(frozen=True, slots=True)
class ClosedUnits:
    """The units that a closed order had, and the levels that they would be held at, locked.

    ``offer`` is the one of the points mall that it is of, if any, locked as well.
    """

    place_id: UUID
    units: Sequence[tuple[UUID, int]]
    levels: LockedLevels
    offer: LockedOffer | None = None


async def pay(
    session: Sender,
    order: LockedOrder,
    closed: ClosedUnits | None,
    *,
    actor: str,
    at: datetime,
    random: Random,
) -> PayOutcome:
    """Make an order paid whose whole price has come in; one statement unless it is late.

    Points that it holds are spent with it, by a few statements more.

    ``closed`` is given of an order that was found closed, and was locked before it. The caller has
    the money, and keeps account of it. Raises `OrderMoved`, after which the caller's transaction
    has to begin again.
    """
    if order.status in PAID_FOR:
        return PayOutcome.PAID_BEFORE
    is_late = order.status is OrderStatus.CLOSED
    if is_late:
        if closed is None:
            raise OrderMoved
        if not await _can_return(session, order, closed, actor=actor):
            return PayOutcome.NOT_HONOURED
        if not await _has_its_points(session, order, at=at, random=random):
            return PayOutcome.NOT_HONOURED
        await write_decided(session, closed.levels, at=at)
        if closed.offer is not None:
            await take_again(session, closed.offer, order.id)
    elif order.points_used:
        await spending.capture(session, order.member_id, order.id, at=at)
    event = OrderPaid(order.member_id, order.number, order.payable_fen, is_late, order.delivery)
    fact = Fact(order.id, order.history + 1, event)
    await _write(session, order, fact, actor=actor, at=at, random=random)
    return PayOutcome.PAID_LATE if is_late else PayOutcome.PAID


async def lock_order(session: Sender, order_id: UUID) -> LockedOrder | None:
    """The order as it is now, locked; None where there is none."""
    row = await _LOCK.one_or_none(session, this_order=order_id)
    return None if row is None else LockedOrder(*row)


async def lock_closed(
    session: Sender, order_id: UUID, member_id: UUID
) -> tuple[ClosedUnits, LockedOrder]:
    """Of an order that was found closed, lock levels, its offer, the member, and it last."""
    had = (await units_of(session, [order_id]))[order_id]
    levels = await lock_levels(session, {(variant_id, had.place_id) for variant_id, _ in had.units})
    offers = await lock_offers(session, [had.offer_id]) if had.offer_id is not None else {}
    await lock_members_for_blocks(session, [member_id])
    order = await lock_order(session, order_id)
    assert order is not None
    offer = None if had.offer_id is None else offers[had.offer_id]
    return ClosedUnits(had.place_id, had.units, levels, offer), order


async def _can_return(
    session: Sender, order: LockedOrder, closed: ClosedUnits, *, actor: str
) -> bool:
    """Whether a closed order can be had after all; its units are decided to be held then."""
    if order.close_reason not in HONOURED:
        return False
    if await _over_limit().rows(session, this_order=order.id):
        return False
    if closed.offer is not None and not await can_take_again(session, closed.offer, order.id):
        return False
    again = of_order(order.id, closed.place_id, closed.units, Reason.HELD, is_again=True)
    return closed.levels.move(again, actor=actor) is None


async def _has_its_points(
    session: Sender, order: LockedOrder, *, at: datetime, random: Random
) -> bool:
    """Whether a closed order can have the points again that it was to use; they are spent then."""
    if order.points_used == 0:
        return True
    again = spending.Again(new_id(at, random), order.points_used)
    return await spending.capture(session, order.member_id, order.id, at=at, again=again)


async def _write(
    session: Sender, order: LockedOrder, fact: Fact, *, actor: str, at: datetime, random: Random
) -> None:
    moved = await _move().rows(
        session,
        this_order=order.id,
        before=order.status,
        move=order.history + 1,
        by=actor,
        moment=at,
        **bound_facts([fact], at=at, random=random),
    )
    # Under its lock it moves; anything else is a bug, and pays nothing.
    assert len(moved) == 1


@cache
def _move() -> HotWrite:
    """The move with all that it changes, as one statement."""
    before = bindparam("before", type_=Order.status.type)
    at = bindparam("moment", type_=Order.placed_at.type)
    paid = literal_column(f"'{OrderStatus.PAID}'", Order.status.type)
    history = insert(cast("Table", OrderHistory.__table__)).values(
        order_id=_ID,
        number=bindparam("move", type_=OrderHistory.number.type),
        actor=bindparam("by", type_=OrderHistory.actor.type),
        from_status=before,
        to_status=paid,
        at=at,
    )
    payment = (
        update(OrderPayment)
        .where(OrderPayment.order_id == _ID)
        .values(status=literal_column(f"'{PaymentStatus.PAID}'"), is_at_gateway=false())
    )
    return HotWrite(
        update(Order)
        .where(Order.id == _ID, Order.status == before)
        .values(
            status=paid,
            paid_at=at,
            closed_at=null(),
            close_reason=null(),
            history=Order.history + literal_column("1"),
        )
        .add_cte(
            history.cte("history_written"),
            payment.cte("payment_made"),
            _REOPENED.cte("reviews_reopened"),
            delete(OrderDeadline).where(OrderDeadline.order_id == _ID).cte("deadline_passed"),
            promised(),
        )
        .returning(Order.id)
    )


@cache
def _over_limit() -> HotWrite:
    """The products of a closed order of which its member would have too many with it.

    Counted as when one is placed: without what is refunded of the others.
    """
    other, theirs = aliased(OrderLine), aliased(Order)
    had = (
        select(func.coalesce(func.sum(other.units - refunded_of(other)), literal_column("0")))
        .join(theirs, theirs.id == other.order_id)
        .where(
            other.product_id == OrderLine.product_id,
            theirs.member_id == Order.member_id,
            theirs.status != literal_column(f"'{OrderStatus.CLOSED}'"),
        )
        .correlate(OrderLine, Order)
        .scalar_subquery()
    )
    return HotWrite(
        select(OrderLine.product_id)
        .join(Order, Order.id == OrderLine.order_id)
        .join(Product, Product.id == OrderLine.product_id)
        .where(OrderLine.order_id == _ID, Product.member_limit.is_not(None))
        .group_by(OrderLine.product_id, Order.member_id, Product.member_limit)
        .having(func.sum(OrderLine.units) + had > Product.member_limit)
    )
