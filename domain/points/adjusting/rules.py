"""What an adjustment may be, and when it needs a second person: pure judgement."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from domain.kernel.actors import Role
from domain.kernel.errors import Problem, ProblemKind
from domain.kernel.language import Sentence
from domain.kernel.problems import MISSING, OUT_OF_RANGE, TOO_LONG
from domain.points.adjusting.words import AdjustmentReason
from domain.points.rules.validity import MOST_DAYS, Validity, ValidityKind
from domain.staff.rules import problems_of_reason

MOST_POINTS = 1_000_000_000
LONGEST_TICKET = 60
NOT_FOR_DEDUCTIONS = ProblemKind(
    "not_for_deductions",
    Sentence(zh="只有增加积分时才能填写有效天数。", en="Only points that are added have days."),
)


class LimitSettings(Protocol):
    """The settings that limits are of."""

    @property
    def points_operator_limit(self) -> int:
        """Points that an operator adjusts of one member in a day by themselves."""
        ...

    @property
    def points_owner_limit(self) -> int:
        """Points that the owner does."""
        ...


@dataclass(frozen=True, slots=True)
class AdjustmentLimits:
    """How many points one person may adjust of one member in a day without another's approval."""

    operator: int = 1_000
    owner: int = 10_000

    def needs_approval(self, role: Role, points: int, before: int) -> bool:
        """Whether an adjustment waits, after as many points that day; for other roles each does."""
        most = {Role.OPERATOR: self.operator, Role.OWNER: self.owner}.get(role, 0)
        return before + abs(points) > most


def limits_of(settings: LimitSettings) -> AdjustmentLimits:
    """The limits of a mall with these settings."""
    return AdjustmentLimits(settings.points_operator_limit, settings.points_owner_limit)


@dataclass(frozen=True, slots=True)
class AdjustmentWish:
    """What somebody of the staff wants: points above zero to add, below it to take.

    ``valid_days`` is how long added ones are good, from the day on which they are added.
    """

    member_id: UUID
    points: int
    reason_code: AdjustmentReason
    note: str
    ticket: str | None = None
    valid_days: int | None = None

    @property
    def validity(self) -> str | None:
        """What a lot keeps of the days."""
        days = self.valid_days
        return None if days is None else Validity(ValidityKind.DAYS, days).word


def problems_of(wish: AdjustmentWish) -> Iterator[Problem]:
    """What is wrong with an adjustment."""
    if wish.points == 0 or abs(wish.points) > MOST_POINTS:
        yield OUT_OF_RANGE.at("points", least=-MOST_POINTS, most=MOST_POINTS)
    yield from problems_of_reason(wish.note)
    if wish.ticket is not None and len(wish.ticket) > LONGEST_TICKET:
        yield TOO_LONG.at("ticket", most=LONGEST_TICKET)
    days = wish.valid_days
    if days is None and wish.points > 0:
        yield MISSING.at("validDays")
    if days is not None and wish.points < 0:
        yield NOT_FOR_DEDUCTIONS.at("validDays")
    if days is not None and not 1 <= days <= MOST_DAYS:
        yield OUT_OF_RANGE.at("validDays", least=1, most=MOST_DAYS)
