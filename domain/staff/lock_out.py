"""How long somebody has to wait after failures to sign in: longer with each one more.

Pure. Passwords, authenticator codes and recovery codes of one login share one count, and so does a
login that nobody has: whether it is anybody's cannot be told from how it locks.
"""

import math
from datetime import datetime, timedelta

TRIES = 5
"""Failures with which the first lock begins; fewer lock nothing."""
FIRST_LOCK = timedelta(seconds=30)
LONGEST_LOCK = timedelta(hours=1)
"""Doubled from the first, no lock is longer: 24 guesses a day is what a thief has."""


def lock_after(failures: int) -> timedelta:
    """How long nothing is tried any more after so many failures since the last success."""
    if failures < TRIES:
        return timedelta(0)
    doublings = min(failures - TRIES, (LONGEST_LOCK // FIRST_LOCK).bit_length())
    return min(FIRST_LOCK * 2**doublings, LONGEST_LOCK)


def steps_of_locks() -> list[tuple[int, timedelta]]:
    """Each count of failures whose lock is longer than the one before, with its lock."""
    counts = range(1, TRIES + (LONGEST_LOCK // FIRST_LOCK).bit_length() + 1)
    return [(n, lock_after(n)) for n in counts if lock_after(n) > lock_after(n - 1)]


def seconds_until(moment: datetime, *, at: datetime) -> int:
    """Whole seconds from now to a moment, at least one, as a person is told to wait."""
    return max(1, math.ceil((moment - at).total_seconds()))
