"""What asking for an import of parcels refuses, besides what media says of the upload."""

from dataclasses import dataclass
from uuid import UUID

from domain.kernel.errors import Refused


@dataclass(eq=False)
class ShipmentsImported(Refused):
    """The table was given to be sent already, by that import."""

    import_id: UUID
