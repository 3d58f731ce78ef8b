"""Faults that a test or a person asks for, each for the next calls of one path."""

from collections import defaultdict, deque
from dataclasses import dataclass
from enum import StrEnum

LONGEST_SECONDS = 60.0


class FaultKind(StrEnum):
    """What goes wrong."""

    BUSY = "busy"
    """The platform is busy (-1); nothing happens."""
    LIMITED = "limited"
    """A limit is reached (45009); nothing happens."""
    REFUSED = "refused"
    """An ``errcode`` of one's choice; nothing happens."""
    SLOW = "slow"
    """It happens, and the answer comes, after some seconds."""
    BROKEN = "broken"
    """HTTP 500 without JSON; nothing happens."""
    LOST = "lost"
    """It happens, and the answer never comes."""
    GARBAGE = "garbage"
    """It happens, and the answer cannot be read."""
    FORGED = "forged"
    """It happens, and somebody else has signed the answer; of WeChat Pay only."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that goes wrong with one call."""

    kind: FaultKind
    seconds: float = 0.0
    """How long a slow answer takes, or how long a lost one is kept from a client that waits."""
    errcode: int = 0
    """The code of a refusal."""
    code: str = ""
    """The word of a refusal of WeChat Pay, which has words instead of numbers."""
    status: int = 400
    """The HTTP status of a refusal of WeChat Pay."""


class Faults:
    """What will go wrong, in the order in which it was asked for."""

    def __init__(self) -> None:
        self._due: defaultdict[str, deque[Fault]] = defaultdict(deque)

    def plan(self, path: str, fault: Fault, *, times: int = 1) -> None:
        """Let the next calls of this path go wrong."""
        self._due[path].extend([fault] * times)

    def take(self, path: str) -> Fault | None:
        """Return what goes wrong with the call that has just come, if anything."""
        due = self._due.get(path)
        return due.popleft() if due else None
