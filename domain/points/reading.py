"""Reading the books of accounts that are locked: open lots, and what certain facts have done."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, cast
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    any_,
    bindparam,
    join,
    literal_column,
    or_,
    select,
    true,
    union,
)
from sqlalchemy import Uuid as UuidColumn

from domain.kernel.db import HotWrite
from domain.kernel.hot_pool import Sender
from domain.kernel.row_sets import RowSet
from domain.points.models import (
    PointsDeferral,
    PointsEntry,
    PointsHold,
    PointsHoldLot,
    PointsLot,
)
from domain.points.rules.books import Book, Deferral, HeldLot, Hold, Lot, Source
from domain.points.words import SourceKind, Wallet

_NONE = literal_column("0", BigInteger())
"""As the index of open lots has it: a value that is given would not be known to be this."""
_MEMBERS = bindparam("members", type_=ARRAY(UuidColumn))
_FACTS = RowSet("fact", PointsLot, "member_id source_kind source_id", are_several=True)

Facts = Collection[Source] | Mapping[Source, UUID]
"""What business facts have done is read: of each of the members, or of whom each fact is of."""


def _of_each_fact(table: Any, columns: Sequence[str], *which: ColumnElement[bool]) -> Any:
    """Rows of a table that are of the facts, and facts joined with them: for one after the other.

    OFFSET keeps PostgreSQL from turning it round: while a table is nearly empty, or was when it
    was last looked at, that seems as good, and reads all that has come since.
    """
    rows = (
        select(*(getattr(table, column) for column in columns))
        .where(table.source_kind == _FACTS.c.source_kind, table.source_id == _FACTS.c.source_id)
        .where(*which)
        .offset(_NONE)
        .lateral(f"{table.__tablename__}_of_it")
    )
    return rows, join(_FACTS.rows, rows, true())


def _of_each(key: ColumnElement[Any], table: Any, column: str, columns: Sequence[str]) -> Any:
    """Rows of a table by that column, looked up for one after the other likewise."""
    return (
        select(*(getattr(table, each) for each in columns))
        .where(getattr(table, column) == key)
        .offset(_NONE)
        .lateral(f"{table.__tablename__}_of_each")
    )


_is_of_members = PointsLot.member_id == any_(_MEMBERS)
_is_open = or_(PointsLot.remaining > _NONE, PointsLot.held > _NONE)
_LOT = (
    *("member_id", "id", "source_kind", "source_id", "source_part", "granted", "created_at"),
    *("validity", "remaining", "held", "consumed", "expired", "revoked", "rule_version"),
    *("settles_at", "cancels_at", "activated_at", "expires_at", "deferrals", "expiries", "clawed"),
    "from_lot_id",
    "extended_at",
)
_HOLD = (
    *("member_id", "id", "source_kind", "source_id", "amount", "created_at", "captured"),
    *("released", "returned", "ended_at"),
)
_DEFERRAL = ("lot_id", "source_kind", "source_id", "deferred_at", "lifted_at")
"""The columns of each, in the order in which they are taken into a book."""

_held, _of_held = _of_each_fact(
    PointsHold,
    _HOLD,
    # As the index of facts has it: what was released is over, and the fact may have another one.
    PointsHold.released == _NONE,
    PointsHold.member_id == _FACTS.c.member_id,
)
_held_lots = _of_each(
    _held.c.id, PointsHoldLot, "hold_id", ("position", "lot_id", "amount", "returned")
)
_deferral, _of_deferral = _of_each_fact(PointsDeferral, _DEFERRAL)
_made, _of_made = _of_each_fact(PointsLot, ("id",), PointsLot.member_id == _FACTS.c.member_id)
_known, _of_known = _of_each_fact(
    PointsEntry,
    ("member_id", "source_kind", "source_id", "reason"),
    PointsEntry.member_id == _FACTS.c.member_id,
    PointsEntry.wallet == bindparam("wallet", type_=PointsEntry.wallet.type, required=True),
)
_wanted = union(
    select(PointsLot.id.label("id")).where(_is_of_members, _is_open),
    select(_made.c.id).select_from(_of_made),
    select(_held_lots.c.lot_id).select_from(_of_held.join(_held_lots, true())),
    select(_deferral.c.lot_id).select_from(_of_deferral),
).subquery("wanted")
_lot = _of_each(_wanted.c.id, PointsLot, "id", _LOT)
_deferred_lot = _of_each(_deferral.c.lot_id, PointsLot, "id", ("member_id",))

_OPEN_LOTS = HotWrite(
    select(*(getattr(PointsLot, each) for each in _LOT)).where(_is_of_members, _is_open)
)
_LOTS = HotWrite(
    select(*_lot.c)
    .select_from(_wanted.join(_lot, true()))
    .where(_lot.c.member_id == any_(_MEMBERS))
)
_HOLDS = HotWrite(
    select(
        *_held.c,
        _held_lots.c.position,
        _held_lots.c.lot_id,
        _held_lots.c.amount.label("part_amount"),
        _held_lots.c.returned.label("part_returned"),
    )
    .select_from(_of_held.join(_held_lots, true()))
    .order_by(_held.c.id, _held_lots.c.position)
)
_KNOWN = HotWrite(select(*_known.c).select_from(_of_known).distinct())
_DEFERRED = HotWrite(
    select(_deferred_lot.c.member_id, *_deferral.c)
    .select_from(_of_deferral.join(_deferred_lot, true()))
    .where(_deferred_lot.c.member_id == any_(_MEMBERS))
)


async def read_books(session: Sender, books: Mapping[UUID, Book], facts: Facts) -> None:
    """Read what locked accounts have into their books, which are all of one wallet.

    One statement without facts, four with them, and two at most for GROWTH, which has no lots.
    """
    if not books:
        return
    members = list(books)
    wallet = next(iter(books.values())).wallet
    of_facts = _FACTS.bound(_pairs(books, facts))
    if facts:
        for member_id, *key in await _KNOWN.rows(session, wallet=wallet, **of_facts):
            books[member_id].known.add((key[0], key[1], key[2]))
    if wallet is Wallet.GROWTH:
        return
    if not facts:
        _take_lots(books, await _OPEN_LOTS.rows(session, members=members))
        return
    _take_lots(books, await _LOTS.rows(session, members=members, **of_facts))
    _take_holds(books, await _HOLDS.rows(session, **of_facts))
    _take_deferrals(books, await _DEFERRED.rows(session, members=members, **of_facts))


def _pairs(members: Collection[UUID], facts: Facts) -> set[tuple[UUID, SourceKind, UUID]]:
    """Whom each fact is looked up of: many facts of many members are told with whom each is of."""
    if isinstance(facts, Mapping):
        of_whom = cast("Mapping[Source, UUID]", facts)
        return {(of_whom[fact], fact.kind, fact.id) for fact in facts if of_whom[fact] in members}
    return {(member_id, fact.kind, fact.id) for member_id in members for fact in facts}


def _take_lots(books: Mapping[UUID, Book], rows: Collection[Any]) -> None:
    for member_id, lot_id, kind, source_id, part, *rest in rows:
        books[member_id].lots[lot_id] = Lot(lot_id, Source(kind, source_id, part), *rest)


def _take_holds(books: Mapping[UUID, Book], rows: Collection[Any]) -> None:
    for member_id, hold_id, kind, source_id, amount, created_at, *rest in rows:
        captured, released, returned, ended_at, *part = rest
        holds = books[member_id].holds
        hold = holds.get(hold_id)
        if hold is None:
            hold = holds[hold_id] = Hold(
                hold_id, Source(kind, source_id), amount, created_at, [],
                captured, released, returned, ended_at,
            )  # fmt: skip
        hold.lots.append(HeldLot(*part))


def _take_deferrals(books: Mapping[UUID, Book], rows: Collection[Any]) -> None:
    for member_id, lot_id, kind, source_id, deferred_at, lifted_at in rows:
        source, is_lifted = Source(kind, source_id), lifted_at is not None
        deferral = Deferral(lot_id, source, lifted_at or deferred_at, is_lifted=is_lifted)
        books[member_id].deferred[lot_id, source] = deferral
