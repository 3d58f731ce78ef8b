"""How long points hold (R1 Earn 5): from the moment a lot becomes active until a local midnight."""

import re
from calendar import monthrange
from datetime import date, datetime, timedelta
from enum import StrEnum

import msgspec

from domain.kernel.days import begin_of, day_at

_WORD = re.compile(r"(never|days|months|sliding|year_end)(?::([0-9]{1,4}))?(?::([0-9]{4}))?")
_MONTHS = 12
MOST_DAYS = 3_660
MOST_MONTHS = 120


class ValidityKind(StrEnum):
    """By what the end of a lot is found.

    NEVER: it has none. DAYS, MONTHS: so many after it became active. SLIDING: so many days, anew
    for all active lots whenever the member does what counts. YEAR_END: the end of the year, or of
    the year after where it became active on or after the cut.
    """

    NEVER = "never"
    DAYS = "days"
    MONTHS = "months"
    SLIDING = "sliding"
    YEAR_END = "year_end"


class Validity(msgspec.Struct, frozen=True, gc=False):
    """How long points hold. ``cut`` is month and day, 1001 for the first of October.

    ``word`` is what a lot keeps of it: ``days:365``, ``year_end:0:1001``, ``never``.
    """

    kind: ValidityKind
    count: int = 0
    cut: int = 0

    @property
    def word(self) -> str:
        """It as one word; `of_word` reads it."""
        if self.kind is ValidityKind.NEVER:
            return "never"
        if self.kind is ValidityKind.YEAR_END:
            return f"year_end:0:{self.cut:04}" if self.cut else "year_end"
        return f"{self.kind}:{self.count}"

    @property
    def is_possible(self) -> bool:
        """Whether it has the figures that its kind needs, within bounds."""
        if self.kind is ValidityKind.NEVER:
            return self.count == self.cut == 0
        if self.kind is ValidityKind.YEAR_END:
            return self.count == 0 and (self.cut == 0 or _is_day(self.cut))
        most = MOST_MONTHS if self.kind is ValidityKind.MONTHS else MOST_DAYS
        return self.cut == 0 and 1 <= self.count <= most

    def ends(self, active_from: datetime) -> datetime | None:
        """The moment from which points that became active then are no longer good.

        The midnight, on the shop's clock, with which their last day ends; None for never.
        """
        day = day_at(active_from)
        match self.kind:
            case ValidityKind.NEVER:
                return None
            case ValidityKind.DAYS | ValidityKind.SLIDING:
                last = day + timedelta(days=self.count)
            case ValidityKind.MONTHS:
                last = _months_after(day, self.count)
            case ValidityKind.YEAR_END:
                is_late = self.cut and day.month * 100 + day.day >= self.cut
                last = date(day.year + 1 if is_late else day.year, _MONTHS, 31)
        return begin_of(last + timedelta(days=1))


NEVER = Validity(ValidityKind.NEVER)


def of_word(word: str) -> Validity:
    """The validity that a lot keeps as that word; ValueError where it is none."""
    found = _WORD.fullmatch(word)
    if found is None:
        raise ValueError(f"{word!r} is no validity")
    validity = Validity(ValidityKind(found[1]), int(found[2] or 0), int(found[3] or 0))
    if not validity.is_possible:
        raise ValueError(f"{word!r} is no possible validity")
    return validity


def _months_after(day: date, months: int) -> date:
    """The same day some months later, or the last of that month where it has no such day."""
    year, month = divmod(day.year * _MONTHS + day.month - 1 + months, _MONTHS)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _is_day(cut: int) -> bool:
    month, day = divmod(cut, 100)
    return 1 <= month <= _MONTHS and 1 <= day <= monthrange(2023, month)[1]
