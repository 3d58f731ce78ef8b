"""What each kind of movement does to a level: pure arithmetic on whole units."""

from collections.abc import Mapping
from enum import StrEnum

import msgspec


class Reason(StrEnum):
    """Why units moved."""

    RECEIVED = "received"
    WRITTEN_OFF = "written_off"
    ADJUSTED = "adjusted"
    HELD = "held"
    RELEASED = "released"
    SOLD = "sold"
    TAKEN_BACK = "taken_back"


class Figures(msgspec.Struct, frozen=True, gc=False):
    """What a level says: units on hand, of these held, units sold, and all ever supplied."""

    on_hand: int = 0
    held: int = 0
    sold: int = 0
    supplied: int = 0

    @property
    def available(self) -> int:
        """Units that an order can still have."""
        return self.on_hand - self.held

    @property
    def is_possible(self) -> bool:
        """Whether a level can say this; the table's own constraints say the same."""
        return (
            0 <= self.held <= self.on_hand
            and self.sold >= 0
            and self.on_hand + self.sold == self.supplied
        )


EFFECTS: Mapping[Reason, Figures] = {
    Reason.RECEIVED: Figures(on_hand=1, supplied=1),
    Reason.WRITTEN_OFF: Figures(on_hand=-1, supplied=-1),
    Reason.ADJUSTED: Figures(on_hand=1, supplied=1),
    Reason.HELD: Figures(held=1),
    Reason.RELEASED: Figures(held=-1),
    Reason.SOLD: Figures(on_hand=-1, held=-1, sold=1),
    Reason.TAKEN_BACK: Figures(on_hand=1, sold=-1),
}
"""What one unit of each movement adds to the figures. Units are above zero, but for an
adjustment, which a count may find either way."""


def moved(figures: Figures, reason: Reason, units: int) -> Figures:
    """The figures after a movement, possible or not; ValueError for units that are none."""
    if units == 0 or (units < 0 and reason is not Reason.ADJUSTED):
        raise ValueError(f"{units} units cannot be {reason}")
    effect = EFFECTS[reason]
    return Figures(
        on_hand=figures.on_hand + units * effect.on_hand,
        held=figures.held + units * effect.held,
        sold=figures.sold + units * effect.sold,
        supplied=figures.supplied + units * effect.supplied,
    )
