"""The parcels of orders: what is in each, who brings it, and by when it is taken for received."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Record
from sqlalchemy import ARRAY, any_, bindparam, func, literal_column, select
from sqlalchemy import Uuid as UuidColumn
from sqlalchemy.dialects.postgresql import aggregate_order_by

from domain.kernel.db import HotRead, ReadPool
from domain.kernel.language import Language
from domain.orders.shipping.carriers import carrier_name
from domain.orders.shipping.models import ReceiptDeadline, Shipment, ShipmentLine
from domain.orders.tracking.models import ShipmentTrack
from domain.orders.tracking.views import (
    TrackingView,
    columns_of_tracking,
    is_tracked,
    tracking_of,
)
from domain.orders.words import SENT, Carrier, ShipmentKind


class ShipmentLineView(msgspec.Struct, frozen=True, gc=False):
    """Units of a line that are in a parcel."""

    line_number: int
    units: int


class ShipmentView(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A parcel of an order; ``move`` is the one of the order's history that it made."""

    ordinal: int
    kind: ShipmentKind
    carrier: Carrier | None
    carrier_name: str | None
    tracking_number: str | None
    shipped_at: datetime
    corrected_at: datetime | None
    lines: list[ShipmentLineView]
    tracking: TrackingView | None
    move: int


_IDS = bindparam("ids", type_=ARRAY(UuidColumn))
_LINES = msgspec.json.Decoder(list[ShipmentLineView])


async def shipments_of(
    reads: ReadPool, language: Language, ids: Sequence[UUID], *, with_tracking: bool
) -> dict[UUID, list[ShipmentView]]:
    """The parcels of each order, the first one first, in one statement."""
    found: dict[UUID, list[ShipmentView]] = defaultdict(list)
    for row in await _shipments(with_tracking=with_tracking).rows(reads, ids=ids):
        carrier = Carrier(row["carrier"]) if row["carrier"] else None
        found[row["order_id"]].append(
            ShipmentView(
                ordinal=row["ordinal"],
                kind=ShipmentKind(row["kind"]),
                carrier=carrier,
                carrier_name=carrier_name(carrier, language) if carrier else None,
                tracking_number=row["tracking_number"],
                shipped_at=row["shipped_at"],
                corrected_at=row["corrected_at"],
                lines=_LINES.decode(row["lines"]),
                tracking=tracking_of(row) if with_tracking else None,
                move=row["move"],
            )
        )
    return found


async def sent_of(
    reads: ReadPool, language: Language, rows: Sequence[Record], *, with_tracking: bool
) -> dict[UUID, list[ShipmentView]]:
    """The parcels of orders by their rows; nothing is read where nothing was sent."""
    sent = [row["id"] for row in rows if row["status"] in SENT]
    if not sent:
        return {}
    return await shipments_of(reads, language, sent, with_tracking=with_tracking)


@cache
def _shipments(*, with_tracking: bool) -> HotRead:
    each, line = Shipment, ShipmentLine
    one: Any = func.json_build_object(
        literal_column("'line_number'"),
        line.line_number,
        literal_column("'units'"),
        line.units,
    )
    lines = (
        select(func.json_agg(aggregate_order_by(one, line.line_number)))
        .where(line.order_id == each.order_id, line.ordinal == each.ordinal)
        .correlate(each)
        .scalar_subquery()
    )
    parcels: Any = select(
        each.order_id,
        each.ordinal,
        each.kind,
        each.carrier,
        each.tracking_number,
        each.shipped_at,
        each.corrected_at,
        each.move,
        lines.label("lines"),
    )
    if with_tracking:
        parcels = parcels.add_columns(*columns_of_tracking())
        parcels = parcels.select_from(each).outerjoin(ShipmentTrack, is_tracked())
    return HotRead(parcels.where(each.order_id == any_(_IDS)).order_by(each.order_id, each.ordinal))


def receive_by_of(order_id: Any) -> Any:
    """By when an order that was sent is taken for received, as a part of a larger statement."""
    return (
        select(ReceiptDeadline.due_at).where(ReceiptDeadline.order_id == order_id).scalar_subquery()
    )
