"""Settling and expiring set-wise: thousands of lots by a few statements (architecture 0.7).

An account says when it has to be looked at next, so that a sweep takes whole accounts, passes by
those that another one has locked, and needs no index of lots by date. What is decided here for
many is what `rules.settling` and `rules.expiring` decide for one; tests hold both together.
"""

from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    DateTime,
    and_,
    any_,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    select,
    union_all,
    update,
)
from sqlalchemy import Uuid as UuidColumn
from sqlalchemy.dialects.postgresql import insert

from domain.kernel.db import HotWrite
from domain.kernel.hot_pool import Sender
from domain.kernel.row_sets import RowSet
from domain.points.models import PointsAccount, PointsEntry, PointsLot
from domain.points.rules.validity import of_word
from domain.points.words import Bucket, Reason, SourceKind, Wallet

MOST_LOTS = 10_000
"""How many lots a chunk moves at most, whatever accounts it has."""
PUT_OFF = timedelta(hours=1)
"""When an account is looked at again that could not be settled by itself."""

_AT = bindparam("at", type_=DateTime(timezone=True), required=True)
_MOST = bindparam("most", type_=BigInteger(), required=True)
_LOTS = bindparam("lots", type_=BigInteger(), required=True)
_MEMBERS = bindparam("members", type_=ARRAY(UuidColumn), required=True)
_ENDS = RowSet("ending", PointsLot, "validity expires_at", are_several=True)

_NONE = literal_column("0", BigInteger())
"""As the index of open lots has it: a value that is given would not be known to be this."""

_lot: Any = PointsLot.__table__
_account: Any = PointsAccount.__table__
_is_spend = _account.c.wallet == Wallet.SPEND
_figures = (
    _account.c.pending,
    _account.c.available,
    _account.c.held,
    _account.c.debt,
    _account.c.entries,
)
_looked_at = func.coalesce(_lot.c.settles_at, _lot.c.cancels_at)
_waits = and_(_lot.c.activated_at.is_(None), _lot.c.remaining > _NONE, _lot.c.deferrals == _NONE)
_waited = and_(_lot.c.member_id == any_(_MEMBERS), _waits, _looked_at <= _AT)


class Moved(NamedTuple):
    """What a chunk has done: accounts that it took, and lots and points that it moved."""

    accounts: int = 0
    lots: int = 0
    points: int = 0


def _whole(value: ColumnElement[Any]) -> ColumnElement[int]:
    """A sum as what it is a sum of."""
    return cast(value, BigInteger)


def _taking(column: Any, is_open: ColumnElement[bool]) -> HotWrite:
    """Lock accounts that have to be looked at, the longest due first, past those of others."""
    return HotWrite(
        select(_account.c.member_id)
        .where(_is_spend, column <= _AT, is_open)
        .order_by(column)
        .limit(_MOST)
        .with_for_update(key_share=True, skip_locked=True)
    )


_TAKE_TO_SETTLE = _taking(_account.c.settles_at, _account.c.frozen_at.is_(None))
_TAKE_TO_EXPIRE = _taking(_account.c.expires_at, _account.c.expires_at.isnot(None))
_VALIDITIES = HotWrite(select(_lot.c.validity).where(_waited).distinct())


def _entry(rows: Any, reason: Any, way: tuple[Any, Any], *rest: Any) -> Any:
    """Rows of the journal for lots: number, amount, part and the figures after come in ``rest``."""
    number, amount, part, *after = rest
    return select(
        rows.member_id, cast(Wallet.SPEND, _account.c.wallet.type), number, reason, *way, amount,
        cast(SourceKind.LOT, _lot.c.source_kind.type), rows.id, part, rows.id, *after, _AT,
    )  # fmt: skip


_COLUMNS = tuple(column.key for column in PointsEntry.__table__.columns)
"""What `_entry` gives, which is every column of the journal in its order."""


def _word(word: Any) -> ColumnElement[Any]:
    return cast(word, _lot.c.validity.type)


def _due() -> Any:
    """What is due of locked accounts, with the figures of each account and sums in its order."""
    in_order: dict[str, Any] = {
        "partition_by": _lot.c.member_id,
        "order_by": (_looked_at, _lot.c.id),
    }
    settles = _lot.c.settles_at.isnot(None)
    gained = case((settles, _lot.c.remaining), else_=0)
    return (
        select(
            _lot.c.id,
            _lot.c.member_id,
            _lot.c.remaining,
            settles.label("settles"),
            case((settles, _ENDS.c.expires_at)).label("ends"),
            *_figures,
            _whole(gained).label("gained"),
            _whole(func.sum(_lot.c.remaining).over(**in_order)).label("gone"),
            _whole(func.sum(gained).over(**in_order)).label("gained_so_far"),
            func.row_number().over(**in_order).label("place"),
        )
        .join(_account, and_(_account.c.member_id == _lot.c.member_id, _is_spend))
        .join(_ENDS.rows, _ENDS.c.validity == _lot.c.validity)
        .where(_waited)
        .order_by(_lot.c.member_id, "place")
        .limit(_LOTS)
        .cte("due")
    )


def _paying(due: Any) -> Any:
    """What of each lot pays what is owed: the first of an account until nothing is (R1 Earn 6)."""
    paid = func.least(due.c.debt, due.c.gained_so_far)
    before = func.least(due.c.debt, due.c.gained_so_far - due.c.gained)
    pays = case((paid > before, 1), else_=0)
    payments = func.sum(pays).over(partition_by=due.c.member_id, order_by=due.c.place)
    return select(
        due,
        paid.label("paid"),
        before.label("paid_before"),
        (paid - before).label("repaid"),
        pays.label("pays"),
        _whole(payments).label("payments"),
    ).cte("moved")


def _settling() -> HotWrite:
    """Settle what is due of locked accounts, pay what they owe, and cancel what waited too long."""
    moved = _paying(_due()).c
    last = moved.entries + moved.place + moved.payments
    pending, available = moved.pending - moved.gone, moved.available + moved.gained_so_far
    settled = _entry(
        moved,
        case((moved.settles, Reason.SETTLED), else_=Reason.CANCELLED),
        (_word(Bucket.PENDING), case((moved.settles, Bucket.AVAILABLE), else_=Bucket.REVOKED)),
        last - moved.pays,
        moved.remaining,
        0,
        pending,
        available - moved.paid_before,
        moved.held,
        moved.debt - moved.paid_before,
    )
    repaid = _entry(
        moved,
        _word(Reason.REPAID),
        (_word(Bucket.AVAILABLE), _word(Bucket.DEBT)),
        last,
        moved.repaid,
        0,
        pending,
        available - moved.paid,
        moved.held,
        moved.debt - moved.paid,
    ).where(moved.repaid > 0)
    lots = (
        update(_lot)
        .where(_lot.c.id == moved.id)
        .values(
            remaining=case((moved.settles, moved.remaining - moved.repaid), else_=0),
            consumed=_lot.c.consumed + moved.repaid,
            revoked=_lot.c.revoked + moved.remaining - moved.gained,
            activated_at=case((moved.settles, _AT)),
            expires_at=moved.ends,
        )
    )
    return _written(moved, [settled, repaid], lots, _accounts_settled(moved))


def _totals(moved: Any, **figures: Any) -> Any:
    """What moves of each account that is locked, also of those of which nothing does."""
    taken = select(func.unnest(_MEMBERS).label("member_id")).subquery("taken")
    sums = (
        select(moved.member_id, *(value.label(key) for key, value in figures.items()))
        .group_by(moved.member_id)
        .subquery("sums")
    )
    return (
        select(taken.c.member_id, *(func.coalesce(sums.c[key], 0).label(key) for key in figures))
        .outerjoin(sums, sums.c.member_id == taken.c.member_id)
        .subquery("totals")
    )


def _accounts_settled(moved: Any) -> Any:
    """What accounts say after it, and when they are to be looked at next."""
    totals = _totals(
        moved,
        gone=func.max(moved.gone),
        gained=func.max(moved.gained_so_far),
        paid=func.max(moved.paid),
        entries=func.max(moved.place + moved.payments),
    )
    ends = select(func.min(_ENDS.c.expires_at)).scalar_subquery()
    return (
        update(_account)
        .where(_account.c.member_id == totals.c.member_id, _is_spend)
        .values(
            pending=_account.c.pending - totals.c.gone,
            available=_account.c.available + totals.c.gained - totals.c.paid,
            debt=_account.c.debt - totals.c.paid,
            entries=_account.c.entries + totals.c.entries,
            settles_at=_next(_looked_at, _waits, moved),
            # The first end of all that settle now: early for some, and never late.
            expires_at=case(
                (totals.c.gained > 0, func.least(_account.c.expires_at, ends)),
                else_=_account.c.expires_at,
            ),
        )
    )


def _next(column: Any, which: Any, moved: Any) -> Any:
    """The least date of the other lots of an account; what moves now is as it was in here."""
    return (
        select(func.min(column))
        .where(_lot.c.member_id == _account.c.member_id, which, _lot.c.remaining > _NONE)
        .where(_lot.c.id.not_in(select(moved.id)))
        .scalar_subquery()
    )


def _written(moved: Any, entries: list[Any], lots: Any, accounts: Any) -> HotWrite:
    """Write what moved by one statement; it answers with how many lots and points."""
    journal = insert(PointsEntry).from_select(_COLUMNS, union_all(*entries))
    return HotWrite(
        select(func.count(), _whole(func.coalesce(func.sum(moved.remaining), 0))).add_cte(
            journal.cte("entries_of_points"),
            lots.cte("lots_moved"),
            accounts.cte("accounts_moved"),
        )
    )


_is_active = and_(_lot.c.activated_at.isnot(None), _lot.c.remaining > _NONE)


def _ended() -> Any:
    """What has ended of locked accounts, with the figures of each account and sums in its order."""
    in_order: dict[str, Any] = {"partition_by": _lot.c.member_id, "order_by": _lot.c.id}
    return (
        select(
            _lot.c.id,
            _lot.c.member_id,
            _lot.c.remaining,
            _lot.c.expiries,
            *_figures,
            _whole(func.sum(_lot.c.remaining).over(**in_order)).label("gone"),
            func.row_number().over(**in_order).label("place"),
        )
        .join(_account, and_(_account.c.member_id == _lot.c.member_id, _is_spend))
        .where(_lot.c.member_id == any_(_MEMBERS), _is_active, _lot.c.expires_at <= _AT)
        .order_by(_lot.c.member_id, "place")
        .limit(_LOTS)
        .cte("moved")
    )


def _expiring() -> HotWrite:
    """Let what has ended of locked accounts expire."""
    moved = _ended().c
    entry = _entry(
        moved,
        _word(Reason.EXPIRED),
        (_word(Bucket.AVAILABLE), _word(Bucket.EXPIRED)),
        moved.entries + moved.place,
        moved.remaining,
        moved.expiries,
        moved.pending,
        moved.available - moved.gone,
        moved.held,
        moved.debt,
    )
    lots = (
        update(_lot)
        .where(_lot.c.id == moved.id)
        .values(
            remaining=0,
            expired=_lot.c.expired + moved.remaining,
            expiries=_lot.c.expiries + 1,
        )
    )
    totals = _totals(moved, gone=func.max(moved.gone), lots=func.count())
    accounts = (
        update(_account)
        .where(_account.c.member_id == totals.c.member_id, _is_spend)
        .values(
            available=_account.c.available - totals.c.gone,
            entries=_account.c.entries + totals.c.lots,
            expires_at=_next(_lot.c.expires_at, _is_active, moved),
        )
    )
    return _written(moved, [entry], lots, accounts)


_SETTLE = _settling()
_EXPIRE = _expiring()


async def settle_due(
    session: Sender, *, at: datetime, most: int, most_lots: int = MOST_LOTS
) -> Moved:
    """Settle, or cancel, what is due of at most so many accounts that nobody else has locked.

    An account with more lots than a chunk may have stays due with the rest.
    """
    members = [row[0] for row in await _TAKE_TO_SETTLE.rows(session, at=at, most=most)]
    if not members:
        return Moved()
    words = await _VALIDITIES.rows(session, members=members, at=at)
    ends = _ENDS.bound((word, of_word(word).ends(at)) for (word,) in words)
    return await _moved(_SETTLE, session, members, at=at, lots=most_lots, **ends)


async def expire_due(
    session: Sender, *, at: datetime, most: int, most_lots: int = MOST_LOTS
) -> Moved:
    """Let expire what has ended of at most so many accounts that nobody else has locked."""
    members = [row[0] for row in await _TAKE_TO_EXPIRE.rows(session, at=at, most=most)]
    if not members:
        return Moved()
    return await _moved(_EXPIRE, session, members, at=at, lots=most_lots)


async def _moved(statement: HotWrite, session: Sender, members: list[UUID], **values: Any) -> Moved:
    lots, points = await statement.one_or_none(session, members=members, **values)
    return Moved(len(members), lots, points)
