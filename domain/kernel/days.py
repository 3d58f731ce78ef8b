"""Days of business: from midnight to midnight on the shop's clock."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from domain.kernel.clock import SHOP_ZONE

_SPAN = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})_([0-9]{4}-[0-9]{2}-[0-9]{2})")


@dataclass(frozen=True, slots=True)
class Days:
    """Days that follow each other, the first and the last among them."""

    first: date
    last: date

    @property
    def begins(self) -> datetime:
        """The moment at which they begin."""
        return begin_of(self.first)

    @property
    def ends(self) -> datetime:
        """The moment before which they end."""
        return begin_of(self.last + timedelta(days=1))

    @property
    def count(self) -> int:
        """How many they are; none or fewer where the last is before the first."""
        return (self.last - self.first).days + 1

    def __iter__(self) -> Iterator[date]:
        """Each of them, the earliest first."""
        return (self.first + timedelta(days=n) for n in range(self.count))

    def __str__(self) -> str:
        """As it stands in addresses: ``2026-11-01_2026-11-30``."""
        return f"{self.first}_{self.last}"


def begin_of(day: date) -> datetime:
    """The moment at which a day begins."""
    return datetime.combine(day, time(tzinfo=SHOP_ZONE))


def day_at(moment: datetime) -> date:
    """The day that it is at a moment."""
    return moment.astimezone(SHOP_ZONE).date()


def day_of(written: str) -> date | None:
    """The day that a text such as ``2026-11-27`` names; None for what names none."""
    try:
        return date.fromisoformat(written) if len(written) == len("2026-11-27") else None
    except ValueError:
        return None


def days_of(written: str) -> Days | None:
    """The days that a text in an address names; None for what names none."""
    found = _SPAN.fullmatch(written)
    if found is None:
        return None
    first, last = day_of(found[1]), day_of(found[2])
    return Days(first, last) if first and last and first <= last else None
