"""What goes wrong with notices when it is asked for, each for the next ones."""

from collections import deque
from dataclasses import dataclass
from enum import StrEnum


class TrickKind(StrEnum):
    """What happens to a notice."""

    DUPLICATE = "duplicate"
    """It comes several times at once."""
    LATE = "late"
    """It comes after the notice that follows it."""
    SILENT = "silent"
    """It never comes."""
    FORGED = "forged"
    """Before it comes one that somebody else has signed."""
    TAMPERED = "tampered"
    """Before it comes one that is signed as it should and tells of one fen more."""
    OLD = "old"
    """Before it comes one that was signed ten hours ago."""
    PROBE = "probe"
    """Before it comes one with a wrong signature on purpose, as WeChat Pay sends now and then."""


EXTRA = frozenset({TrickKind.FORGED, TrickKind.TAMPERED, TrickKind.OLD, TrickKind.PROBE})
"""Those that are sent once before the right notice, or instead of it."""


@dataclass(frozen=True, slots=True)
class Trick:
    """Something that happens to one notice."""

    kind: TrickKind
    copies: int = 2
    """How many come of a duplicate."""
    instead: bool = False
    """Whether the right notice never comes after an extra one."""


class Tricks:
    """What will happen, in the order in which it was asked for."""

    def __init__(self) -> None:
        self._due: deque[Trick] = deque()

    def plan(self, trick: Trick, *, times: int = 1) -> None:
        """Let something happen to the next notices."""
        self._due.extend([trick] * times)

    def take(self) -> Trick | None:
        """Return what happens to the notice that is sent now, if anything."""
        return self._due.popleft() if self._due else None
