"""What stock refuses."""

from dataclasses import dataclass
from uuid import UUID

from domain.kernel.errors import Refused


@dataclass(eq=False)
class StockShort(Refused):
    """The level does not have the units that the movement wants."""

    variant_id: UUID
    place_id: UUID
    available: int
    wanted: int
