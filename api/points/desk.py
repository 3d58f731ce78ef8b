"""What a process has for points: what the staff may do by themselves, and members among them."""

from dataclasses import dataclass, field
from typing import Protocol

from domain.points.adjusting.rules import AdjustmentLimits, LimitSettings, limits_of
from domain.points.giving.rules import TransferSettings, TransferTerms, transfer_terms_of


class PointsSettings(LimitSettings, TransferSettings, Protocol):
    """The settings that a desk is of."""


@dataclass(frozen=True, slots=True)
class PointsDesk:
    """The limits of a mall, those of one that says nothing else unless they are given."""

    limits: AdjustmentLimits = field(default_factory=AdjustmentLimits)
    transfers: TransferTerms = field(default_factory=TransferTerms)


def points_desk(settings: PointsSettings) -> PointsDesk:
    """What a mall with these settings has."""
    return PointsDesk(limits_of(settings), transfer_terms_of(settings))
