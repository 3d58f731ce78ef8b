"""Time, as a value that is passed in: nothing in the domain looks at a clock by itself."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

Clock = Callable[[], datetime]
"""Answers with the present moment, aware and in UTC."""

SHOP_ZONE = timezone(timedelta(hours=8), "Asia/Shanghai")
"""The one time zone of mainland China, in which the mall tells days and hours."""


def system_clock() -> datetime:
    """Read this machine's clock; only the mains choose it."""
    return datetime.now(UTC)
