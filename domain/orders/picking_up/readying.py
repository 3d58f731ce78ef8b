"""Making pick-ups ready: an order that is paid gets its code, once nothing of it waits."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

import msgspec
from sqlalchemy import BigInteger as BigIntegerColumn
from sqlalchemy import bindparam, exists, select

from domain.kernel.db import WriteSession
from domain.kernel.row_sets import RowSet
from domain.kernel.sealing import Vault
from domain.orders.models import Order, OrderLine, PersonalisationReview
from domain.orders.picking_up.codes import digest_of, new_code, sealed
from domain.orders.picking_up.models import PickUp
from domain.orders.refunding.reserved import reserved_of_line
from domain.orders.words import DeliveryMethod, OrderStatus, ReviewStatus
from domain.stores.models import Place, PlaceKind

_PICK_UPS = RowSet("pick_up", PickUp, "order_id code_digest code_sealed ready_at fetch_by")
# As of parcels: what is refunded is in nobody's way, and nobody comes for it.
_has_left = OrderLine.units > reserved_of_line()
# By place and status, of which there is an index: what waits in stores is never much.
_DUE = (
    select(Order.id, Order.member_id, Order.number)
    .join(Place, Place.id == Order.place_id)
    .outerjoin(PickUp, PickUp.order_id == Order.id)
    .where(
        Place.kind == PlaceKind.STORE,
        Order.status == OrderStatus.PAID,
        Order.delivery == DeliveryMethod.PICK_UP,
        PickUp.order_id.is_(None),
        exists().where(OrderLine.order_id == Order.id, _has_left),
        ~exists().where(
            OrderLine.order_id == Order.id,
            PersonalisationReview.order_id == OrderLine.order_id,
            PersonalisationReview.line_number == OrderLine.number,
            PersonalisationReview.status.in_([ReviewStatus.PENDING, ReviewStatus.REJECTED]),
            _has_left,
        ),
    )
    .order_by(Order.id)
    .limit(bindparam("most", type_=BigIntegerColumn()))
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


async def make_ready(
    session: WriteSession,
    vault: Vault,
    *,
    lasts: timedelta,
    at: datetime,
    random: Random,
    most: int,
) -> Sequence[Ready]:
    """Give codes to paid orders that are picked up, the oldest first; says which have one now.

    Texts that wait to be looked at, or were rejected, keep theirs waiting, unless their line is
    refunded; an order that is refunded altogether gets none. Two who do so at one
    moment make one code: the second finds it there. ``random`` must be a source that nobody can
    guess.
    """
    due = {row.id: row for row in await session.execute(_DUE, {"most": most})}
    if not due:
        return []
    fetch_by, rows = at + lasts, list[tuple[object, ...]]()
    for order_id in due:
        code = new_code(random)
        secret = sealed(vault, order_id, code, random)
        rows.append((order_id, digest_of(vault, code), secret, at, fetch_by))
    written = await session.scalars(_WRITE, _PICK_UPS.bound(rows))
    return [
        Ready(order_id, due[order_id].member_id, due[order_id].number, fetch_by)
        for order_id in written
    ]
