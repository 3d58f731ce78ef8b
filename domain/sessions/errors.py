"""What sessions refuse."""

from dataclasses import dataclass

from domain.kernel.errors import Refused


@dataclass(eq=False)
class SessionUnknown(Refused):
    """There is no such session of this person; that of somebody else looks the same."""
