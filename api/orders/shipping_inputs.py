"""What staff and members send about parcels."""

from uuid import UUID

import strawberry

from api.ids import key
from api.orders.enums import Carrier
from domain.orders.shipping.rules import Parcel, ParcelLine, tracking_number
from domain.orders.views.structs import ORDER

_REQUEST_ID = "An id of the client's own for this request: sent again, it gets the first answer."
_REASON = "Why, for the audit trail, at most 500 characters."
_NUMBER = "The number under which they bring it: 6 to 32 letters, digits and hyphens."


@strawberry.input(description="Units of a line that go into a parcel.")
class ShipmentLineInput:
    line_number: int = strawberry.field(description="The line, by its place in the order.")
    units: int = strawberry.field(description="How many of its units, at least one.")


@strawberry.input(description="A parcel that is sent now.")
class ShipOrderInput:
    request_id: UUID = strawberry.field(description=_REQUEST_ID)
    order_id: strawberry.ID = strawberry.field(description="Of which order.")
    carrier: Carrier = strawberry.field(description="Who brings it.")
    tracking_number: str = strawberry.field(description=_NUMBER)
    lines: list[ShipmentLineInput] | None = strawberry.field(
        default=None, description="What is in it, at most 100 lines; without, all that is left."
    )
    reason: str = strawberry.field(description=_REASON)

    @property
    def order_key(self) -> UUID:
        """The order's key; a BAD_INPUT fault for an id that is none."""
        return key(self.order_id, ORDER, argument="orderId")

    @property
    def parcel(self) -> Parcel:
        """The parcel; nothing is checked yet."""
        lines = None
        if self.lines is not None:
            lines = tuple(ParcelLine(each.line_number, each.units) for each in self.lines)
        return Parcel(self.carrier, tracking_number(self.tracking_number), lines)


@strawberry.input(description="A parcel that somebody else brings, or under another number.")
class CorrectShipmentInput:
    request_id: UUID = strawberry.field(description=_REQUEST_ID)
    order_id: strawberry.ID = strawberry.field(description="Of which order.")
    ordinal: int = strawberry.field(description="Which of its parcels, from 1.")
    carrier: Carrier = strawberry.field(description="Who brings it.")
    tracking_number: str = strawberry.field(description=_NUMBER)
    reason: str = strawberry.field(description=_REASON)

    @property
    def order_key(self) -> UUID:
        """The order's key; a BAD_INPUT fault for an id that is none."""
        return key(self.order_id, ORDER, argument="orderId")

    @property
    def parcel(self) -> Parcel:
        """Who brings it now; nothing is checked yet."""
        return Parcel(self.carrier, tracking_number(self.tracking_number))
