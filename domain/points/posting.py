"""Locking accounts, and writing what was decided on their books: the two ends of every use case.

The same few statements for any number of members, on a session or on the hot pool.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, any_, bindparam, case, select, update
from sqlalchemy import Uuid as UuidColumn

from domain.kernel.db import HotWrite
from domain.kernel.hot_pool import Sender
from domain.kernel.row_sets import RowSet
from domain.points.models import (
    PointsAccount,
    PointsDeferral,
    PointsEntry,
    PointsHold,
    PointsHoldLot,
    PointsLot,
)
from domain.points.reading import Facts, read_books
from domain.points.rules.books import Book, Deferral, Figures, Hold, Lot, Source
from domain.points.words import SourceKind, Wallet

_MEMBERS = bindparam("members", type_=ARRAY(UuidColumn))
_WALLET = bindparam("wallet", type_=PointsAccount.wallet.type, required=True)

_NEW = RowSet(
    "new",
    PointsAccount,
    "member_id wallet pending available held debt lifetime_earned lifetime_spent entries",
    are_several=True,
)
_OPEN = HotWrite(_NEW.insert().on_conflict_do_nothing())
_LOCK = HotWrite(
    select(
        PointsAccount.member_id,
        PointsAccount.pending,
        PointsAccount.available,
        PointsAccount.held,
        PointsAccount.debt,
        PointsAccount.lifetime_earned,
        PointsAccount.lifetime_spent,
        PointsAccount.entries,
        PointsAccount.frozen_at,
    )
    .where(PointsAccount.member_id == any_(_MEMBERS), PointsAccount.wallet == _WALLET)
    .order_by(PointsAccount.member_id)
    .with_for_update(key_share=True)
)

_ENTRIES = RowSet(
    "entry",
    PointsEntry,
    "member_id wallet number reason from_bucket to_bucket amount source_kind source_id part lot_id "
    "pending_after available_after held_after debt_after recorded_at",
    are_several=True,
)
_LOT_PARTS = (
    "remaining held consumed expired revoked clawed settles_at activated_at expires_at "
    "deferrals expiries extended_at"
)
_NEW_LOTS = RowSet(
    "lot",
    PointsLot,
    "id member_id source_kind source_id source_part granted rule_version validity created_at "
    f"cancels_at from_lot_id {_LOT_PARTS}",
    are_several=True,
)
_LOTS = RowSet("moved", PointsLot, f"id {_LOT_PARTS}", are_several=True)
_NEW_HOLDS = RowSet(
    "hold",
    PointsHold,
    "id member_id source_kind source_id amount captured released returned created_at ended_at",
    are_several=True,
)
_HOLDS = RowSet("ended", PointsHold, "id captured released returned ended_at", are_several=True)
_NEW_PARTS = RowSet(
    "part", PointsHoldLot, "hold_id position lot_id amount returned", are_several=True
)
_PARTS = RowSet("back", PointsHoldLot, "hold_id position returned", are_several=True)
_DEFERRALS = RowSet(
    "deferral",
    PointsDeferral,
    "lot_id source_kind source_id deferred_at lifted_at",
    are_several=True,
)
_ACCOUNTS = RowSet(
    "account",
    PointsAccount,
    "member_id wallet pending available held debt lifetime_earned lifetime_spent entries "
    "settles_at expires_at",
    are_several=True,
)


def _changed(rows: RowSet, *keys: str) -> Any:
    """Bring rows of a table to what is given, by their keys."""
    own = [key for key in rows.c.keys() if key not in keys]  # noqa: SIM118 - not a mapping
    return (
        update(rows.table)
        .where(*(rows.table.c[key] == rows.c[key] for key in keys))
        .values({key: rows.c[key] for key in own})
    )


_deferred = _DEFERRALS.insert()
_WRITE = HotWrite(
    _changed(_ACCOUNTS, "member_id", "wallet").add_cte(
        _ENTRIES.insert().cte("entries_of_points"),
        _NEW_LOTS.insert().cte("lots_opened"),
        _changed(_LOTS, "id").cte("lots_moved"),
        _NEW_HOLDS.insert().cte("holds_made"),
        _changed(_HOLDS, "id").cte("holds_ended"),
        _NEW_PARTS.insert().cte("parts_held"),
        _changed(_PARTS, "hold_id", "position").cte("parts_returned"),
        _deferred.on_conflict_do_update(
            index_elements=["lot_id", "source_kind", "source_id"],
            set_={
                # What is lifted keeps since when it stood.
                "deferred_at": case(
                    (_deferred.excluded.lifted_at.is_(None), _deferred.excluded.deferred_at),
                    else_=PointsDeferral.deferred_at,
                ),
                "lifted_at": _deferred.excluded.lifted_at,
            },
        ).cte("deferrals_noted"),
    )
)


async def lock(session: Sender, members: Iterable[UUID], *, facts: Facts = ()) -> dict[UUID, Book]:
    """Lock the accounts of members in ascending order, and read their books; by member.

    Once in a transaction, for all members that it concerns (L1, L2): a caller that decides about
    several one by one locks all of them first, and may lock each again. One that never was is
    opened. With open lots, and the lots, holds and earlier movements of ``facts``: what a use case
    decides about a fact it has to name here, with its member where there are many of both.
    """
    return await _lock(session, sorted(set(members)), Wallet.SPEND, facts)


async def lock_growth(
    session: Sender, under: Mapping[UUID, Book], *, facts: Facts = ()
) -> dict[UUID, Book]:
    """Lock the GROWTH accounts of members whose SPEND books are locked, as `lock` answers.

    Nobody locks one otherwise, so that none is ever waited for: whoever could hold it holds the
    SPEND account of its member, and has it before. So SPEND accounts alone need an order.
    """
    return await _lock(session, sorted(under), Wallet.GROWTH, facts)


async def _lock(
    session: Sender, wanted: Sequence[UUID], wallet: Wallet, facts: Facts
) -> dict[UUID, Book]:
    if len(wanted) > 1:
        # Who opened one only after locking others would lock it out of order.
        await _open(session, wanted, wallet)
    books = await _locked(session, wanted, wallet)
    if len(books) < len(wanted):
        await _open(session, wanted, wallet)
        books = await _locked(session, wanted, wallet)
    await read_books(session, books, facts)
    return books


async def write(session: Sender, books: Iterable[Book]) -> None:
    """Write all that was decided, by one statement; a book that nothing changed is left alone."""
    changed = [book for book in books if _is_changed(book)]
    if not changed:
        return
    given: dict[str, Any] = {}
    for row_set, rows_of in _ROWS:
        given |= row_set.bound(row for book in changed for row in rows_of(book))
    await _WRITE.run(session, **given)
    for book in changed:
        _forget(book)


async def _open(session: Sender, members: Sequence[UUID], wallet: Wallet) -> None:
    """Open those of the accounts that never were."""
    await _OPEN.run(session, **_NEW.bound((each, wallet, *(0,) * 7) for each in members))


async def _locked(session: Sender, members: Sequence[UUID], wallet: Wallet) -> dict[UUID, Book]:
    rows = await _LOCK.rows(session, members=members, wallet=wallet)
    return {
        member_id: Book(
            member_id, wallet, Figures(pending, available, held, debt), earned, spent, entries,
            frozen_at,
        )
        for member_id, pending, available, held, debt, earned, spent, entries, frozen_at in rows
    }  # fmt: skip


def _is_changed(book: Book) -> bool:
    return bool(book.written or book.changed_lots or book.changed_holds or book.changed_deferrals)


def _forget(book: Book) -> None:
    """Note that what was decided is written."""
    for lot_id in book.changed_lots:
        book.lots[lot_id].is_new = False
    for hold_id in book.changed_holds:
        book.holds[hold_id].is_new = False
    book.known |= {(entry.source.kind, entry.source.id, entry.reason) for entry in book.written}
    book.written.clear()
    book.changed_lots.clear()
    book.changed_holds.clear()
    book.changed_deferrals.clear()


def _accounts(book: Book) -> Iterator[tuple[Any, ...]]:
    figures = book.figures
    yield (
        book.member_id, book.wallet, figures.pending, figures.available, figures.held,
        figures.debt, book.lifetime_earned, book.lifetime_spent, book.entries,
        book.settles_at, book.expires_at,
    )  # fmt: skip


def _entries(book: Book) -> Iterator[tuple[Any, ...]]:
    counted: Counter[tuple[object, ...]] = Counter()
    for entry in book.written:
        source, after = entry.source, entry.after
        operation = source.kind, source.id, entry.reason
        # A lot's own part says how often it has ended; the others count what one fact moves.
        part = source.part if source.kind is SourceKind.LOT else counted[operation]
        counted[operation] += 1
        yield (
            book.member_id, book.wallet, entry.number, entry.reason, entry.from_bucket,
            entry.to_bucket, entry.amount, source.kind, source.id, part, entry.lot_id,
            after.pending, after.available, after.held, after.debt, entry.at,
        )  # fmt: skip


def _new_lots(book: Book) -> Iterator[tuple[Any, ...]]:
    for lot in _lots_changed(book, is_new=True):
        source = lot.source
        yield (
            lot.id, book.member_id, source.kind, source.id, source.part, lot.granted,
            lot.rule_version, lot.validity, lot.created_at, lot.cancels_at, lot.from_lot_id,
            *_parts_of(lot),
        )  # fmt: skip


def _lots(book: Book) -> Iterator[tuple[Any, ...]]:
    for lot in _lots_changed(book, is_new=False):
        yield lot.id, *_parts_of(lot)


def _lots_changed(book: Book, *, is_new: bool) -> list[Lot]:
    lots = [book.lots[lot_id] for lot_id in sorted(book.changed_lots)]
    return [lot for lot in lots if lot.is_new is is_new]


def _parts_of(lot: Lot) -> tuple[Any, ...]:
    return (
        lot.remaining, lot.held, lot.consumed, lot.expired, lot.revoked, lot.clawed,
        lot.settles_at, lot.activated_at, lot.expires_at, lot.deferrals, lot.expiries,
        lot.extended_at,
    )  # fmt: skip


def _holds_changed(book: Book, *, is_new: bool) -> list[Hold]:
    holds = [book.holds[hold_id] for hold_id in sorted(book.changed_holds)]
    return [hold for hold in holds if hold.is_new is is_new]


def _new_holds(book: Book) -> Iterator[tuple[Any, ...]]:
    for hold in _holds_changed(book, is_new=True):
        yield (
            hold.id, book.member_id, hold.source.kind, hold.source.id, hold.amount,
            hold.captured, hold.released, hold.returned, hold.created_at, hold.ended_at,
        )  # fmt: skip


def _holds(book: Book) -> Iterator[tuple[Any, ...]]:
    for hold in _holds_changed(book, is_new=False):
        yield hold.id, hold.captured, hold.released, hold.returned, hold.ended_at


def _new_parts(book: Book) -> Iterator[tuple[Any, ...]]:
    for hold in _holds_changed(book, is_new=True):
        for part in hold.lots:
            yield hold.id, part.position, part.lot_id, part.amount, part.returned


def _parts(book: Book) -> Iterator[tuple[Any, ...]]:
    for hold in _holds_changed(book, is_new=False):
        for part in hold.lots:
            yield hold.id, part.position, part.returned


def _deferrals(book: Book) -> Iterator[tuple[Any, ...]]:
    """The last word about each, since a statement changes a row once."""
    last: dict[tuple[UUID, Source], Deferral] = {
        (each.lot_id, each.source): each for each in book.changed_deferrals
    }
    for each in last.values():
        lifted_at = each.at if each.is_lifted else None
        yield each.lot_id, each.source.kind, each.source.id, each.at, lifted_at


_ROWS = (
    (_ACCOUNTS, _accounts),
    (_ENTRIES, _entries),
    (_NEW_LOTS, _new_lots),
    (_LOTS, _lots),
    (_NEW_HOLDS, _new_holds),
    (_HOLDS, _holds),
    (_NEW_PARTS, _new_parts),
    (_PARTS, _parts),
    (_DEFERRALS, _deferrals),
)
"""Each set of rows of the writing statement, and what of a book it holds."""
