"""A member's statement of points, told with the numbers of the orders that points come from.

Points know the ids of orders and refunds and nothing else of them; this is where both are known.
So one statement names them as they are, and no copy of a number is kept with each movement.
"""

from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Record
from sqlalchemy import Select, and_, case, func, select

from domain.kernel.db import HotRead, ReadPool
from domain.kernel.ids import public_id
from domain.kernel.language import Language
from domain.kernel.paging import Page, Place, page_of
from domain.kernel.points import Points
from domain.orders.models import Order
from domain.orders.refunding.models import OrderRefund
from domain.orders.views.structs import ORDER
from domain.points.adjusting.words import AdjustmentReason
from domain.points.told import Waits, adjustment_told, origin_told, waits_for, when_settled, why
from domain.points.views import page_of_entries, page_of_pending, word
from domain.points.words import Bucket, Reason, SourceKind


class PointsEntryView(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A movement of points as its member reads it; ``change`` is that of what is available."""

    number: int
    reason: Reason
    points: Points
    change: Points
    text: str
    order_id: str | None
    order_number: str | None
    available_after: Points
    pending_after: Points
    held_after: Points
    debt_after: Points
    at: datetime
    source_id: UUID

    @property
    def place(self) -> Place:
        """Where it stands in the list."""
        return Place(self.number, self.source_id)


class PendingPointsView(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Points that are not good yet, and what they wait for."""

    points: Points
    text: str
    waits_for: Waits
    order_id: str | None
    order_number: str | None
    earned_at: datetime
    settles_at: datetime | None
    key: UUID

    @property
    def place(self) -> Place:
        """Where they stand in the list: the id of a lot begins with the moment."""
        return Place(0, self.key)


async def points_entries(
    reads: ReadPool, member_id: UUID, language: Language, *, first: int, after: Place | None
) -> Page[PointsEntryView]:
    """Take the ``first`` movements of a member's points behind ``after``, the newest first."""
    rows = await rows_of_entries(reads, member_id, first=first, after=after)
    page = page_of(rows, first)
    return Page([entry_view(row, language) for row in page.items], page.has_next)


async def rows_of_entries(
    reads: ReadPool, member_id: UUID, *, first: int, after: Place | None
) -> list[Record]:
    """The rows of a page of movements, and one more where there is one."""
    number = after.value if after else None
    found = _entries(after=after is not None)
    return await found.rows(reads, member_id=member_id, after=number, limit=first + 1)


async def pending_points(
    reads: ReadPool, member_id: UUID, language: Language, *, first: int, after: Place | None
) -> Page[PendingPointsView]:
    """Take the ``first`` pending lots of a member behind ``after``, the newest first."""
    rows = await _pending(after=after is not None).rows(
        reads, member_id=member_id, after=after.key if after else None, limit=first + 1
    )
    page = page_of(rows, first)
    return Page([_pending_view(row, language) for row in page.items], page.has_next)


def entry_view(row: Record, language: Language) -> PointsEntryView:
    """A movement as its member reads it."""
    reason, when = Reason(row["reason"]), ""
    origin = origin_told(SourceKind(row["origin_kind"]), row["order_number"], language)
    if row["adjusted_for"] is not None:
        origin = adjustment_told(AdjustmentReason(row["adjusted_for"]), language)
    if reason is Reason.EARNED and row["lot_is_pending"]:
        settles_at = row["lot_settles_at"]
        waits = waits_for(settles_at, row["lot_deferrals"])
        when = when_settled(waits, settles_at, language)
    return PointsEntryView(
        number=row["number"],
        reason=reason,
        points=Points(row["amount"]),
        change=_change(row),
        text=why(reason, origin, language, when=when),
        order_id=order_of(row),
        order_number=row["order_number"],
        available_after=Points(row["available_after"]),
        pending_after=Points(row["pending_after"]),
        held_after=Points(row["held_after"]),
        debt_after=Points(row["debt_after"]),
        at=row["recorded_at"],
        source_id=row["source_id"],
    )


def _change(row: Record) -> Points:
    """What a movement added to the points that can be spent; none where it moved others."""
    if row["to_bucket"] == Bucket.AVAILABLE:
        return Points(row["amount"])
    return Points(-row["amount"] if row["from_bucket"] == Bucket.AVAILABLE else 0)


def _pending_view(row: Record, language: Language) -> PendingPointsView:
    settles_at = row["settles_at"]
    waits = waits_for(settles_at, row["deferrals"])
    origin = origin_told(SourceKind(row["origin_kind"]), row["order_number"], language)
    when = when_settled(waits, settles_at, language)
    return PendingPointsView(
        points=Points(row["remaining"]),
        text=why(Reason.EARNED, origin, language, when=when),
        waits_for=waits,
        order_id=order_of(row),
        order_number=row["order_number"],
        earned_at=row["created_at"],
        settles_at=settles_at if waits is Waits.DATE else None,
        key=row["id"],
    )


def order_of(row: Record) -> str | None:
    """The public id of the order that a row is of."""
    return None if row["order_id"] is None else public_id(ORDER, row["order_id"])


def with_orders(told: Any, order_by: Any) -> Select[*tuple[Any, ...]]:
    """What is told by its origin, with the order that it is of; a refund is one of its order."""
    kind, key = told.c.origin_kind, told.c.origin_id
    of_refund = and_(kind == word(SourceKind.REFUND), OrderRefund.id == key)
    of_order = case((kind == word(SourceKind.ORDER), key))
    return (
        select(*told.c, Order.id.label("order_id"), Order.number.label("order_number"))
        .select_from(told)
        .outerjoin(OrderRefund, of_refund)
        .outerjoin(Order, Order.id == func.coalesce(OrderRefund.order_id, of_order))
        .order_by(order_by.desc())
    )


@cache
def _entries(*, after: bool) -> HotRead:
    told = page_of_entries(after=after)
    return HotRead(with_orders(told, told.c.number))


@cache
def _pending(*, after: bool) -> HotRead:
    told = page_of_pending(after=after)
    return HotRead(with_orders(told, told.c.id))
