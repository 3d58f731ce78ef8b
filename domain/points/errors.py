"""What points refuse."""

from dataclasses import dataclass

from domain.kernel.errors import Refused


@dataclass(eq=False)
class PointsShort(Refused):
    """A member has fewer points to spend than are asked for."""

    available: int
    needed: int


@dataclass(eq=False)
class PointsFrozen(Refused):
    """The account is frozen: nothing is spent, sent or received until it is let go."""


@dataclass(eq=False)
class ReceiverUnavailable(Refused):
    """The member who is to get points cannot have any now; why is theirs to know."""
