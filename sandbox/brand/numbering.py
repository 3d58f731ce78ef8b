"""Ids and randomness by number: what has a number is the same, whatever was made before it."""

from datetime import UTC, datetime, timedelta
from enum import IntEnum
from random import Random
from uuid import UUID

from domain.kernel.ids import new_id

MOST_OF_A_KIND = 10_000_000
"""Numbers begin at 0 and end before this."""
_BEGINNING = datetime(2024, 3, 8, 2, tzinfo=UTC)
_BITS_OF_A_NUMBER = 24


class Numbered(IntEnum):
    """The kinds of things that are numbered, each by itself."""

    CATEGORY = 1
    TAG = 2
    PLACE = 3
    STAFF = 4
    PRODUCT = 5
    MEMBER = 6


def source(seed: int, kind: Numbered, number: int) -> Random:
    """The randomness of the thing with that number; its id is the first that is drawn from it."""
    return Random((seed * len(Numbered) * 2 + kind) << _BITS_OF_A_NUMBER | number)


def next_id(number: int, random: Random) -> UUID:
    """An id that ascends with the number, whose millisecond tells the number."""
    return new_id(moment(number), random)


def id_of(seed: int, kind: Numbered, number: int) -> UUID:
    """The id of the thing with that number."""
    return next_id(number, source(seed, kind, number))


def number_of(key: UUID) -> int:
    """The number in an id that `next_id` made."""
    return (key.int >> 80) - _milliseconds(0)


def bounds() -> tuple[UUID, UUID]:
    """The bounds of every id that `next_id` makes; what is made in a running mall lies above."""
    return (
        UUID(int=_milliseconds(0) << 80),
        UUID(int=_milliseconds(MOST_OF_A_KIND) << 80),
    )


def moment(number: int) -> datetime:
    """The moment within the id of what has that number: it orders ids and says nothing else."""
    # The middle of the millisecond: a float of seconds may fall short of its beginning.
    return _BEGINNING + timedelta(milliseconds=number, microseconds=500)


def _milliseconds(number: int) -> int:
    return int(moment(number).timestamp() * 1000)
