"""What adjusting points refuses."""

from dataclasses import dataclass

from domain.kernel.errors import Refused
from domain.points.adjusting.words import AdjustmentStatus


@dataclass(eq=False)
class AdjustmentUnavailable(Refused):
    """There is no such adjustment."""


@dataclass(eq=False)
class AdjustmentDecided(Refused):
    """Somebody has decided about the adjustment, or it did not need it."""

    status: AdjustmentStatus


@dataclass(eq=False)
class OwnAdjustment(Refused):
    """Who asked for an adjustment cannot decide about it."""
