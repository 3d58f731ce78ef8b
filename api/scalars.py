"""The mall's own scalars."""

from datetime import UTC, datetime
from uuid import UUID

import strawberry
from strawberry.types.scalar import ScalarDefinition

from domain.kernel.money import LARGEST_FEN, Fen
from domain.kernel.points import LARGEST_POINTS, Points


def _parse_fen(value: object) -> Fen:
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > LARGEST_FEN:
        raise ValueError("Money is a whole number of fen within 2^53.")
    return Fen(value)


MONEY: ScalarDefinition = strawberry.scalar(
    name="Money",
    description="An amount of money in whole fen (a hundredth of a yuan), as a JSON integer.",
    serialize=int,
    parse_value=_parse_fen,
)


def _parse_points(value: object) -> Points:
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > LARGEST_POINTS:
        raise ValueError("Points is a whole number within 2^53.")
    return Points(value)


POINTS: ScalarDefinition = strawberry.scalar(
    name="Points",
    description="A number of whole points, as a JSON integer.",
    serialize=int,
    parse_value=_parse_points,
)


_FIRST_YEAR, _LAST_YEAR = 2000, 2199


def _parse_moment(value: object) -> datetime:
    moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    if moment is None or moment.tzinfo is None:
        raise ValueError("DateTime is a text like 2026-11-11T00:00:00+08:00, with its offset.")
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise ValueError(f"DateTime is between the years {_FIRST_YEAR} and {_LAST_YEAR}.")
    return moment.astimezone(UTC)


def _moment_text(moment: datetime) -> str:
    # What comes from PostgreSQL is in UTC already.
    return (moment if moment.tzinfo is UTC else moment.astimezone(UTC)).isoformat()


DATE_TIME: ScalarDefinition = strawberry.scalar(
    name="DateTime",
    description="A moment, as ISO 8601 with an offset: 2026-11-11T00:00:00+08:00, from the year "
    "2000 to 2199. Answers are in UTC.",
    serialize=_moment_text,
    parse_value=_parse_moment,
)

UUID_TEXT: ScalarDefinition = strawberry.scalar(
    name="UUID",
    description="A UUID as text, 0192f000-0000-7000-8000-000000000001: of any version.",
    serialize=str,
    parse_value=lambda value: UUID(value if isinstance(value, str) else ""),
)
