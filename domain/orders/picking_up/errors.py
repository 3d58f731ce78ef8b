"""What handing orders over refuses, besides `InvalidInput` and `OrderUnavailable`."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.kernel.errors import Refused


@dataclass(eq=False)
class PickUpCodeUnknown(Refused):
    """The code fetches nothing in this store; whether it does elsewhere is told to nobody."""


@dataclass(eq=False)
class PickUpOver(Refused):
    """The time to fetch the order is over; somebody can give more."""

    order_id: UUID
    fetch_by: datetime


@dataclass(eq=False)
class PickUpUnavailable(Refused):
    """The order does not wait to be fetched."""

    order_id: UUID
