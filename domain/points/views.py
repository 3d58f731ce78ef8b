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

from domain.kernel.days import day_at
from domain.kernel.db import HotRead, ReadPool
from domain.kernel.points import Points
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
    expires_next: ExpiringView | None


async def points_of(reads: ReadPool, member_id: UUID, *, at: datetime) -> PointsView:
    """What a member has; nothing of all where they never had any."""
    rows = await _account().rows(reads, member_id=member_id, at=at)
    return _points(rows[0]) if rows else _NOTHING


async def expiring(reads: ReadPool, member_id: UUID, *, at: datetime) -> list[ExpiringView]:
    """What expires after each of the next `MOST_DAYS` days on which something does."""
    rows = await _expiring().rows(reads, member_id=member_id, at=at)
    return [_expiring_view(row["expires_at"], row["points"]) for row in rows]


def word(of: object) -> ColumnElement[Any]:
    """A word as it stands in a statement; a value that is given would hide it from the planner."""
    return literal_column(f"'{of}'", Text())


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
            PointsLot.settles_at.label("lot_settles_at"),
            PointsLot.deferrals.label("lot_deferrals"),
            and_(PointsLot.activated_at.is_(None), PointsLot.remaining > _NONE).label(
                "lot_is_pending"
            ),
        )
        .select_from(newest)
        .outerjoin(PointsHold, hold)
        .outerjoin(PointsLot, PointsLot.id == newest.c.lot_id)
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
    if after:
        found = found.where(lot.id < bindparam("after", type_=UuidColumn))
    limit = bindparam("limit", type_=BigInteger)
    return found.order_by(lot.id.desc()).limit(limit).subquery("told")


def _first_of(
    is_hold: Any, of_hold: Any, is_lot: Any, of_lot: Any, otherwise: Any
) -> ColumnElement[Any]:
    return case((is_hold, of_hold), (is_lot, of_lot), else_=otherwise)


_NOTHING = PointsView(
    *(Points(0),) * 4,
    is_frozen=False,
    lifetime_earned=Points(0),
    lifetime_spent=Points(0),
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
        expires_next=None if ends is None else _expiring_view(ends, points),
    )


def _expiring_view(ends: datetime, points: int) -> ExpiringView:
    last: date = day_at(ends - _MOMENT)
    return ExpiringView(last.isoformat(), ends, Points(points))


def _ending() -> Any:
    """The active lots of a member that end, by the day after which they do."""
    lot = PointsLot
    last_day = cast(
        func.timezone(word("Asia/Shanghai"), lot.expires_at - literal_column("interval '1 us'")),
        Date,
    )
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
        .group_by(last_day)
        .order_by(last_day)
    )


@cache
def _account() -> HotRead:
    account = PointsAccount
    member_id = bindparam("member_id", type_=UuidColumn)
    first = (
        _ending()
        .where(PointsLot.member_id == account.member_id)
        .limit(literal_column("1"))
        .lateral("first_to_end")
    )
    return HotRead(
        select(
            account.available,
            account.pending,
            account.held,
            account.debt,
            account.frozen_at,
            account.lifetime_earned,
            account.lifetime_spent,
            first.c.expires_at,
            first.c.points,
        )
        .outerjoin(first, true())
        .where(account.member_id == member_id, account.wallet == word(Wallet.SPEND))
    )


@cache
def _expiring() -> HotRead:
    of_member = PointsLot.member_id == bindparam("member_id", type_=UuidColumn)
    return HotRead(_ending().where(of_member).limit(literal_column(str(MOST_DAYS))))
