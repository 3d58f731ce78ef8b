"""Hot reads of adjustments, for the staff."""

from datetime import datetime
from functools import cache
from uuid import UUID

import msgspec
from asyncpg import Record
from sqlalchemy import BigInteger, bindparam, select
from sqlalchemy import Uuid as UuidColumn

from domain.kernel.db import HotRead, ReadPool
from domain.kernel.ids import public_id
from domain.kernel.paging import Page, Place, page_of
from domain.kernel.points import Points
from domain.members.views.structs import MEMBER
from domain.points.adjusting.models import PointsAdjustment
from domain.points.adjusting.words import AdjustmentReason, AdjustmentStatus
from domain.points.rules.validity import of_word
from domain.points.views import word

ADJUSTMENT = "points_adjustment"
"""The kind of an adjustment in public ids."""
FIRST_ID = UUID(int=0)


class AdjustmentView(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """An adjustment as the staff see it."""

    id: str
    member_id: str
    points: Points
    valid_days: int | None
    reason_code: AdjustmentReason
    reason: str
    ticket: str | None
    status: AdjustmentStatus
    needs_approval: bool
    requested_at: datetime
    requested_by: str
    ended_at: datetime | None
    decided_by: str | None
    decision: str | None
    key: UUID

    @property
    def place(self) -> Place:
        """Where it stands in the list."""
        return Place(0, self.key)


async def adjustment(reads: ReadPool, adjustment_id: UUID) -> AdjustmentView | None:
    """One adjustment; None where there is none."""
    rows = await _by_id().rows(reads, id=adjustment_id)
    return _view(rows[0]) if rows else None


async def adjustments(
    reads: ReadPool,
    *,
    member_id: UUID | None,
    waiting_only: bool,
    first: int,
    after: Place | None,
) -> Page[AdjustmentView]:
    """Take the ``first`` adjustments behind ``after``, those asked for first in front."""
    found = _list(has_member=member_id is not None, waiting_only=waiting_only)
    key = after.key if after else FIRST_ID
    rows = await found.rows(reads, member_id=member_id, after=key, limit=first + 1)
    page = page_of(rows, first)
    return Page([_view(row) for row in page.items], page.has_next)


def _view(row: Record) -> AdjustmentView:
    validity = row["validity"]
    return AdjustmentView(
        id=public_id(ADJUSTMENT, row["id"]),
        member_id=public_id(MEMBER, row["member_id"]),
        points=Points(row["points"]),
        valid_days=None if validity is None else of_word(validity).count,
        reason_code=AdjustmentReason(row["reason_code"]),
        reason=row["note"],
        ticket=row["ticket"],
        status=AdjustmentStatus(row["status"]),
        needs_approval=row["needs_approval"],
        requested_at=row["requested_at"],
        requested_by=row["requester_name"],
        ended_at=row["ended_at"],
        decided_by=row["decider_name"],
        decision=row["decision"],
        key=row["id"],
    )


_COLUMNS = tuple(PointsAdjustment.__table__.columns)


@cache
def _by_id() -> HotRead:
    wanted = PointsAdjustment.id == bindparam("id", type_=UuidColumn)
    return HotRead(select(*_COLUMNS).where(wanted))


@cache
def _list(*, has_member: bool, waiting_only: bool) -> HotRead:
    table = PointsAdjustment
    found = select(*_COLUMNS).where(table.id > bindparam("after", type_=UuidColumn))
    if has_member:
        found = found.where(table.member_id == bindparam("member_id", type_=UuidColumn))
    if waiting_only:
        # As the index of just these has it.
        found = found.where(table.status == word(AdjustmentStatus.WAITING))
    return HotRead(found.order_by(table.id).limit(bindparam("limit", type_=BigInteger)))
