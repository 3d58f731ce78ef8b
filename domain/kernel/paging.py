"""Pages of a list, by key and never by offset."""

from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar
from uuid import UUID

import msgspec

T = TypeVar("T")

DEFAULT_PAGE = 20
LARGEST_PAGE = 100
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Place(msgspec.Struct, frozen=True):
    """Where an item stands in a sorted list: the value that it is sorted by, then its key."""

    value: int
    key: UUID

    @classmethod
    def at(cls, moment: datetime, key: UUID) -> "Place":
        """The place in a list that is sorted by a moment."""
        return cls((moment - _EPOCH) // _MICROSECOND, key)

    @property
    def moment(self) -> datetime:
        """The moment that the item is sorted by."""
        return _EPOCH + self.value * _MICROSECOND


class Page(msgspec.Struct, Generic[T], frozen=True):
    """A part of a list: its items in order, and whether there are more after them."""

    items: list[T]
    has_next: bool


def page_of(rows: list[T], first: int) -> Page[T]:
    """Make the page from up to ``first`` + 1 rows.

    Asking for one row more than wanted answers "is there a next page?" without a second query.
    """
    return Page(items=rows[:first], has_next=len(rows) > first)
