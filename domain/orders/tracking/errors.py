"""What asking for a parcel's whereabouts refuses, besides `OrderUnavailable`."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.kernel.errors import Refused


@dataclass(eq=False)
class TrackingNotRefreshed(Refused):
    """The carrier is not asked now: it was asked a moment ago, or (None) it is asked no more."""

    order_id: UUID
    ordinal: int
    from_at: datetime | None
