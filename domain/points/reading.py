"""Reading the books of accounts that are locked: open lots, and what certain facts have done."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    and_,
    any_,
    bindparam,
    literal_column,
    or_,
    select,
    tuple_,
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
from domain.points.words import Wallet

_NONE = literal_column("0", BigInteger())
"""As the index of open lots has it: a value that is given would not be known to be this."""
_MEMBERS = bindparam("members", type_=ARRAY(UuidColumn))
_FACTS = RowSet("fact", PointsLot, "source_kind source_id", are_several=True)
_facts = select(_FACTS.c.source_kind, _FACTS.c.source_id)


def _is_of_facts(table: Any) -> Any:
    return tuple_(table.source_kind, table.source_id).in_(_facts)


_OPEN = (
    select(PointsLot.id)
    .where(PointsLot.member_id == any_(_MEMBERS))
    .where(or_(PointsLot.remaining > _NONE, PointsLot.held > _NONE))
)
_OF_FACTS = select(PointsLot.id).where(
    PointsLot.member_id == any_(_MEMBERS), _is_of_facts(PointsLot)
)
_of_held_facts = and_(_is_of_facts(PointsHold), PointsHold.released == _NONE)
"""Holds that are open or were captured, as the index of facts has them: what was released is over,
and the fact may have another one."""
_OF_HOLDS = (
    select(PointsHoldLot.lot_id)
    .join(PointsHold, PointsHold.id == PointsHoldLot.hold_id)
    .where(_of_held_facts)
)
_OF_DEFERRALS = select(PointsDeferral.lot_id).where(_is_of_facts(PointsDeferral))


def _lots(ids: Any) -> HotWrite:
    return HotWrite(
        select(
            PointsLot.member_id,
            PointsLot.id,
            PointsLot.source_kind,
            PointsLot.source_id,
            PointsLot.source_part,
            PointsLot.granted,
            PointsLot.created_at,
            PointsLot.validity,
            PointsLot.remaining,
            PointsLot.held,
            PointsLot.consumed,
            PointsLot.expired,
            PointsLot.revoked,
            PointsLot.rule_version,
            PointsLot.settles_at,
            PointsLot.cancels_at,
            PointsLot.activated_at,
            PointsLot.expires_at,
            PointsLot.deferrals,
            PointsLot.expiries,
            PointsLot.clawed,
            PointsLot.from_lot_id,
        ).where(PointsLot.id.in_(ids), PointsLot.member_id == any_(_MEMBERS))
    )


_OPEN_LOTS = _lots(_OPEN)
_LOTS = _lots(union(_OPEN, _OF_FACTS, _OF_HOLDS, _OF_DEFERRALS).subquery().select())
_HOLDS = HotWrite(
    select(
        PointsHold.member_id,
        PointsHold.id,
        PointsHold.source_kind,
        PointsHold.source_id,
        PointsHold.amount,
        PointsHold.created_at,
        PointsHold.captured,
        PointsHold.released,
        PointsHold.returned,
        PointsHold.ended_at,
        PointsHoldLot.position,
        PointsHoldLot.lot_id,
        PointsHoldLot.amount.label("part_amount"),
        PointsHoldLot.returned.label("part_returned"),
    )
    .join(PointsHoldLot, PointsHoldLot.hold_id == PointsHold.id)
    .where(PointsHold.member_id == any_(_MEMBERS), _of_held_facts)
    .order_by(PointsHold.id, PointsHoldLot.position)
)
_KNOWN = HotWrite(
    select(
        PointsEntry.member_id, PointsEntry.source_kind, PointsEntry.source_id, PointsEntry.reason
    )
    .where(PointsEntry.member_id == any_(_MEMBERS), _is_of_facts(PointsEntry))
    .where(PointsEntry.wallet == bindparam("wallet", type_=PointsEntry.wallet.type, required=True))
    .distinct()
)
_DEFERRED = HotWrite(
    select(
        PointsLot.member_id,
        PointsDeferral.lot_id,
        PointsDeferral.source_kind,
        PointsDeferral.source_id,
        PointsDeferral.deferred_at,
        PointsDeferral.lifted_at,
    )
    .join(PointsLot, PointsLot.id == PointsDeferral.lot_id)
    .where(PointsLot.member_id == any_(_MEMBERS), _is_of_facts(PointsDeferral))
)


async def read_books(
    session: Sender, books: Mapping[UUID, Book], facts: Collection[Source]
) -> None:
    """Read what locked accounts have into their books, which are all of one wallet.

    One statement without facts, four with them, and two at most for GROWTH, which has no lots.
    """
    if not books:
        return
    members = list(books)
    wallet = next(iter(books.values())).wallet
    of_facts = _FACTS.bound({(fact.kind, fact.id) for fact in facts})
    if facts:
        for member_id, *key in await _KNOWN.rows(
            session, members=members, wallet=wallet, **of_facts
        ):
            books[member_id].known.add((key[0], key[1], key[2]))
    if wallet is Wallet.GROWTH:
        return
    if not facts:
        _take_lots(books, await _OPEN_LOTS.rows(session, members=members))
        return
    _take_lots(books, await _LOTS.rows(session, members=members, **of_facts))
    _take_holds(books, await _HOLDS.rows(session, members=members, **of_facts))
    _take_deferrals(books, await _DEFERRED.rows(session, members=members, **of_facts))


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
