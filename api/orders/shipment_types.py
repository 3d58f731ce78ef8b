"""The GraphQL types of parcels; behind each is a struct of `domain.orders.shipping.views`."""

from datetime import datetime

import strawberry

from api.limits import sized
from api.orders.enums import Carrier, ShipmentKind


@strawberry.type(description="Units of a line that are in a parcel.")
class ShipmentLine:
    line_number: int = strawberry.field(description="The line, by its place in the order.")
    units: int = strawberry.field(description="How many of its units.")


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
