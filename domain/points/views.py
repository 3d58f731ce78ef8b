"""Hot reads of a member's points: what they have, what expires when, and the journal's page.

Entries and lots name the fact that they come from; whoever knows the fact names it for people
(`domain.orders.points_statement` has the numbers of orders).
"""

from datetime import date, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Record
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    DateTime,
    Subquery,
    Text,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    select,
    true,
)
from sqlalchemy import Uuid as UuidColumn
from sqlalchemy.orm import aliased

from domain.kernel.days import day_at
from domain.kernel.db import HotRead, ReadPool
from domain.kernel.ids import public_id
from domain.kernel.points import Points
from domain.members.models import Member
from domain.members.views.structs import MEMBER
from domain.points.adjusting.models import PointsAdjustment
from domain.points.models import PointsAccount, PointsEntry, PointsHold, PointsLot
from domain.points.words import SourceKind, Wallet

MOST_DAYS = 100
"""On how many days to come it is told what expires."""
_MOMENT = timedelta(microseconds=1)
_NONE = literal_column("0", BigInteger())
"""As the index of open lots has it: a value that is given would not be known to be this."""


class ExpiringView(msgspec.Struct, frozen=True, gc=False):
    """Points that expire after a day: ``last_day`` is the last on which they are good."""

    last_day: str
    expires_at: datetime
    points: Points


class PointsView(msgspec.Struct, frozen=True, gc=False):
    """What a member has in points, and what of it expires first."""

    available: Points
    pending: Points
    held: Points
    debt: Points
    is_frozen: bool
    lifetime_earned: Points
    lifetime_spent: Points
    growth: Points
    expires_next: ExpiringView | None


class StaffPointsView(PointsView, frozen=True, gc=False, kw_only=True):
    """What a member has in points, as the staff see it."""

    member_id: str
    frozen_at: datetime | None
    entries: int


async def points_of(reads: ReadPool, member_id: UUID, *, at: datetime) -> PointsView:
    """What a member has; nothing of all where they never had any."""
    rows = await _account().rows(reads, member_id=member_id, at=at)
    return _points(rows[0]) if rows else _NOTHING


async def staff_points(reads: ReadPool, member_id: UUID, *, at: datetime) -> StaffPointsView | None:
    """What a member has, as the staff see it; None where there is no such member."""
    rows = await _account_for_staff().rows(reads, member_id=member_id, at=at)
    if not rows:
        return None
    (row,) = rows
    # Nobody has any that count towards a tier without an account of those to spend.
    points = _NOTHING if row["available"] is None else _points(row)
    return StaffPointsView(
        **msgspec.structs.asdict(points),
        member_id=public_id(MEMBER, member_id),
        frozen_at=row["frozen_at"],
        entries=row["entries"] or 0,
    )


async def expiring(reads: ReadPool, member_id: UUID, *, at: datetime) -> list[ExpiringView]:
    """What expires after each of the next `MOST_DAYS` days on which something does."""
    rows = await _expiring().rows(reads, member_id=member_id, at=at)
    return [_expiring_view(row["expires_at"], row["points"]) for row in rows]


def word(of: object) -> ColumnElement[Any]:
    """A word as it stands in a statement; a value that is given would hide it from the planner."""
    return literal_column(f"'{of}'", Text())


def last_day(expires_at: Any) -> ColumnElement[Any]:
    """The last day of the shop on which what expires then is good."""
    before = expires_at - literal_column("interval '1 us'")
    return cast(func.timezone(word("Asia/Shanghai"), before), Date)


def page_of_entries(*, after: bool) -> Subquery:
    """The next entries of a member's journal, the newest first, with the fact that each is of.

    Of a movement of a lot or a hold that is the fact which made the lot or the hold; ``lot_``
    columns say how it is with the lot now. Bound: ``member_id``, ``limit`` and ``after``.
    """
    entry = select(*PointsEntry.__table__.columns).where(
        PointsEntry.member_id == bindparam("member_id", type_=UuidColumn),
        PointsEntry.wallet == word(Wallet.SPEND),
    )
    if after:
        entry = entry.where(PointsEntry.number < bindparam("after", type_=BigInteger))
    limit = bindparam("limit", type_=BigInteger)
    newest: Any = entry.order_by(PointsEntry.number.desc()).limit(limit).subquery("entry")
    kind = newest.c.source_kind
    hold = and_(kind == word(SourceKind.HOLD), PointsHold.id == newest.c.source_id)
    adjusted = kind == word(SourceKind.ADJUSTMENT)
    adjustment = and_(adjusted, PointsAdjustment.id == newest.c.source_id)
    is_hold, is_lot = PointsHold.id.isnot(None), kind == word(SourceKind.LOT)
    return (
        select(
            *newest.c,
            _first_of(is_hold, PointsHold.source_kind, is_lot, PointsLot.source_kind, kind).label(
                "origin_kind"
            ),
            _first_of(
                is_hold, PointsHold.source_id, is_lot, PointsLot.source_id, newest.c.source_id
            ).label("origin_id"),
            PointsAdjustment.reason_code.label("adjusted_for"),
            PointsLot.settles_at.label("lot_settles_at"),
            PointsLot.deferrals.label("lot_deferrals"),
            and_(PointsLot.activated_at.is_(None), PointsLot.remaining > _NONE).label(
                "lot_is_pending"
            ),
        )
        .select_from(newest)
        .outerjoin(PointsHold, hold)
        .outerjoin(PointsLot, PointsLot.id == newest.c.lot_id)
        .outerjoin(PointsAdjustment, adjustment)
        .subquery("told")
    )


def page_of_pending(*, after: bool) -> Subquery:
    """The next pending lots of a member, the newest first. Bound as `page_of_entries`."""
    lot = PointsLot
    found = select(
        lot.id,
        lot.remaining,
        lot.source_kind.label("origin_kind"),
        lot.source_id.label("origin_id"),
        lot.created_at,
        lot.settles_at,
        lot.deferrals,
    ).where(
        lot.member_id == bindparam("member_id", type_=UuidColumn),
        lot.activated_at.is_(None),
        lot.remaining > _NONE,
    )
    return _newest_first(found, lot.id, after=after)


def page_of_lots(*, after: bool) -> Subquery:
    """The next lots of a member, the newest first. Bound as `page_of_entries`."""
    lot = PointsLot
    found = select(
        *(column for column in lot.__table__.columns if not column.key.startswith("source_")),
        lot.source_kind.label("origin_kind"),
        lot.source_id.label("origin_id"),
    ).where(lot.member_id == bindparam("member_id", type_=UuidColumn))
    return _newest_first(found, lot.id, after=after)


def page_of_holds(*, after: bool) -> Subquery:
    """The next holds of a member that are open, the newest first. Bound as `page_of_entries`."""
    hold = PointsHold
    found = select(
        hold.id,
        hold.amount,
        hold.created_at,
        hold.source_kind.label("origin_kind"),
        hold.source_id.label("origin_id"),
    ).where(hold.member_id == bindparam("member_id", type_=UuidColumn), hold.ended_at.is_(None))
    return _newest_first(found, hold.id, after=after)


def _newest_first(found: Any, key: Any, *, after: bool) -> Subquery:
    if after:
        found = found.where(key < bindparam("after", type_=UuidColumn))
    limit = bindparam("limit", type_=BigInteger)
    return found.order_by(key.desc()).limit(limit).subquery("told")


def _first_of(
    is_hold: Any, of_hold: Any, is_lot: Any, of_lot: Any, otherwise: Any
) -> ColumnElement[Any]:
    return case((is_hold, of_hold), (is_lot, of_lot), else_=otherwise)


_NOTHING = PointsView(
    *(Points(0),) * 4,
    is_frozen=False,
    lifetime_earned=Points(0),
    lifetime_spent=Points(0),
    growth=Points(0),
    expires_next=None,
)


def _points(row: Record) -> PointsView:
    ends, points = row["expires_at"], row["points"]
    return PointsView(
        available=Points(row["available"]),
        pending=Points(row["pending"]),
        held=Points(row["held"]),
        debt=Points(row["debt"]),
        is_frozen=row["frozen_at"] is not None,
        lifetime_earned=Points(row["lifetime_earned"]),
        lifetime_spent=Points(row["lifetime_spent"]),
        growth=Points(row["growth"] or 0),
        expires_next=None if ends is None else _expiring_view(ends, points),
    )


def _expiring_view(ends: datetime, points: int) -> ExpiringView:
    last: date = day_at(ends - _MOMENT)
    return ExpiringView(last.isoformat(), ends, Points(points))


def _ending() -> Any:
    """The active lots of a member that end, by the day after which they do."""
    lot = PointsLot
    day = last_day(lot.expires_at)
    return (
        select(
            func.max(lot.expires_at).label("expires_at"),
            cast(func.sum(lot.remaining), BigInteger).label("points"),
        )
        .where(
            lot.activated_at.isnot(None),
            lot.remaining > _NONE,
            lot.expires_at > bindparam("at", type_=DateTime(timezone=True)),
        )
        .group_by(day)
        .order_by(day)
    )


_FIGURES = (
    PointsAccount.available,
    PointsAccount.pending,
    PointsAccount.held,
    PointsAccount.debt,
    PointsAccount.frozen_at,
    PointsAccount.lifetime_earned,
    PointsAccount.lifetime_spent,
)


@cache
def _account() -> HotRead:
    account, growth = PointsAccount, aliased(PointsAccount)
    member_id = bindparam("member_id", type_=UuidColumn)
    is_growth = and_(growth.member_id == account.member_id, growth.wallet == word(Wallet.GROWTH))
    first = (
        _ending()
        .where(PointsLot.member_id == account.member_id)
        .limit(literal_column("1"))
        .lateral("first_to_end")
    )
    return HotRead(
        select(
            *_FIGURES,
            growth.available.label("growth"),
            first.c.expires_at,
            first.c.points,
        )
        .select_from(account)
        .outerjoin(growth, is_growth)
        .outerjoin(first, true())
        .where(account.member_id == member_id, account.wallet == word(Wallet.SPEND))
    )


@cache
def _account_for_staff() -> HotRead:
    account, growth = PointsAccount, aliased(PointsAccount)
    is_spend = and_(account.member_id == Member.id, account.wallet == word(Wallet.SPEND))
    is_growth = and_(growth.member_id == Member.id, growth.wallet == word(Wallet.GROWTH))
    first = (
        _ending()
        .where(PointsLot.member_id == Member.id)
        .limit(literal_column("1"))
        .lateral("first_to_end")
    )
    return HotRead(
        select(
            *_FIGURES,
            account.entries,
            growth.available.label("growth"),
            first.c.expires_at,
            first.c.points,
        )
        .select_from(Member)
        .outerjoin(account, is_spend)
        .outerjoin(growth, is_growth)
        .outerjoin(first, true())
        .where(Member.id == bindparam("member_id", type_=UuidColumn))
    )


@cache
def _expiring() -> HotRead:
    of_member = PointsLot.member_id == bindparam("member_id", type_=UuidColumn)
    return HotRead(_ending().where(of_member).limit(literal_column(str(MOST_DAYS))))
