"""What the staff see of a member's points, beside what the member does: lots, holds and sources."""

from datetime import datetime
from functools import cache
from uuid import UUID

import msgspec
from asyncpg import Record

from domain.kernel.db import HotRead, ReadPool
from domain.kernel.ids import public_id
from domain.kernel.language import Language
from domain.kernel.paging import Page, Place, page_of
from domain.kernel.points import Points
from domain.orders.points_statement import (
    PointsEntryView,
    entry_view,
    order_of,
    rows_of_entries,
    with_orders,
)
from domain.points.views import page_of_holds, page_of_lots
from domain.points.words import Bucket, SourceKind

LOT = "points_lot"
"""The kind of a lot in public ids."""
HOLD = "points_hold"
"""The kind of a hold in public ids."""


class StaffPointsEntryView(PointsEntryView, frozen=True, gc=False, kw_only=True):
    """A movement with what moved it, and from where to where."""

    from_bucket: Bucket
    to_bucket: Bucket
    source_kind: SourceKind
    fact_id: str
    lot_id: str | None


class PointsLotView(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A lot, and what has become of its points."""

    id: str
    source_kind: SourceKind
    order_id: str | None
    order_number: str | None
    granted: Points
    remaining: Points
    held: Points
    consumed: Points
    expired: Points
    revoked: Points
    validity: str
    rule_version: int | None
    created_at: datetime
    settles_at: datetime | None
    activated_at: datetime | None
    expires_at: datetime | None
    open_cases: int
    key: UUID

    @property
    def place(self) -> Place:
        """Where it stands in the list."""
        return Place(0, self.key)


class PointsHoldView(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Points that something reserves."""

    id: str
    source_kind: SourceKind
    order_id: str | None
    order_number: str | None
    points: Points
    created_at: datetime
    key: UUID

    @property
    def place(self) -> Place:
        """Where it stands in the list."""
        return Place(0, self.key)


async def entries_of(
    reads: ReadPool, member_id: UUID, language: Language, *, first: int, after: Place | None
) -> Page[StaffPointsEntryView]:
    """Take the ``first`` movements of a member's points behind ``after``, the newest first."""
    rows = await rows_of_entries(reads, member_id, first=first, after=after)
    page = page_of(rows, first)
    return Page([_entry(row, language) for row in page.items], page.has_next)


async def lots_of(
    reads: ReadPool, member_id: UUID, *, first: int, after: Place | None
) -> Page[PointsLotView]:
    """Take the ``first`` lots of a member behind ``after``, the newest first."""
    rows = await _lots(after=after is not None).rows(
        reads, member_id=member_id, after=after.key if after else None, limit=first + 1
    )
    page = page_of(rows, first)
    return Page([_lot(row) for row in page.items], page.has_next)


async def holds_of(
    reads: ReadPool, member_id: UUID, *, first: int, after: Place | None
) -> Page[PointsHoldView]:
    """Take the ``first`` open holds of a member behind ``after``, the newest first."""
    rows = await _holds(after=after is not None).rows(
        reads, member_id=member_id, after=after.key if after else None, limit=first + 1
    )
    page = page_of(rows, first)
    return Page([_hold(row) for row in page.items], page.has_next)


def _entry(row: Record, language: Language) -> StaffPointsEntryView:
    kind = SourceKind(row["source_kind"])
    return StaffPointsEntryView(
        **msgspec.structs.asdict(entry_view(row, language)),
        from_bucket=Bucket(row["from_bucket"]),
        to_bucket=Bucket(row["to_bucket"]),
        source_kind=kind,
        fact_id=public_id(kind, row["source_id"]),
        lot_id=None if row["lot_id"] is None else public_id(LOT, row["lot_id"]),
    )


def _lot(row: Record) -> PointsLotView:
    return PointsLotView(
        id=public_id(LOT, row["id"]),
        source_kind=SourceKind(row["origin_kind"]),
        order_id=order_of(row),
        order_number=row["order_number"],
        granted=Points(row["granted"]),
        remaining=Points(row["remaining"]),
        held=Points(row["held"]),
        consumed=Points(row["consumed"]),
        expired=Points(row["expired"]),
        revoked=Points(row["revoked"]),
        validity=row["validity"],
        rule_version=row["rule_version"],
        created_at=row["created_at"],
        settles_at=row["settles_at"],
        activated_at=row["activated_at"],
        expires_at=row["expires_at"],
        open_cases=row["deferrals"],
        key=row["id"],
    )


def _hold(row: Record) -> PointsHoldView:
    return PointsHoldView(
        id=public_id(HOLD, row["id"]),
        source_kind=SourceKind(row["origin_kind"]),
        order_id=order_of(row),
        order_number=row["order_number"],
        points=Points(row["amount"]),
        created_at=row["created_at"],
        key=row["id"],
    )


@cache
def _lots(*, after: bool) -> HotRead:
    told = page_of_lots(after=after)
    return HotRead(with_orders(told, told.c.id))


@cache
def _holds(*, after: bool) -> HotRead:
    told = page_of_holds(after=after)
    return HotRead(with_orders(told, told.c.id))
