"""What sending parcels refuses, besides `InvalidInput` and `OrderUnavailable`."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.kernel.errors import Refused


class ShippingObstacle(StrEnum):
    """What is in the way of sending something."""

    NOT_PAID = "not_paid"
    CLOSED = "closed"
    ALL_SHIPPED = "all_shipped"
    PICKED_UP = "picked_up"
    TEXTS_WAIT = "texts_wait"
    TEXTS_REJECTED = "texts_rejected"
    TOO_MANY_PARCELS = "too_many_parcels"


@dataclass(eq=False)
class OrderNotShippable(Refused):
    """Nothing can be sent of the order as it is; nothing was."""

    order_id: UUID
    obstacle: ShippingObstacle


class HandoverObstacle(StrEnum):
    """What is in the way of handing something over."""

    NOT_PAID = "not_paid"
    CLOSED = "closed"
    HANDED_OVER = "handed_over"
    DELIVERED = "delivered"
    TEXTS_WAIT = "texts_wait"
    TEXTS_REJECTED = "texts_rejected"


@dataclass(eq=False)
class OrderNotHandedOver(Refused):
    """The order cannot be handed over as it is; nothing was."""

    order_id: UUID
    obstacle: HandoverObstacle


@dataclass(eq=False)
class UnitsNotLeft(Refused):
    """There are not so many units of a line that were not sent yet; nothing was sent."""

    line_number: int
    left: int
    wanted: int


@dataclass(eq=False)
class ParcelKnown(Refused):
    """The order has a parcel with this number of this carrier's already; nothing was changed."""

    order_id: UUID
    ordinal: int


@dataclass(eq=False)
class ParcelUnavailable(Refused):
    """The order has no such parcel."""


@dataclass(eq=False)
class OrderNotReceivable(Refused):
    """The order does not wait to be received."""

    order_id: UUID


@dataclass(eq=False)
class ReceiptNotExtendable(Refused):
    """The time to receive an order is not extended: not yet, or (None) it was already."""

    order_id: UUID
    from_at: datetime | None
