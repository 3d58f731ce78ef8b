"""What importing refuses, besides what media says of the upload."""

from dataclasses import dataclass
from uuid import UUID

from domain.kernel.errors import Refused


@dataclass(eq=False)
class TableImported(Refused):
    """The upload has been imported already, by that import."""

    import_id: UUID
