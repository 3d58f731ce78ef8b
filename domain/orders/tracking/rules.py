"""What is kept of what a carrier tells, and when it is asked again: judged on values alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from domain.orders.tracking.words import TrackingState

TRACKED_FOR = timedelta(days=30)
"""How long after it was sent a parcel is asked for."""
KEPT_FOR = timedelta(days=90)
"""How long after it was sent what was told of it is kept: it has names and numbers of couriers."""
MOST_EVENTS = 30
LONGEST_TEXT, LONGEST_PLACE = 200, 60
_OLD_AFTER = timedelta(days=7)
_USUAL, _OLD = 4, 16
"""How many of the shortest pauses there are between two questions."""
_CUT = "…"


class TrackingEvent(msgspec.Struct, frozen=True):
    """Something that happened to a parcel: when, where if that is told, and what."""

    at: datetime
    place: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a parcel is asked for: ``shortest`` is between any two questions."""

    shortest: timedelta

    def after(self, state: TrackingState | None, age: timedelta) -> timedelta:
        """How long to wait after an answer, of a parcel that was sent so long ago."""
        if state is TrackingState.OUT_FOR_DELIVERY:
            return self.shortest
        return self.shortest * (_OLD if age > _OLD_AFTER else _USUAL)

    def after_failures(self, tries: int) -> timedelta:
        """How long to wait after so many questions in vain, one after the other."""
        return self.shortest * min(2 ** min(max(tries - 1, 0), 10), _OLD)


def kept(events: Sequence[TrackingEvent]) -> list[TrackingEvent]:
    """The newest events, the last one first, each once and in as many characters as are kept.

    Of two at one moment the one that was told first stays first.
    """
    in_order = sorted(dict.fromkeys(map(_cut, events)), key=lambda each: each.at, reverse=True)
    return in_order[:MOST_EVENTS]


def _cut(event: TrackingEvent) -> TrackingEvent:
    place = _fitted(event.place, LONGEST_PLACE) if event.place else None
    return TrackingEvent(event.at, place, _fitted(event.text, LONGEST_TEXT))


def _fitted(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - len(_CUT)] + _CUT
