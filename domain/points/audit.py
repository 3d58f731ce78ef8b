"""What must be true of points beyond what their tables enforce: the journal replayed (G8, I1)."""

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, and_, case, cast, func, or_, select
from sqlalchemy.orm import aliased

from domain.kernel.audit import Invariant
from domain.points.models import (
    PointsAccount,
    PointsDeferral,
    PointsEntry,
    PointsHold,
    PointsHoldLot,
    PointsLot,
)
from domain.points.rules.books import ACCOUNT_BUCKETS, PARTS
from domain.points.words import BRINGING_IN, Bucket, Reason, SourceKind, Wallet

_last = aliased(PointsEntry)
_before = aliased(PointsEntry)


def _sum(value: Any) -> ColumnElement[Any]:
    return cast(func.coalesce(func.sum(value), 0), BigInteger)


def _is_of(entry: Any) -> ColumnElement[bool]:
    """Whether an entry is one of the account."""
    return and_(entry.member_id == PointsAccount.member_id, entry.wallet == PointsAccount.wallet)


def _change(bucket: Bucket) -> ColumnElement[Any]:
    """What an entry adds to a bucket of its account; a debt grows by what comes from it."""
    sign = -1 if bucket is Bucket.DEBT else 1
    return case(
        (PointsEntry.to_bucket == bucket, sign * PointsEntry.amount),
        (PointsEntry.from_bucket == bucket, -sign * PointsEntry.amount),
        else_=0,
    )


def _before_and_after_differ(bucket: Bucket) -> ColumnElement[bool]:
    after = getattr(PointsEntry, f"{bucket}_after")
    before = func.coalesce(getattr(_before, f"{bucket}_after"), 0)
    return after != before + _change(bucket)


def _part_of_lot(part: str) -> ColumnElement[Any]:
    """What an entry adds to a part of its lot, as `rules.books` moves it."""
    buckets = [bucket for bucket, each in PARTS.items() if each == part]
    brings_in = and_(PointsEntry.reason.in_(BRINGING_IN), PointsEntry.to_bucket != Bucket.REVOKED)
    gained = case((PointsEntry.to_bucket.in_(buckets), PointsEntry.amount), else_=0)
    lost = case((brings_in, 0), (PointsEntry.from_bucket.in_(buckets), PointsEntry.amount), else_=0)
    return _sum(gained - lost)


_PARTS_OF_LOT = sorted(set(PARTS.values()))
_replayed = (
    select(
        PointsEntry.lot_id,
        PointsEntry.member_id,
        *(_part_of_lot(part).label(part) for part in _PARTS_OF_LOT),
    )
    .where(PointsEntry.lot_id.isnot(None))
    .group_by(PointsEntry.lot_id, PointsEntry.member_id)
    .subquery("replayed")
)
_is_pending = PointsLot.activated_at.is_(None)
_of_lots = (
    select(
        PointsLot.member_id,
        _sum(case((_is_pending, PointsLot.remaining), else_=0)).label("pending"),
        _sum(case((_is_pending, 0), else_=PointsLot.remaining)).label("available"),
        _sum(PointsLot.held).label("held"),
    )
    .group_by(PointsLot.member_id)
    .subquery("of_lots")
)
_parts = (
    select(
        PointsHoldLot.hold_id,
        _sum(PointsHoldLot.amount).label("amount"),
        _sum(PointsHoldLot.returned).label("returned"),
    )
    .group_by(PointsHoldLot.hold_id)
    .subquery("parts")
)
_of_journal = (
    select(
        PointsEntry.source_id,
        PointsEntry.member_id,
        *(
            _sum(case((PointsEntry.reason == reason, PointsEntry.amount), else_=0)).label(reason)
            for reason in (Reason.HELD, Reason.CAPTURED, Reason.RELEASED)
        ),
    )
    .where(PointsEntry.source_kind == SourceKind.HOLD)
    .group_by(PointsEntry.source_id, PointsEntry.member_id)
    .subquery("of_journal")
)
_held = (
    select(PointsHoldLot.lot_id, _sum(PointsHoldLot.amount).label("held"))
    .join(PointsHold, PointsHold.id == PointsHoldLot.hold_id)
    .where(PointsHold.ended_at.is_(None))
    .group_by(PointsHoldLot.lot_id)
    .subquery("held")
)
_deferred = (
    select(PointsDeferral.lot_id, func.count().label("open"))
    .where(PointsDeferral.lifted_at.is_(None))
    .group_by(PointsDeferral.lot_id)
    .subquery("deferred")
)
_looked_at = func.coalesce(PointsLot.settles_at, PointsLot.cancels_at)
_waits = and_(_is_pending, PointsLot.remaining > 0, PointsLot.deferrals == 0)


def _is_late(column: Any, since: Any) -> ColumnElement[bool]:
    """Whether an account would be looked at later than a lot of it is due."""
    return or_(column > since, and_(column.is_(None), since.isnot(None)))


INVARIANTS = (
    Invariant(
        "points.account_is_its_last_entry",
        "An account says what its last entry left, and counts its entries (I4).",
        select(PointsAccount.member_id, PointsAccount.wallet, PointsAccount.entries)
        .outerjoin(_last, and_(_is_of(_last), _last.number == PointsAccount.entries))
        .where(
            or_(
                *(
                    getattr(PointsAccount, bucket)
                    != func.coalesce(getattr(_last, f"{bucket}_after"), 0)
                    for bucket in ACCOUNT_BUCKETS
                ),
                and_(PointsAccount.entries > 0, _last.number.is_(None)),
            )
        ),
    ),
    Invariant(
        "points.entries_are_a_chain",
        "An entry changes the balances before it by what moved, and the first begins at none (I4).",
        select(PointsEntry.member_id, PointsEntry.wallet, PointsEntry.number)
        .outerjoin(
            _before,
            and_(
                _before.member_id == PointsEntry.member_id,
                _before.wallet == PointsEntry.wallet,
                _before.number == PointsEntry.number - 1,
            ),
        )
        .where(
            or_(
                *map(_before_and_after_differ, ACCOUNT_BUCKETS),
                and_(PointsEntry.number > 1, _before.number.is_(None)),
            )
        ),
    ),
    Invariant(
        "points.no_entry_after_the_last",
        "No entry stands beyond those that its account counts.",
        select(PointsEntry.member_id, PointsEntry.wallet, PointsEntry.number)
        .join(PointsAccount, _is_of(PointsEntry))
        .where(PointsEntry.number > PointsAccount.entries),
    ),
    Invariant(
        "points.lot_is_its_entries",
        "A lot's parts are what the journal moved into and out of them (I1, G8).",
        select(PointsLot.id, PointsLot.member_id)
        .outerjoin(
            _replayed,
            and_(_replayed.c.lot_id == PointsLot.id, _replayed.c.member_id == PointsLot.member_id),
        )
        .where(
            or_(
                *(
                    getattr(PointsLot, part) != func.coalesce(_replayed.c[part], 0)
                    for part in _PARTS_OF_LOT
                )
            )
        ),
    ),
    Invariant(
        "points.entries_name_lots",
        "An entry that names a lot names one of its member's.",
        select(PointsEntry.member_id, PointsEntry.wallet, PointsEntry.number, PointsEntry.lot_id)
        .outerjoin(
            PointsLot,
            and_(PointsLot.id == PointsEntry.lot_id, PointsLot.member_id == PointsEntry.member_id),
        )
        .where(PointsEntry.lot_id.isnot(None), PointsLot.id.is_(None)),
    ),
    Invariant(
        "points.account_is_its_lots",
        "What is pending, available and held is what lots have of it (I2, G4).",
        select(PointsAccount.member_id)
        .outerjoin(_of_lots, _of_lots.c.member_id == PointsAccount.member_id)
        .where(
            PointsAccount.wallet == Wallet.SPEND,
            or_(
                *(
                    getattr(PointsAccount, key) != func.coalesce(_of_lots.c[key], 0)
                    for key in ("pending", "available", "held")
                )
            ),
        ),
    ),
    Invariant(
        "points.hold_is_its_lots",
        "A hold has as many points, and has given back as many, as its lots say (G6, G7).",
        select(PointsHold.id, PointsHold.amount, PointsHold.returned)
        .outerjoin(_parts, _parts.c.hold_id == PointsHold.id)
        .where(
            or_(
                PointsHold.amount != func.coalesce(_parts.c.amount, 0),
                PointsHold.returned != func.coalesce(_parts.c.returned, 0),
            )
        ),
    ),
    Invariant(
        "points.hold_is_its_entries",
        "What a hold says was held, captured and released is what the journal moved (G6, G8).",
        select(PointsHold.id, PointsHold.member_id)
        .outerjoin(
            _of_journal,
            and_(
                _of_journal.c.source_id == PointsHold.id,
                _of_journal.c.member_id == PointsHold.member_id,
            ),
        )
        .where(
            or_(
                PointsHold.amount != func.coalesce(_of_journal.c.held, 0),
                PointsHold.captured != func.coalesce(_of_journal.c.captured, 0),
                PointsHold.released != func.coalesce(_of_journal.c.released, 0),
            )
        ),
    ),
    Invariant(
        "points.held_of_open_holds",
        "What is held of a lot is what open holds have of it.",
        select(PointsLot.id, PointsLot.held)
        .outerjoin(_held, _held.c.lot_id == PointsLot.id)
        .where(PointsLot.held != func.coalesce(_held.c.held, 0)),
    ),
    Invariant(
        "points.deferrals_are_counted",
        "A lot counts what stands against settling it.",
        select(PointsLot.id, PointsLot.deferrals)
        .outerjoin(_deferred, _deferred.c.lot_id == PointsLot.id)
        .where(PointsLot.deferrals != func.coalesce(_deferred.c.open, 0)),
    ),
    Invariant(
        "points.account_is_looked_at_in_time",
        "An account is to be looked at before, or when, the first of its lots settles or ends.",
        select(PointsAccount.member_id, PointsLot.id.label("lot_id"))
        .join(PointsLot, PointsLot.member_id == PointsAccount.member_id)
        .where(
            PointsAccount.wallet == Wallet.SPEND,
            or_(
                and_(_waits, _is_late(PointsAccount.settles_at, _looked_at)),
                and_(
                    PointsLot.activated_at.isnot(None),
                    PointsLot.remaining > 0,
                    _is_late(PointsAccount.expires_at, PointsLot.expires_at),
                ),
            ),
        ),
    ),
    Invariant(
        "points.lifetimes_are_in_the_journal",
        "What an account ever earned and spent is what the journal says.",
        select(PointsAccount.member_id, PointsAccount.wallet)
        .outerjoin(PointsEntry, _is_of(PointsEntry))
        .group_by(PointsAccount.member_id, PointsAccount.wallet)
        .having(
            or_(
                PointsAccount.lifetime_earned
                != _sum(
                    case((PointsEntry.from_bucket == Bucket.ISSUED, PointsEntry.amount), else_=0)
                ),
                PointsAccount.lifetime_spent
                != _sum(
                    case(
                        (PointsEntry.to_bucket == Bucket.SPENT, PointsEntry.amount),
                        (PointsEntry.from_bucket == Bucket.SPENT, -PointsEntry.amount),
                        else_=0,
                    )
                ),
            )
        ),
    ),
)
