"""The GraphQL types of parcels; behind each is a struct of `domain.orders.shipping.views`."""

from datetime import datetime

import strawberry

from api.limits import sized
from api.orders.enums import Carrier, ShipmentKind, TrackingState


@strawberry.type(description="Units of a line that are in a parcel.")
class ShipmentLine:
    line_number: int = strawberry.field(description="The line, by its place in the order.")
    units: int = strawberry.field(description="How many of its units.")


@strawberry.type(description="Something that happened to a parcel, as its carrier tells it.")
class TrackingEvent:
    at: datetime = strawberry.field(description="When.")
    place: str | None = strawberry.field(description="Where, if that is told.")
    text: str = strawberry.field(description="What, in the carrier's own words.")


@strawberry.type(
    description="Where a parcel is by its carrier's word. It is news: what is delivered there is "
    "received here by its member's word, or when its time is over."
)
class Tracking:
    state: TrackingState | None = strawberry.field(
        description="How far it has come; null while the carrier knows nothing of it yet."
    )
    events: list[TrackingEvent] = strawberry.field(
        description="What has happened to it, the newest first, at most 30; counts as 5 in a "
        "document's cost.",
        metadata=sized(5),
    )
    as_of: datetime = strawberry.field(
        description="When the carrier last said so; it may be a while ago."
    )


@strawberry.type(description="A parcel of an order.")
class Shipment:
    ordinal: int = strawberry.field(description="Which of the order's parcels it is, from 1.")
    kind: ShipmentKind = strawberry.field(description="How it reaches its member.")
    carrier: Carrier | None = strawberry.field(
        description="Who brings it; null where nobody brings it."
    )
    carrier_name: str | None = strawberry.field(
        description="What they are called, in the caller's language."
    )
    tracking_number: str | None = strawberry.field(
        description="The number under which they bring it."
    )
    shipped_at: datetime = strawberry.field(description="When it was sent.")
    corrected_at: datetime | None = strawberry.field(
        description="When the carrier or the number was put right, if it was."
    )
    lines: list[ShipmentLine] = strawberry.field(
        description="What is in it, at most 100 lines; counts as 3 in a document's cost.",
        metadata=sized(3),
    )
    tracking: Tracking | None = strawberry.field(
        description="Where it is; null where nobody has said so yet, or its carrier is not asked."
    )
