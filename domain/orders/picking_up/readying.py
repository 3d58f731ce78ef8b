"""Making pick-ups ready: an order that is paid gets its code, once nothing of it waits."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import BigInteger as BigIntegerColumn
from sqlalchemy import ColumnElement, bindparam, func, literal_column, select, update

from domain.kernel.db import WriteSession
from domain.kernel.row_sets import RowSet
from domain.kernel.sealing import Vault
from domain.orders.models import Order, OrderLine, PersonalisationReview
from domain.orders.picking_up.codes import digest_of, new_code, sealed
from domain.orders.picking_up.models import PickUp
from domain.orders.refunding.reserved import reserved_of_line
from domain.orders.words import DeliveryMethod, OrderStatus, ReviewStatus

_PICK_UPS = RowSet(
    "pick_up", PickUp, "order_id code_digest code_sealed ready_at fetch_by remind_at"
)
# As of parcels: what is refunded is in nobody's way, and nobody comes for it.
_has_left = OrderLine.units > reserved_of_line()
# Counted for each order: PostgreSQL would go through all lines and reviews to join them.
_left = (
    select(func.count())
    .where(OrderLine.order_id == Order.id, _has_left)
    .correlate(Order)
    .scalar_subquery()
)
_in_the_way = (
    select(func.count())
    .where(
        OrderLine.order_id == Order.id,
        PersonalisationReview.order_id == OrderLine.order_id,
        PersonalisationReview.line_number == OrderLine.number,
        PersonalisationReview.status.in_([ReviewStatus.PENDING, ReviewStatus.REJECTED]),
        _has_left,
    )
    .correlate(Order)
    .scalar_subquery()
)
# Written out, for an index that has what is to be made ready alone: how many lie ready, and how
# many were fetched, costs nothing. What somebody else has locked is found by the next look.
_DUE = (
    select(Order.id, Order.member_id, Order.number)
    .where(
        Order.delivery == literal_column(f"'{DeliveryMethod.PICK_UP}'"),
        Order.status == literal_column(f"'{OrderStatus.PAID}'"),
        Order.ready_at.is_(None),
        _left > 0,
        _in_the_way == 0,
    )
    .order_by(Order.id)
    .limit(bindparam("most", type_=BigIntegerColumn()))
    .with_for_update(key_share=True, skip_locked=True, of=Order)
)
_WRITE = (
    _PICK_UPS.insert()
    .on_conflict_do_nothing(index_elements=["order_id"])
    .returning(PickUp.order_id)
)


class Ready(msgspec.Struct, frozen=True):
    """An order that can be fetched from now on."""

    order_id: UUID
    member_id: UUID
    number: str
    fetch_by: datetime


class Readied(msgspec.Struct, frozen=True):
    """What came of a look at what is due: how many orders were, and which have a code now."""

    due: int
    ready: Sequence[Ready]


class Lasting(msgspec.Struct, frozen=True):
    """How long a code lasts, and after how long its member is reminded; never where it is None."""

    lasts: timedelta
    remind_after: timedelta | None = None


def has_left() -> ColumnElement[bool]:
    """Whether there is anything to fetch of an order, of the statement that this is a part of."""
    return _left > literal_column("0")


async def make_ready(
    session: WriteSession,
    vault: Vault,
    lasting: Lasting,
    *,
    at: datetime,
    random: Random,
    most: int,
) -> Readied:
    """Give codes to paid orders that are picked up, the oldest first; says which have one now.

    Texts that wait to be looked at, or were rejected, keep theirs waiting, unless their line is
    refunded; an order that is refunded altogether gets none. Two who do so at one
    moment make one code: the second finds nothing to do. ``random`` must be a source that nobody
    can guess.
    """
    due = {row.id: row for row in await session.execute(_DUE, {"most": most})}
    if not due:
        return Readied(0, [])
    fetch_by, rows = at + lasting.lasts, list[tuple[object, ...]]()
    remind_at = _remind_at(lasting, at)
    for order_id in due:
        code = new_code(random)
        secret = sealed(vault, order_id, code, random)
        rows.append((order_id, digest_of(vault, code), secret, at, fetch_by, remind_at))
    written = list(await session.scalars(_WRITE, _PICK_UPS.bound(rows)))
    await session.execute(_marked(list(due)))
    ready = [
        Ready(order_id, due[order_id].member_id, due[order_id].number, fetch_by)
        for order_id in written
    ]
    return Readied(len(due), ready)


def _remind_at(lasting: Lasting, at: datetime) -> datetime | None:
    """When a member is reminded: while there is time left, or not at all."""
    after = lasting.remind_after
    return None if after is None or after >= lasting.lasts else at + after


def _marked(order_ids: Sequence[UUID]) -> Any:
    """Since when orders are ready: as their codes say, also one that the release before made."""
    return (
        update(Order)
        .where(Order.id.in_(order_ids), PickUp.order_id == Order.id)
        .values(ready_at=PickUp.ready_at)
        .execution_options(synchronize_session=False)
    )
