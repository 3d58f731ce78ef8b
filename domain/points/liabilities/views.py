"""Hot reads of what the shop owed in points, for those who keep the books."""

from datetime import date, datetime
from functools import cache
from uuid import UUID

import msgspec
from asyncpg import Record
from sqlalchemy import BigInteger, bindparam, select

from domain.kernel.db import HotRead, ReadPool
from domain.kernel.money import Fen
from domain.kernel.paging import Page, Place, page_of
from domain.kernel.points import Points
from domain.points.liabilities.models import PointsLiability

LIABILITY = "points_liability"
"""The kind of a day's row in cursors."""
_NO_KEY = UUID(int=0)


class LiabilityView(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What the shop owed in points as a day began."""

    day: str
    taken_at: datetime
    accounts: int
    pending: Points
    available: Points
    held: Points
    debt: Points
    point_value: int
    worth: Fen

    @property
    def place(self) -> Place:
        """Where it stands in the list."""
        return Place(date.fromisoformat(self.day).toordinal(), _NO_KEY)


async def liabilities(reads: ReadPool, *, first: int, after: Place | None) -> Page[LiabilityView]:
    """Take the ``first`` days behind ``after``, the last day first; one statement."""
    before = date.max if after is None else date.fromordinal(after.value)
    rows = await _list().rows(reads, before=before, limit=first + 1)
    page = page_of(rows, first)
    return Page([_view(row) for row in page.items], page.has_next)


def _view(row: Record) -> LiabilityView:
    return LiabilityView(
        day=row["day"].isoformat(),
        taken_at=row["taken_at"],
        accounts=row["accounts"],
        pending=Points(row["pending"]),
        available=Points(row["available"]),
        held=Points(row["held"]),
        debt=Points(row["debt"]),
        point_value=row["point_value"],
        worth=Fen(row["worth_fen"]),
    )


@cache
def _list() -> HotRead:
    table = PointsLiability
    return HotRead(
        select(*table.__table__.columns)
        .where(table.day < bindparam("before", type_=table.day.type))
        .order_by(table.day.desc())
        .limit(bindparam("limit", type_=BigInteger))
    )
