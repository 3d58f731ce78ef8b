"""What freight and pick-up refuse, besides `InvalidInput`."""

from dataclasses import dataclass

from domain.kernel.errors import Refused


@dataclass(eq=False)
class FreightChanged(Refused):
    """Somebody arranged the rules in the meantime; ``number`` is the version in force now."""

    number: int


@dataclass(eq=False)
class StoreUnavailable(Refused):
    """There is no such store."""
