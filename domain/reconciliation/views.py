"""What the staff see of differences, in one statement a page."""

from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Record
from sqlalchemy import BigInteger, bindparam, select, tuple_
from sqlalchemy import Uuid as UuidColumn

from domain.kernel.db import HotRead, ReadPool
from domain.kernel.ids import public_id
from domain.kernel.money import Fen
from domain.kernel.paging import Page, Place, page_of
from domain.payments.bills import BillKind, LineKind
from domain.reconciliation.models import Difference
from domain.reconciliation.words import DifferenceKind, Resolution

DIFFERENCE = "difference"
"""What the public ids of differences begin with."""


class DifferenceView(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A difference; ``age_seconds`` is how long it was or is open."""

    id: str
    bill: BillKind
    day: str
    subject: LineKind
    number: str
    kind: DifferenceKind
    ours_fen: Fen | None
    theirs_fen: Fen | None
    ours_state: str | None
    theirs_state: str | None
    fee_millifen: int | None
    found_at: datetime
    age_seconds: int
    resolved_at: datetime | None
    resolution: Resolution | None
    resolved_by: str | None
    reason: str | None
    key: UUID

    @property
    def place(self) -> Place:
        """Where it stands among the others."""
        return Place.at(self.found_at, self.key)


async def differences(
    reads: ReadPool, *, open_only: bool, at: datetime, first: int, after: Place | None
) -> Page[DifferenceView]:
    """Take the ``first`` differences behind ``after``, the oldest first."""
    rows = await _page(open_only=open_only, after=after is not None).rows(
        reads,
        after_found_at=after.moment if after else None,
        after_key=after.key if after else None,
        limit=first + 1,
    )
    page = page_of(rows, first)
    return Page([_view(row, at) for row in page.items], page.has_next)


def _view(row: Record, at: datetime) -> DifferenceView:
    ours, theirs = row["ours_fen"], row["theirs_fen"]
    resolution = row["resolution"]
    return DifferenceView(
        id=public_id(DIFFERENCE, row["id"]),
        bill=BillKind(row["bill"]),
        day=row["day"].isoformat(),
        subject=LineKind(row["subject"]),
        number=row["number"],
        kind=DifferenceKind(row["kind"]),
        ours_fen=None if ours is None else Fen(ours),
        theirs_fen=None if theirs is None else Fen(theirs),
        ours_state=row["ours_state"],
        theirs_state=row["theirs_state"],
        fee_millifen=row["fee_millifen"],
        found_at=row["found_at"],
        age_seconds=max(int(((row["resolved_at"] or at) - row["found_at"]).total_seconds()), 0),
        resolved_at=row["resolved_at"],
        resolution=None if resolution is None else Resolution(resolution),
        resolved_by=row["resolved_by_name"],
        reason=row["reason"],
        key=row["id"],
    )


@cache
def _page(*, open_only: bool, after: bool) -> HotRead:
    difference = Difference
    statement = select(*difference.__table__.columns)
    if open_only:
        statement = statement.where(difference.resolved_at.is_(None))
    if after:
        place: Any = tuple_(
            bindparam("after_found_at", type_=difference.found_at.type),
            bindparam("after_key", type_=UuidColumn),
        )
        statement = statement.where(tuple_(difference.found_at, difference.id) > place)
    in_order = statement.order_by(difference.found_at, difference.id)
    return HotRead(in_order.limit(bindparam("limit", type_=BigInteger)))
