"""What staff have to say when they change something."""

from collections.abc import Iterator

from domain.kernel.errors import Problem
from domain.kernel.problems import MISSING, TOO_LONG

LONGEST_REASON = 500


def problems_of_reason(reason: str) -> Iterator[Problem]:
    """What is wrong with the words why something is changed."""
    if not reason.strip():
        yield MISSING.at("reason")
    elif len(reason) > LONGEST_REASON:
        yield TOO_LONG.at("reason", most=LONGEST_REASON)
