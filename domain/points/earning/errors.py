"""What publishing a programme refuses, besides `InvalidInput`."""

from dataclasses import dataclass

from domain.kernel.errors import Refused


@dataclass(eq=False)
class PointsRulesChanged(Refused):
    """Somebody published rules in the meantime; ``number`` is the newest version by now."""

    number: int
