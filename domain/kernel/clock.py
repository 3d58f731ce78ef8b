"""Time, as a value that is passed in: nothing in the domain looks at a clock by itself."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Answers with the present moment, aware and in UTC."""


def system_clock() -> datetime:
    """Read this machine's clock; only the mains choose it."""
    return datetime.now(UTC)
