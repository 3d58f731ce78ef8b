"""The service that knows where parcels are."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from domain.orders.tracking.rules import TrackingEvent
from domain.orders.tracking.words import TrackingState
from domain.orders.words import Carrier


@dataclass(frozen=True, slots=True)
class TrackedParcel:
    """What a parcel is known by outside.

    ``last_digits`` are those of the recipient's phone, which some carriers ask for.
    """

    carrier: Carrier
    number: str
    last_digits: str | None


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of a parcel: nothing yet where there is no state, or its events in any order.

    The moments are in UTC.
    """

    state: TrackingState | None = None
    events: Sequence[TrackingEvent] = ()


class TrackingPort(Protocol):
    """Asks what has happened to parcels."""

    @property
    def carriers(self) -> Collection[Carrier]:
        """Whose parcels the service knows."""
        ...

    async def ask(self, parcel: TrackedParcel) -> Told:
        """What has happened to a parcel so far. Raises `OutsideError`."""
        ...
