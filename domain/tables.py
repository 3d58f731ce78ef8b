"""Every table of the mall in one place, for migrations and tests."""

from domain.catalog import models as catalog
from domain.catalog.importing import models as importing
from domain.kernel import heartbeats, idempotency, outbox
from domain.kernel.db import Base
from domain.media import models as media
from domain.members import models as members
from domain.sessions import models as sessions
from domain.staff import models as staff
from domain.stock import models as stock
from domain.stores import models as stores

METADATA = Base.metadata

__all__ = [
    "METADATA",
    "catalog",
    "heartbeats",
    "idempotency",
    "importing",
    "media",
    "members",
    "outbox",
    "sessions",
    "staff",
    "stock",
    "stores",
]
