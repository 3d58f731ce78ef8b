"""Pending lots: when they settle, what stands against it, and what they pay first (R1 Earn)."""

from collections.abc import Iterable
from datetime import datetime

from domain.points.rules import validity
from domain.points.rules.books import Book, Deferral, Lot, Source
from domain.points.words import Bucket, Reason, SourceKind


def receive(book: Book, lots: Iterable[Lot], *, settles_at: datetime) -> None:
    """Say from when pending lots settle, since their goods were received."""
    for lot in lots:
        if not lot.is_active:
            lot.settles_at = settles_at
            book.change(lot)


def defer(book: Book, lots: Iterable[Lot], *, source: Source, at: datetime) -> None:
    """Let something stand against settling pending lots, such as an open case; once for each."""
    for lot in lots:
        standing = book.deferred.get((lot.id, source))
        if not lot.is_active and (standing is None or standing.is_lifted):
            _note(book, lot, Deferral(lot.id, source, at), change=1)


def lift(book: Book, lots: Iterable[Lot], *, source: Source, at: datetime) -> None:
    """Take back what stood against settling lots; they settle once nothing else does."""
    for lot in lots:
        standing = book.deferred.get((lot.id, source))
        if standing is not None and not standing.is_lifted:
            _note(book, lot, Deferral(lot.id, source, at, is_lifted=True), change=-1)


def settle_due(book: Book, at: datetime) -> None:
    """Settle what is due of an account by itself, and cancel what waited too long.

    What `domain.points.sweeping` does for thousands of accounts; nothing of a frozen one settles.
    """
    if book.frozen_at is not None:
        return
    for lot in _due(book, at):
        source = Source(SourceKind.LOT, lot.id)
        if lot.settles_at is None:
            way = (Bucket.PENDING, Bucket.REVOKED)
            book.move(Reason.CANCELLED, way, lot.remaining, source=source, at=at, lot=lot)
            continue
        way = (Bucket.PENDING, Bucket.AVAILABLE)
        book.move(Reason.SETTLED, way, lot.remaining, source=source, at=at, lot=lot)
        lot.activated_at = at
        lot.expires_at = validity.of_word(lot.validity).ends(at)
        pay_debt(book, lot, source=source, at=at)


def pay_debt(book: Book, lot: Lot, *, source: Source, at: datetime) -> None:
    """Pay what is owed with the points of a lot that has become active (R1 Earn 6)."""
    paid = min(book.figures.debt, lot.remaining)
    if paid:
        way = (Bucket.AVAILABLE, Bucket.DEBT)
        book.move(Reason.REPAID, way, paid, source=source, at=at, lot=lot)


def slide(book: Book, at: datetime) -> None:
    """Let all active lots whose validity slides hold anew from when the member did what counts.

    Told late, or after something later, it brings no end forward.
    """
    for lot in book.lots.values():
        held_for = validity.of_word(lot.validity)
        if not lot.is_spendable(at) or held_for.kind is not validity.ValidityKind.SLIDING:
            continue
        ends = held_for.ends(at)
        if lot.expires_at is not None and ends is not None and ends > lot.expires_at:
            lot.expires_at = ends
            book.change(lot)


def _due(book: Book, at: datetime) -> list[Lot]:
    """What is to settle or to be cancelled, the longest due first."""
    waiting = ((lot.waits_until, lot.id, lot) for lot in book.lots.values())
    due = [(until, lot_id, lot) for until, lot_id, lot in waiting if until and until <= at]
    return [lot for _, _, lot in sorted(due, key=lambda each: each[:2])]


def _note(book: Book, lot: Lot, deferral: Deferral, *, change: int) -> None:
    lot.deferrals += change
    book.change(lot)
    book.deferred[lot.id, deferral.source] = deferral
    book.changed_deferrals.append(deferral)
