"""Which parcels are tracked, for how long what was told of them is kept, and asking sooner."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import cast
from uuid import UUID

import msgspec
from sqlalchemy import ARRAY, Table, and_, any_, bindparam, delete, exists, literal, or_, select
from sqlalchemy import Uuid as UuidColumn
from sqlalchemy.dialects.postgresql import insert

from domain.kernel.db import WriteSession
from domain.kernel.forgetting import forget_oldest
from domain.orders.errors import OrderUnavailable
from domain.orders.models import Order
from domain.orders.shipping.models import Shipment
from domain.orders.tracking.errors import TrackingNotRefreshed
from domain.orders.tracking.models import ShipmentTrack
from domain.orders.tracking.rules import KEPT_FOR, TRACKED_FOR
from domain.orders.words import Carrier

# Of the table: SQLAlchemy would take the array for rows of an entity.
_TRACKS = cast("Table", ShipmentTrack.__table__)
_COLUMNS = (
    "order_id",
    "ordinal",
    "carrier",
    "tracking_number",
    "shipped_at",
    "try_at",
    "refreshable_at",
)
_IDS = bindparam("ids", type_=ARRAY(UuidColumn))


class Refreshed(msgspec.Struct, frozen=True):
    """A parcel whose carrier is asked at once."""

    order_id: UUID
    ordinal: int


async def begin(
    session: WriteSession, ids: Sequence[UUID], carriers: Collection[Carrier], *, at: datetime
) -> None:
    """Track the parcels of orders that one of the carriers brings; again and late nothing changes.

    A parcel whose carrier or number was put right begins afresh: what was told is of another one.
    """
    track, parcel = ShipmentTrack, Shipment
    is_same = and_(track.order_id == parcel.order_id, track.ordinal == parcel.ordinal)
    is_other = or_(
        track.carrier.is_distinct_from(parcel.carrier),
        track.tracking_number.is_distinct_from(parcel.tracking_number),
    )
    wrong = exists().where(is_same, is_other)
    await session.execute(
        delete(track)
        .where(track.order_id == any_(_IDS), wrong)
        .execution_options(synchronize_session=False),
        {"ids": ids},
    )
    tracked = select(
        parcel.order_id,
        parcel.ordinal,
        parcel.carrier,
        parcel.tracking_number,
        parcel.shipped_at,
        literal(at),
        literal(at),
    ).where(
        parcel.order_id == any_(_IDS),
        parcel.carrier.in_(sorted(carriers)),
        parcel.shipped_at > at - TRACKED_FOR,
    )
    await session.execute(
        insert(_TRACKS).from_select(_COLUMNS, tracked).on_conflict_do_nothing(), {"ids": ids}
    )


async def refresh(
    session: WriteSession, order_id: UUID, ordinal: int, member_id: UUID, *, at: datetime
) -> Refreshed:
    """Let the carrier of a member's parcel be asked as soon as a worker comes to it.

    Refuses: OrderUnavailable, TrackingNotRefreshed.
    """
    own = select(Order.id).where(Order.id == order_id, Order.member_id == member_id)
    if await session.scalar(own) is None:
        raise OrderUnavailable
    track = await session.get(
        ShipmentTrack, (order_id, ordinal), with_for_update=True, populate_existing=True
    )
    if track is None or track.try_at is None:
        raise TrackingNotRefreshed(order_id, ordinal, None)
    if track.refreshable_at > at:
        raise TrackingNotRefreshed(order_id, ordinal, track.refreshable_at)
    track.try_at = min(track.try_at, at)
    await session.flush()
    return Refreshed(order_id, ordinal)


async def forget_old_tracks(session: WriteSession, *, at: datetime, most: int) -> int:
    """Forget what was told of parcels that were sent long ago; how many those are."""
    track = ShipmentTrack
    return await forget_oldest(
        session, track, track.shipped_at < at - KEPT_FOR, by=track.shipped_at, most=most
    )
