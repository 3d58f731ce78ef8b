"""Points that come to be: earned by orders and pending, granted at once, adjusted by the staff."""

from datetime import datetime
from uuid import UUID

import msgspec

from domain.points.errors import PointsShort
from domain.points.rules import validity
from domain.points.rules.books import Book, Lot, Source
from domain.points.rules.expiring import expire_due
from domain.points.rules.settling import pay_debt
from domain.points.words import Bucket, Reason


class NewLot(msgspec.Struct, frozen=True, gc=False):
    """A lot that is to be: its points, the fact that makes it, and how long it holds.

    ``validity`` is the word of a `domain.points.rules.validity.Validity`; ``cancels_at`` is when
    a pending lot is given up whose goods are never received.
    """

    id: UUID
    points: int
    source: Source
    validity: str
    rule_version: int | None = None
    cancels_at: datetime | None = None


def earn(book: Book, new: NewLot, *, at: datetime) -> Lot:
    """Open a pending lot for what a line of an order earned (R1 Earn 3); a repeat finds it."""
    return _lot_of(book, new) or _bring_in(book, new, Reason.EARNED, Bucket.PENDING, at)


def grant(book: Book, new: NewLot, *, at: datetime) -> Lot:
    """Open a lot that is active at once, for an event or by a person; a repeat finds it."""
    return _lot_of(book, new) or _bring_in_active(book, new, Reason.GRANTED, at)


def grow(book: Book, points: int, *, source: Source, at: datetime) -> None:
    """Count points towards a tier, in the GROWTH wallet, which has no lots; once for each fact."""
    if points and not book.has(source, Reason.GRANTED):
        way = (Bucket.ISSUED, Bucket.AVAILABLE)
        book.move(Reason.GRANTED, way, points, source=source, at=at)


def shrink(book: Book, points: int, *, source: Source, at: datetime) -> None:
    """Take points that counted towards a tier back; once for each fact, and never below none."""
    taken = min(points, book.figures.available)
    if taken and not book.has(source, Reason.CLAWED_BACK):
        way = (Bucket.AVAILABLE, Bucket.REVOKED)
        book.move(Reason.CLAWED_BACK, way, taken, source=source, at=at)


def add(book: Book, new: NewLot, *, at: datetime) -> Lot:
    """Add points by hand, as a lot of their own; once for each adjustment."""
    return _lot_of(book, new) or _bring_in_active(book, new, Reason.ADJUSTED, at)


def deduct(book: Book, points: int, *, source: Source, at: datetime) -> None:
    """Take points by hand, of the lots that end first; once for each adjustment.

    Refuses: PointsShort, for more than the member has to spend.
    """
    if book.has(source, Reason.ADJUSTED):
        return
    expire_due(book, at)
    if book.figures.available < points:
        raise PointsShort(book.figures.available, points)
    left = points
    for lot in book.spendable(at):
        taken = min(left, lot.remaining)
        if taken == 0:
            break
        way = (Bucket.AVAILABLE, Bucket.REVOKED)
        book.move(Reason.ADJUSTED, way, taken, source=source, at=at, lot=lot)
        left -= taken


def _lot_of(book: Book, new: NewLot) -> Lot | None:
    """The lot that the same fact has made before."""
    return next((lot for lot in book.lots_of(new.source) if lot.source == new.source), None)


def _bring_in(book: Book, new: NewLot, reason: Reason, bucket: Bucket, at: datetime) -> Lot:
    lot = Lot(
        new.id, new.source, new.points, at, new.validity,
        rule_version=new.rule_version, cancels_at=new.cancels_at,
    )  # fmt: skip
    way = (Bucket.ISSUED, bucket)
    book.move(reason, way, new.points, source=new.source, at=at, lot=book.add(lot))
    return lot


def _bring_in_active(book: Book, new: NewLot, reason: Reason, at: datetime) -> Lot:
    """Open a lot that is active from now, and pay what is owed with it first."""
    ends = validity.of_word(new.validity).ends(at)
    lot = _bring_in(book, new, reason, Bucket.AVAILABLE, at)
    lot.activated_at, lot.expires_at = at, ends
    pay_debt(book, lot, source=new.source, at=at)
    return lot
