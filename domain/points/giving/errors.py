"""What giving points refuses, besides what the ledger does."""

from dataclasses import dataclass

from domain.kernel.errors import Refused


@dataclass(eq=False)
class TransfersOff(Refused):
    """In this mall members do not give points to each other."""


@dataclass(eq=False)
class ReceiveCodeUnusable(Refused):
    """The code is none, is too old, or is the giver's own."""


@dataclass(eq=False)
class TransferLimited(Refused):
    """The giver has given as often or as much as they may in a day; ``left`` is what they may."""

    left: int
    """Points that they may give that day; none where they gave as often as they may."""
