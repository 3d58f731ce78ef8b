"""Closing orders that were not paid: by their member, by the staff, or at their deadline.

Set-wise like placing. The one move from PENDING_PAYMENT to CLOSED gives the units back, so an order
that is cancelled and reaches its deadline at the same moment gives them back once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random
from uuid import UUID

import msgspec
from sqlalchemy import ARRAY, any_, bindparam, delete, exists, literal_column, not_, select, update
from sqlalchemy import Uuid as UuidColumn

from domain.kernel.db import HotWrite, WriteSession
from domain.kernel.errors import Refused
from domain.kernel.hot_pool import Sender
from domain.kernel.outbox import Fact, promise_all
from domain.kernel.row_sets import RowSet
from domain.orders import spending
from domain.orders.errors import OrderNotOpen, OrderUnavailable, PaymentUnderWay
from domain.orders.events import OrderClosed
from domain.orders.models import (
    Order,
    OrderDeadline,
    OrderHistory,
    OrderLine,
    OrderPayment,
    PersonalisationReview,
)
from domain.orders.redeeming.models import PointsRedemption
from domain.orders.redeeming.pool import give_back, lock_offers
from domain.orders.words import CloseReason, OrderStatus, PaymentStatus, ReviewStatus
from domain.stock.holding import LockedLevels, lock_levels, of_order, write_decided
from domain.stock.rules import Reason

_CLOSED = RowSet("closed", Order, "id close_reason closed_at")
_HISTORY = RowSet(
    "history", OrderHistory, "order_id number from_status to_status reason actor at note"
)
_IDS = bindparam("ids", type_=ARRAY(UuidColumn))

_UNITS = HotWrite(
    select(
        OrderLine.order_id,
        Order.place_id,
        PointsRedemption.offer_id,
        OrderLine.variant_id,
        OrderLine.units,
    )
    .join(Order, Order.id == OrderLine.order_id)
    .outerjoin(PointsRedemption, PointsRedemption.order_id == Order.id)
    .where(OrderLine.order_id == any_(_IDS))
)
# Both are locked, so that both are read as they are once the lock is had.
_LOCK = HotWrite(
    select(
        Order.id,
        Order.member_id,
        Order.status,
        Order.history,
        Order.close_reason,
        Order.points_used,
        OrderPayment.is_at_gateway,
    )
    .join(OrderPayment, OrderPayment.order_id == Order.id)
    .where(Order.id == any_(_IDS))
    .order_by(Order.id, OrderPayment.purpose)
    .with_for_update(key_share=True)
)
_VOIDED = (
    update(OrderPayment)
    .where(
        OrderPayment.order_id == any_(_IDS),
        OrderPayment.status == literal_column(f"'{PaymentStatus.DUE}'"),
    )
    .values(status=PaymentStatus.VOID)
)
_LEFT_UNLOOKED_AT = (
    update(PersonalisationReview)
    .where(
        PersonalisationReview.order_id == any_(_IDS),
        PersonalisationReview.status == literal_column(f"'{ReviewStatus.PENDING}'"),
    )
    .values(status=ReviewStatus.VOID)
)
_PASSED = delete(OrderDeadline).where(OrderDeadline.order_id == any_(_IDS))
_CLOSE = HotWrite(
    update(Order)
    .where(
        Order.id == _CLOSED.c.id,
        Order.status == literal_column(f"'{OrderStatus.PENDING_PAYMENT}'"),
    )
    .values(
        status=OrderStatus.CLOSED,
        closed_at=_CLOSED.c.closed_at,
        close_reason=_CLOSED.c.close_reason,
        history=Order.history + literal_column("1"),
    )
    .add_cte(
        _HISTORY.insert().cte("history_written"),
        _VOIDED.cte("payments_voided"),
        _PASSED.cte("deadlines_passed"),
        _LEFT_UNLOOKED_AT.cte("reviews_voided"),
    )
    .returning(Order.id)
)


class Closing(msgspec.Struct, frozen=True):
    """A wish to close an order, and who has it. ``member_id`` is set where it must be theirs.

    ``note`` is what the member reads about it besides the reason.
    """

    order_id: UUID
    reason: CloseReason
    actor: str
    member_id: UUID | None = None
    note: str | None = None


class Ordered(msgspec.Struct, frozen=True):
    """Where an order has its units, how many of each variant, and which offer it is of, if any."""

    place_id: UUID
    offer_id: UUID | None
    units: list[tuple[UUID, int]]


class Closed(msgspec.Struct, frozen=True):
    """An order that is closed; ``is_new`` says whether by this closing or by one before it."""

    order_id: UUID
    is_new: bool = True


@dataclass(frozen=True, slots=True)
class _Standing:
    """An order under lock."""

    member_id: UUID
    status: OrderStatus
    history: int
    close_reason: CloseReason | None
    points_used: int
    is_at_gateway: bool


async def close(
    session: Sender, closings: Sequence[Closing], at: datetime, *, random: Random
) -> list[Closed | Refused]:
    """Close orders, give their units back and let go of what was due; at most six statements.

    Points that some of them hold go back to their members by six more, and units of offers of the
    points mall to those by two.

    An order that is closed for the same reason already is answered as closed. Refuses:
    OrderUnavailable for none, or somebody else's; OrderNotOpen for one that has moved on;
    PaymentUnderWay for one that can still be paid at a gateway, where that has to end first.
    """
    ids = sorted({each.order_id for each in closings})
    units = await units_of(session, ids)
    levels = await lock_levels(
        session,
        {(variant, each.place_id) for each in units.values() for variant, _ in each.units},
    )
    await _lock_offers(session, units)
    standing = await _locked(session, ids)
    decided: dict[UUID, Closing] = {}
    outcomes: list[Closed | Refused] = []
    for each in closings:
        refused = _refused(each, standing, decided)
        is_new = refused is None and _is_open(each.order_id, standing, decided)
        if is_new:
            decided[each.order_id] = each
            _release(levels, each, units[each.order_id])
        outcomes.append(refused or Closed(each.order_id, is_new))
    if decided:
        await _write(session, decided, standing, at)
        await write_decided(session, levels, at=at)
        await _give_offers_back(session, decided, units)
        await _give_points_back(session, decided, standing, at=at)
        facts = [_fact(each, standing[each.order_id]) for each in decided.values()]
        await promise_all(session, facts, at=at, random=random)
    return outcomes


async def units_of(session: Sender, ids: Sequence[UUID]) -> dict[UUID, Ordered]:
    """What each order has, which never changes."""
    found: dict[UUID, Ordered] = {}
    for order_id, place_id, offer_id, *line in await _UNITS.rows(session, ids=ids):
        variant_id, units = line
        found.setdefault(order_id, Ordered(place_id, offer_id, [])).units.append(
            (variant_id, units)
        )
    return found


async def _lock_offers(session: Sender, units: Mapping[UUID, Ordered]) -> None:
    offers = {each.offer_id for each in units.values() if each.offer_id is not None}
    if offers:
        await lock_offers(session, offers)


async def _give_offers_back(
    session: Sender, decided: Mapping[UUID, Closing], units: Mapping[UUID, Ordered]
) -> None:
    """What an order that is closed unpaid took of an offer is for others."""
    back = {
        order_id: sum(each for _, each in units[order_id].units)
        for order_id in decided
        if units[order_id].offer_id is not None
    }
    if back:
        await give_back(session, back)


async def _locked(session: Sender, ids: Sequence[UUID]) -> dict[UUID, _Standing]:
    standing: dict[UUID, _Standing] = {}
    for order_id, *said in await _LOCK.rows(session, ids=ids):
        order, before = _Standing(*said), standing.get(order_id)
        # One row for each payment: the order is at a gateway with any of them.
        if before is None or not before.is_at_gateway:
            standing[order_id] = order
    return standing


def _refused(
    closing: Closing, standing: Mapping[UUID, _Standing], decided: Mapping[UUID, Closing]
) -> Refused | None:
    order = standing.get(closing.order_id)
    if order is None or closing.member_id not in (None, order.member_id):
        return OrderUnavailable()
    if order.status is OrderStatus.PENDING_PAYMENT:
        if order.is_at_gateway:
            return PaymentUnderWay(closing.order_id)
        earlier = decided.get(closing.order_id)
        return None if earlier in (None, closing) else OrderNotOpen(closing.order_id)
    if order.close_reason is closing.reason:
        return None
    return OrderNotOpen(closing.order_id)


def _is_open(
    order_id: UUID, standing: Mapping[UUID, _Standing], decided: Mapping[UUID, Closing]
) -> bool:
    return order_id not in decided and standing[order_id].status is OrderStatus.PENDING_PAYMENT


def _release(levels: LockedLevels, closing: Closing, held: Ordered) -> None:
    movements = of_order(closing.order_id, held.place_id, held.units, Reason.RELEASED)
    missing = levels.move(movements, actor=closing.actor)
    # What an open order holds is held: anything else is a bug, and closes nothing.
    assert missing is None


async def _write(
    session: Sender,
    decided: Mapping[UUID, Closing],
    standing: Mapping[UUID, _Standing],
    at: datetime,
) -> None:
    closed = [(each.order_id, each.reason, at) for each in decided.values()]
    history = [
        (
            each.order_id,
            standing[each.order_id].history + 1,
            OrderStatus.PENDING_PAYMENT,
            OrderStatus.CLOSED,
            each.reason,
            each.actor,
            at,
            each.note,
        )
        for each in decided.values()
    ]
    rows = _CLOSED.bound(closed) | _HISTORY.bound(history)
    moved = await _CLOSE.rows(session, ids=sorted(decided), **rows)
    # Under their locks all of them move; anything else is a bug, and closes nothing.
    assert len(moved) == len(decided)


async def _give_points_back(
    session: Sender,
    decided: Mapping[UUID, Closing],
    standing: Mapping[UUID, _Standing],
    *,
    at: datetime,
) -> None:
    with_points = {key: standing[key].member_id for key in decided if standing[key].points_used}
    if with_points:
        is_wish = CloseReason.CANCELLED_BY_MEMBER
        by_members = [key for key in with_points if decided[key].reason is is_wish]
        await spending.release(session, with_points, by_members=by_members, at=at)


def _fact(closing: Closing, order: _Standing) -> Fact:
    event = OrderClosed(order.member_id, closing.reason)
    return Fact(closing.order_id, order.history + 1, event)


async def due_orders(session: WriteSession, *, at: datetime, most: int) -> list[UUID]:
    """The orders whose deadline has passed, the longest overdue first, without locking any.

    Those that can still be paid at a gateway are left out: that has to end first. So are those
    that there is nothing to pay of: they wait for nobody but a worker of ours.
    """
    is_free = exists().where(
        Order.id == OrderDeadline.order_id, Order.payable_fen == literal_column("0")
    )
    is_at_gateway = exists().where(
        OrderPayment.order_id == OrderDeadline.order_id, OrderPayment.is_at_gateway
    )
    due = select(OrderDeadline.order_id).where(
        OrderDeadline.due_at <= at, not_(is_at_gateway), not_(is_free)
    )
    ordered = due.order_by(OrderDeadline.due_at, OrderDeadline.order_id).limit(most)
    return [*dict.fromkeys(await session.scalars(ordered))]
