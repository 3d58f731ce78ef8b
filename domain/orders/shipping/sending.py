"""Sending parcels of orders that are paid for, for many at once.

Set-wise like closing, and with the same locks in the same order: levels, then orders. What two
people send at one moment is decided under the order's lock, so no unit is sent twice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ARRAY, any_, bindparam, select, update
from sqlalchemy import Uuid as UuidColumn

from domain.kernel.db import WriteSession
from domain.kernel.errors import Refused
from domain.kernel.outbox import Event, Fact, promise_all
from domain.kernel.row_sets import RowSet
from domain.orders.events import OrderHandedOver, OrderShipped
from domain.orders.models import Order, OrderHistory, OrderLine, PersonalisationReview
from domain.orders.refunding.reserved import reserved_of_orders
from domain.orders.shipping.models import ReceiptDeadline, Shipment, ShipmentLine
from domain.orders.shipping.rules import (
    Handover,
    Line,
    Parcel,
    ParcelLine,
    Shipping,
    Standing,
    decided,
)
from domain.orders.words import Carrier, OrderStatus, ReviewStatus, ShipmentKind
from domain.stock.actions import Movement
from domain.stock.holding import LockedLevels, lock_levels, write_decided
from domain.stock.rules import Reason

_MOVED = RowSet("moved", Order, "id status history shipped_at received_at")
_PARCELS = RowSet(
    "parcel",
    Shipment,
    "order_id ordinal move kind carrier tracking_number shipped_at actor",
)
_CONTENTS = RowSet("content", ShipmentLine, "order_id ordinal line_number units")
_HISTORY = RowSet("history", OrderHistory, "order_id number from_status to_status actor at")
_RECEIPTS = RowSet("receipt", ReceiptDeadline, "order_id due_at")
_IDS = bindparam("ids", type_=ARRAY(UuidColumn))

_LINES = (
    select(
        OrderLine.order_id, OrderLine.number, OrderLine.variant_id, OrderLine.units, Order.place_id
    )
    .join(Order, Order.id == OrderLine.order_id)
    .where(OrderLine.order_id == any_(_IDS))
    .order_by(OrderLine.order_id, OrderLine.number)
)
_LOCK = (
    select(
        Order.id,
        Order.member_id,
        Order.number,
        Order.status,
        Order.delivery,
        Order.place_id,
        Order.history,
    )
    .where(Order.id == any_(_IDS))
    .order_by(Order.id)
    .with_for_update(key_share=True)
)
# Read once the orders are locked: nobody sends anything of them meanwhile.
_SENT = (
    select(
        Shipment.order_id,
        Shipment.ordinal,
        Shipment.carrier,
        Shipment.tracking_number,
        ShipmentLine.line_number,
        ShipmentLine.units,
    )
    .join(
        ShipmentLine,
        (ShipmentLine.order_id == Shipment.order_id) & (ShipmentLine.ordinal == Shipment.ordinal),
    )
    .where(Shipment.order_id == any_(_IDS))
)
_RESERVED = reserved_of_orders(any_(_IDS))
_REVIEWS = select(
    PersonalisationReview.order_id,
    PersonalisationReview.line_number,
    PersonalisationReview.status,
).where(PersonalisationReview.order_id == any_(_IDS))
_WRITE = (
    update(Order)
    .where(Order.id == _MOVED.c.id)
    .values(
        status=_MOVED.c.status,
        history=_MOVED.c.history,
        shipped_at=_MOVED.c.shipped_at,
        received_at=_MOVED.c.received_at,
    )
    .add_cte(
        _PARCELS.insert().cte("parcels_written"),
        _CONTENTS.insert().cte("contents_written"),
        _HISTORY.insert().cte("history_written"),
        _RECEIPTS.insert().cte("receipts_awaited"),
    )
    .returning(Order.id)
    .execution_options(synchronize_session=False)
)


class Shipped(msgspec.Struct, frozen=True):
    """A parcel that was sent; ``is_whole`` where everything of the order was sent with it."""

    order_id: UUID
    ordinal: int
    is_whole: bool


@dataclass(slots=True)
class _Written:
    """What is to be written of all parcels."""

    moved: dict[UUID, tuple[Any, ...]] = field(default_factory=dict[UUID, tuple[Any, ...]])
    parcels: list[tuple[Any, ...]] = field(default_factory=list[tuple[Any, ...]])
    contents: list[tuple[Any, ...]] = field(default_factory=list[tuple[Any, ...]])
    history: list[tuple[Any, ...]] = field(default_factory=list[tuple[Any, ...]])
    receipts: list[tuple[Any, ...]] = field(default_factory=list[tuple[Any, ...]])
    facts: list[Fact] = field(default_factory=list[Fact])


async def ship(
    session: WriteSession,
    shippings: Sequence[Shipping],
    at: datetime,
    *,
    receipt_after: timedelta,
    random: Random,
) -> list[Shipped | Refused]:
    """Send parcels, of each order one; ten statements at the most. ValueError for more.

    What is whole with it is taken for received ``receipt_after`` that; what is handed over is
    received. Refuses: OrderUnavailable, OrderNotShippable, OrderNotHandedOver, UnitsNotLeft,
    ParcelKnown.
    """
    ids = sorted({each.order_id for each in shippings})
    if len(ids) < len(shippings):
        # Each parcel is a move of its own, and the machine takes them one by one.
        raise ValueError("an order has one parcel at a time")
    lines, places = await _lines_of(session, ids)
    levels = await lock_levels(
        session, {(each.variant_id, places[key]) for key in lines for each in lines[key].values()}
    )
    standing = await _locked(session, ids, lines)
    written, outcomes = _Written(), list[Shipped | Refused]()
    for each in shippings:
        order = standing.get(each.order_id)
        contents = decided(order, each.parcel)
        if isinstance(contents, Refused):
            outcomes.append(contents)
            continue
        assert order is not None
        outcomes.append(_send(order, each, contents, written, levels, at))
        if order.status is OrderStatus.SHIPPED:
            written.receipts.append((order.id, at + receipt_after))
    if written.parcels:
        await _write(session, written)
        await write_decided(session, levels, at=at)
        await promise_all(session, written.facts, at=at, random=random)
    return outcomes


async def _lines_of(
    session: WriteSession, ids: Sequence[UUID]
) -> tuple[dict[UUID, dict[int, Line]], dict[UUID, UUID]]:
    """The lines of each order, and where its units are; neither ever changes."""
    lines, places = dict[UUID, dict[int, Line]](), dict[UUID, UUID]()
    for row in await session.execute(_LINES, {"ids": ids}):
        places[row.order_id] = row.place_id
        line = Line(row.variant_id, row.units, None)
        lines.setdefault(row.order_id, {})[row.number] = line
    return lines, places


async def _locked(
    session: WriteSession, ids: Sequence[UUID], lines: Mapping[UUID, Mapping[int, Line]]
) -> dict[UUID, Standing]:
    """The orders under lock, with what was sent of them and whether their texts may be made."""
    orders = (await session.execute(_LOCK, {"ids": ids})).all()
    reviews = {
        (order_id, number): status
        for order_id, number, status in await session.execute(_REVIEWS, {"ids": ids})
    }
    standing = {
        order.id: Standing(
            id=order.id,
            member_id=order.member_id,
            number=order.number,
            status=order.status,
            delivery=order.delivery,
            place_id=order.place_id,
            history=order.history,
            lines=_with_reviews(order.id, lines[order.id], reviews),
            left={},
            parcels={},
        )
        for order in orders
    }
    for order in standing.values():
        order.left = {number: line.units for number, line in order.lines.items()}
    for order_id, ordinal, carrier, tracked, number, units in await session.execute(
        _SENT, {"ids": ids}
    ):
        standing[order_id].left[number] -= units
        standing[order_id].parcels[carrier, tracked] = ordinal
    for order_id, number, units in await session.execute(_RESERVED, {"ids": ids}):
        standing[order_id].left[number] -= int(units)
    return standing


def _with_reviews(
    order_id: UUID,
    lines: Mapping[int, Line],
    reviews: Mapping[tuple[UUID, int], ReviewStatus],
) -> dict[int, Line]:
    return {
        number: Line(line.variant_id, line.units, reviews.get((order_id, number)))
        for number, line in lines.items()
    }


def _send(
    order: Standing,
    shipping: Shipping,
    contents: Sequence[ParcelLine],
    written: _Written,
    levels: LockedLevels,
    at: datetime,
) -> Shipped:
    """Decide on a parcel: its units leave the level, and the order moves on."""
    before, ordinal = order.status, len(order.parcels) + 1
    parcel, order.history = shipping.parcel, order.history + 1
    tracked = _tracked(parcel)
    order.parcels[tracked] = ordinal
    for each in contents:
        order.left[each.line_number] -= each.units
        written.contents.append((order.id, ordinal, each.line_number, each.units))
    is_whole = not any(order.left.values())
    order.status = _status_after(parcel, is_whole=is_whole)
    missing = levels.move(_sold(order, ordinal, contents), actor=shipping.actor)
    # What an order that is paid has is held: anything else is a bug, and sends nothing.
    assert missing is None
    kind = parcel.kind if isinstance(parcel, Handover) else ShipmentKind.EXPRESS
    kept = *tracked, at, shipping.actor
    written.parcels.append((order.id, ordinal, order.history, kind, *kept))
    written.history.append((order.id, order.history, before, order.status, shipping.actor, at))
    whole_at = at if is_whole else None
    received_at = at if order.status is OrderStatus.RECEIVED else None
    written.moved[order.id] = (order.id, order.status, order.history, whole_at, received_at)
    written.facts.append(Fact(order.id, order.history, _event(order, parcel, ordinal)))
    return Shipped(order.id, ordinal, is_whole)


def _tracked(parcel: Parcel | Handover) -> tuple[Carrier | None, str | None]:
    """Who brings it under which number; nobody brings what is handed over."""
    if isinstance(parcel, Handover):
        return None, None
    return parcel.carrier, parcel.tracking_number


def _status_after(parcel: Parcel | Handover, *, is_whole: bool) -> OrderStatus:
    if isinstance(parcel, Handover):
        return OrderStatus.RECEIVED
    return OrderStatus.SHIPPED if is_whole else OrderStatus.PARTLY_SHIPPED


def _event(order: Standing, parcel: Parcel | Handover, ordinal: int) -> Event:
    if isinstance(parcel, Handover):
        return OrderHandedOver(order.member_id, order.number, parcel.kind)
    return OrderShipped(order.member_id, order.number, ordinal, not any(order.left.values()))


def _sold(order: Standing, ordinal: int, contents: Sequence[ParcelLine]) -> list[Movement]:
    """The movements of a parcel, one for each variant, in ascending order."""
    units: dict[UUID, int] = {}
    for each in contents:
        variant_id = order.lines[each.line_number].variant_id
        units[variant_id] = units.get(variant_id, 0) + each.units
    source = f"order:{order.id.hex}:parcel:{ordinal}"
    return [
        Movement(variant_id, order.place_id, Reason.SOLD, units[variant_id], source)
        for variant_id in sorted(units)
    ]


async def _write(session: WriteSession, written: _Written) -> None:
    given = {
        **_MOVED.bound(written.moved.values()),
        **_PARCELS.bound(written.parcels),
        **_CONTENTS.bound(written.contents),
        **_HISTORY.bound(written.history),
        **_RECEIPTS.bound(written.receipts),
    }
    moved = await session.execute(_WRITE, given)
    # Under their locks all of them move; anything else is a bug, and sends nothing.
    assert len(moved.all()) == len(written.moved)
