"""What a process has for points: what the staff may do by themselves."""

from dataclasses import dataclass, field

from domain.points.adjusting.rules import AdjustmentLimits, LimitSettings, limits_of


@dataclass(frozen=True, slots=True)
class PointsDesk:
    """The limits of a mall, those of one that says nothing else unless they are given."""

    limits: AdjustmentLimits = field(default_factory=AdjustmentLimits)


def points_desk(settings: LimitSettings) -> PointsDesk:
    """What a mall with these settings has."""
    return PointsDesk(limits_of(settings))
