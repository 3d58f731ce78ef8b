"""How long somebody has to wait after failures to sign in: longer with each one more.

Pure. Passwords, authenticator codes and recovery codes of one login share one count. A login that
nobody has locks by the same schedule, so that one run of guesses cannot tell whether it is
anybody's; but its count is forgotten after a while (`api.lock_outs`), and somebody's never is: who
spreads guesses over hours can tell.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class LockOut:
    """Waits after failures: the first with ``tries`` of them, doubled with each one more.

    Fewer failures lock nothing, and no wait is longer than the ``longest``.
    """

    tries: int
    first: timedelta
    longest: timedelta

    def after(self, failures: int) -> timedelta:
        """How long nothing is tried any more after so many failures since the last success."""
        if failures < self.tries:
            return timedelta(0)
        return min(self.first * 2 ** min(failures - self.tries, self._doublings), self.longest)

    def steps(self) -> list[tuple[int, timedelta]]:
        """Each count of failures whose wait is longer than the one before, with its wait."""
        counts = range(1, self.tries + self._doublings + 1)
        return [(n, self.after(n)) for n in counts if self.after(n) > self.after(n - 1)]

    @property
    def _doublings(self) -> int:
        return (self.longest // self.first).bit_length()


_HOUR = timedelta(hours=1)
PASSWORDS = LockOut(tries=5, first=timedelta(seconds=30), longest=_HOUR)
"""24 guesses a day is what a thief has."""
PINS = LockOut(tries=3, first=timedelta(minutes=1), longest=_HOUR)


def seconds_until(moment: datetime, *, at: datetime) -> int:
    """Whole seconds from now to a moment, at least one, as a person is told to wait."""
    return max(1, math.ceil((moment - at).total_seconds()))
