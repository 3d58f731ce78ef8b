"""What sessions refuse."""

from dataclasses import dataclass

from domain.kernel.errors import Refused


@dataclass(eq=False)
class SessionUnknown(Refused):
    """There is no such session of this person; that of somebody else looks the same."""


@dataclass(eq=False)
class PadUnavailable(Refused):
    """There is no such pad, or it stands in a store of others."""
