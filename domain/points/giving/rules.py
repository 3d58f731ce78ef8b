"""How much members may give to each other in a day: pure judgement."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from domain.kernel.errors import Problem
from domain.kernel.problems import OUT_OF_RANGE
from domain.points.giving.errors import TransferLimited, TransfersOff

MOST_POINTS = 1_000_000_000


class TransferSettings(Protocol):
    """The settings that terms are of."""

    @property
    def points_transfers(self) -> bool:
        """Whether members give points to each other at all."""
        ...

    @property
    def points_transfers_a_day(self) -> int:
        """How often a member may in a day."""
        ...

    @property
    def points_transferred_a_day(self) -> int:
        """How many points a member may give in a day."""
        ...


@dataclass(frozen=True, slots=True)
class TransferTerms:
    """Whether members may give points to each other, how often and how many in a day."""

    is_open: bool = False
    times_a_day: int = 5
    points_a_day: int = 1_000

    def require_open(self) -> None:
        """See that the mall lets members give points at all. Refuses: TransfersOff."""
        if not self.is_open:
            raise TransfersOff

    def require(self, points: int, *, times: int, given: int) -> None:
        """See that points may be given after so many that day. Refuses: TransferLimited."""
        left = max(0, self.points_a_day - given) if times < self.times_a_day else 0
        if points > left:
            raise TransferLimited(left)


def transfer_terms_of(settings: TransferSettings) -> TransferTerms:
    """The terms of a mall with these settings."""
    return TransferTerms(
        settings.points_transfers,
        settings.points_transfers_a_day,
        settings.points_transferred_a_day,
    )


def problems_of(points: int) -> Iterator[Problem]:
    """What is wrong with the points of a transfer."""
    if not 1 <= points <= MOST_POINTS:
        yield OUT_OF_RANGE.at("points", least=1, most=MOST_POINTS)
