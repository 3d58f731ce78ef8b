"""The statements that settle and expire thousands of lots at once (architecture 0.7).

What they decide for many is what `rules.settling` and `rules.expiring` decide for one; tests hold
both together. They are sent on the hot pool, which plans them for any number of rows, by indexes.
"""

from typing import Any

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

from domain.kernel.db import HotRead, HotWrite
from domain.kernel.row_sets import RowSet
from domain.points.models import PointsAccount, PointsEntry, PointsLot
from domain.points.words import Bucket, Reason, SourceKind, Wallet

_AT = bindparam("at", type_=DateTime(timezone=True), required=True)
_MOST = bindparam("most", type_=BigInteger(), required=True)
_UNTIL = bindparam("until", type_=DateTime(timezone=True), required=True)
_LOTS = bindparam("lots", type_=BigInteger(), required=True)
_MEMBERS = bindparam("members", type_=ARRAY(UuidColumn), required=True)
ENDS = RowSet("ending", PointsLot, "validity expires_at", are_several=True)
"""When lots of each validity end that settle now."""

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


def _whole(value: ColumnElement[Any]) -> ColumnElement[int]:
    """A sum as what it is a sum of."""
    return cast(value, BigInteger)


def _locked(column: Any, *which: ColumnElement[bool]) -> Any:
    """Lock accounts that have to be looked at, past those that others have locked."""
    return (
        select(_account.c.member_id)
        .where(_is_spend, column <= _AT, *which)
        .with_for_update(key_share=True, skip_locked=True)
    )


def _taking(column: Any, is_open: ColumnElement[bool]) -> HotWrite:
    """Lock those that have been due for longest."""
    return HotWrite(_locked(column, is_open).order_by(column).limit(_MOST))


def _taking_again(column: Any, is_open: ColumnElement[bool]) -> HotWrite:
    """Lock those of some members that are still due."""
    return HotWrite(_locked(column, is_open, _account.c.member_id == any_(_MEMBERS)))


def _putting_off(column: Any) -> HotWrite:
    """Look at some accounts later that are due."""
    return HotWrite(
        update(_account)
        .where(_is_spend, column <= _AT, _account.c.member_id == any_(_MEMBERS))
        .values({column.name: _UNTIL})
    )


def _finding_oldest(column: Any, is_open: ColumnElement[bool]) -> HotRead:
    return HotRead(select(func.min(column)).where(is_open))


_settles, _is_not_frozen = _account.c.settles_at, _account.c.frozen_at.is_(None)
_expires, _is_any = _account.c.expires_at, _account.c.expires_at.isnot(None)

TAKE_TO_SETTLE = _taking(_settles, _is_not_frozen)
TAKE_TO_SETTLE_AGAIN = _taking_again(_settles, _is_not_frozen)
PUT_SETTLING_OFF = _putting_off(_settles)
OLDEST_TO_SETTLE = _finding_oldest(_settles, _is_not_frozen)
TAKE_TO_EXPIRE = _taking(_expires, _is_any)
TAKE_TO_EXPIRE_AGAIN = _taking_again(_expires, _is_any)
PUT_EXPIRING_OFF = _putting_off(_expires)
OLDEST_TO_EXPIRE = _finding_oldest(_expires, _is_any)
VALIDITIES = HotWrite(select(_lot.c.validity).where(_waited).distinct())


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
            _looked_at.label("looked_at"),
            settles.label("settles"),
            case((settles, ENDS.c.expires_at)).label("ends"),
            *_figures,
            _whole(gained).label("gained"),
            _whole(func.sum(_lot.c.remaining).over(**in_order)).label("gone"),
            _whole(func.sum(gained).over(**in_order)).label("gained_so_far"),
            func.row_number().over(**in_order).label("place"),
        )
        .join(_account, and_(_account.c.member_id == _lot.c.member_id, _is_spend))
        .join(ENDS.rows, ENDS.c.validity == _lot.c.validity)
        .where(_waited)
        # As the window has it, and so without another sort.
        .order_by(_lot.c.member_id, _looked_at, _lot.c.id)
        .limit(_LOTS)
        .cte("due")
    )


def _paying(due: Any) -> Any:
    """What of each lot pays what is owed: the first of an account until nothing is (R1 Earn 6)."""
    paid = func.least(due.c.debt, due.c.gained_so_far)
    before = func.least(due.c.debt, due.c.gained_so_far - due.c.gained)
    pays = case((paid > before, 1), else_=0)
    in_order: dict[str, Any] = {
        "partition_by": due.c.member_id,
        "order_by": (due.c.looked_at, due.c.id),
    }
    return select(
        due,
        paid.label("paid"),
        before.label("paid_before"),
        (paid - before).label("repaid"),
        pays.label("pays"),
        _whole(func.sum(pays).over(**in_order)).label("payments"),
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
    none = {key: literal_column("0", BigInteger()).label(key) for key in figures}
    taken = select(func.unnest(_MEMBERS).label("member_id"), *none.values())
    some = select(moved.member_id, *(value.label(key) for key, value in figures.items()))
    rows = union_all(some, taken).subquery("some_of_it")
    return (
        select(rows.c.member_id, *(func.max(rows.c[key]).label(key) for key in figures))
        .group_by(rows.c.member_id)
        .subquery("totals")
    )


def _accounts_settled(moved: Any) -> Any:
    """What accounts say after it, and when they are to be looked at next."""
    totals = _totals(
        moved,
        gone=moved.gone,
        gained=moved.gained_so_far,
        paid=moved.paid,
        entries=moved.place + moved.payments,
    )
    ends = select(func.min(ENDS.c.expires_at)).scalar_subquery()
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
        .order_by(_lot.c.member_id, _lot.c.id)
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
    totals = _totals(moved, gone=moved.gone, lots=moved.place)
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


SETTLE = _settling()
EXPIRE = _expiring()
