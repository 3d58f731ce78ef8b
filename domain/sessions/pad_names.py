"""What pads are called, for those who read what was done at them."""

from collections.abc import Collection
from functools import cache
from uuid import UUID

from sqlalchemy import ARRAY, any_, bindparam, select
from sqlalchemy import Uuid as UuidColumn

from domain.kernel.db import HotRead, ReadPool
from domain.sessions.models import Pad


async def pad_names(reads: ReadPool, ids: Collection[UUID]) -> dict[UUID, str]:
    """The names of pads by their ids, as they are now."""
    return {row["id"]: row["name"] for row in await _names().rows(reads, ids=[*ids])}


@cache
def _names() -> HotRead:
    wanted = bindparam("ids", type_=ARRAY(UuidColumn))
    return HotRead(select(Pad.id, Pad.name).where(Pad.id == any_(wanted)))
