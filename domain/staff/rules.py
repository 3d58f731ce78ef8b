"""What staff have to say when they change something, and how long wrong PINs keep them out."""

from collections.abc import Iterator
from datetime import timedelta

from domain.kernel.actors import Role
from domain.kernel.errors import Problem, ProblemKind
from domain.kernel.language import Sentence
from domain.kernel.problems import MISSING, TOO_LONG

LONGEST_REASON = 500
NOT_YOUR_STORE = ProblemKind(
    "not_your_store", Sentence(zh="这不是您所在的门店。", en="This is not your store.")
)
FREE_PINS = 3
"""Wrong PINs in a row before somebody has to wait."""
MOST_PIN_FAILURES = 9
"""More of them make nobody wait longer."""
_SHORTEST_WAIT = timedelta(minutes=1)
_LONGEST_WAIT = timedelta(hours=1)
AT_ANY_PAD = frozenset({Role.OPERATOR, Role.OWNER})
"""Those who run the mall may sign in at each pad; who works in stores at those of their stores."""


def pin_wait(failures: int) -> timedelta:
    """How long nobody may try a PIN of somebody after so many wrong ones: doubled each time."""
    if failures < FREE_PINS:
        return timedelta()
    doubled = _SHORTEST_WAIT * 2 ** (min(failures, MOST_PIN_FAILURES) - FREE_PINS)
    return min(doubled, _LONGEST_WAIT)


def problems_of_reason(reason: str) -> Iterator[Problem]:
    """What is wrong with the words why something is changed."""
    if not reason.strip():
        yield MISSING.at("reason")
    elif len(reason) > LONGEST_REASON:
        yield TOO_LONG.at("reason", most=LONGEST_REASON)
