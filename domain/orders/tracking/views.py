"""What carriers have told of parcels, as it is read with them."""

from datetime import datetime
from typing import Any

import msgspec
from asyncpg import Record
from sqlalchemy import ColumnElement, and_

from domain.orders.shipping.models import Shipment
from domain.orders.tracking.models import ShipmentTrack
from domain.orders.tracking.rules import TrackingEvent
from domain.orders.tracking.words import TrackingState


class TrackingView(msgspec.Struct, frozen=True, gc=False):
    """Where a parcel is by its carrier's word of ``as_of``; no state while nothing is known."""

    state: TrackingState | None
    events: list[TrackingEvent]
    as_of: datetime


_EVENTS = msgspec.json.Decoder(list[TrackingEvent])


def columns_of_tracking() -> list[Any]:
    """What `tracking_of` reads in a statement that joins `ShipmentTrack` by `is_tracked`."""
    track = ShipmentTrack
    return [track.state.label("tracking_state"), track.events.label("tracking_events"), track.as_of]


def is_tracked() -> ColumnElement[bool]:
    """Whether a row tells of a parcel under the number that it has now."""
    track, parcel = ShipmentTrack, Shipment
    return and_(
        track.order_id == parcel.order_id,
        track.ordinal == parcel.ordinal,
        track.carrier == parcel.carrier,
        track.tracking_number == parcel.tracking_number,
    )


def tracking_of(row: Record) -> TrackingView | None:
    """Where a parcel is, by its row; None where nobody was asked, or has answered yet."""
    if row["as_of"] is None:
        return None
    state = row["tracking_state"]
    return TrackingView(
        TrackingState(state) if state else None,
        _EVENTS.decode(row["tracking_events"]),
        row["as_of"],
    )
