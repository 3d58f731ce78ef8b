"""Every table of the mall in one place, for migrations and tests."""

from domain.catalog import models as catalog
from domain.kernel import heartbeats
from domain.kernel.db import Base
from domain.media import models as media
from domain.stock import models as stock

METADATA = Base.metadata

__all__ = ["METADATA", "catalog", "heartbeats", "media", "stock"]
