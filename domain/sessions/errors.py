"""What the mall refuses to staff about pads, besides `InvalidInput`."""

from dataclasses import dataclass

from domain.kernel.errors import Refused


@dataclass(eq=False)
class PadUnavailable(Refused):
    """There is no such pad, or it stands in a store of others."""
