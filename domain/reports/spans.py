"""What statements of reports are made of: the span they read, days, sums and words."""

from typing import Any

from sqlalchemy import BigInteger, Date, DateTime, Text, bindparam, cast, func, literal_column

from domain.kernel.clock import SHOP_ZONE

_MOMENT = DateTime(timezone=True)
BEGINS: Any = bindparam("begins", type_=_MOMENT)
ENDS: Any = bindparam("ends", type_=_MOMENT)


def day_at(moment: Any) -> Any:
    """The day of business that a moment is of."""
    zone = literal_column(f"'{SHOP_ZONE.tzname(None)}'", Text)
    return cast(func.timezone(zone, moment), Date)


def word(told: str) -> Any:
    """A word as SQL has it, so that indexes of a part know it."""
    return literal_column(f"'{told}'", Text)


def whole(column: Any) -> Any:
    """The sum of a column, as a whole number."""
    return cast(func.sum(column), BigInteger)
