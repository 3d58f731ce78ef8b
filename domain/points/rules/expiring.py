"""Points whose time is over: they leave the account by a movement that its member reads."""

from datetime import datetime

from domain.points.rules.books import Book, Lot, Source
from domain.points.words import Bucket, Reason, SourceKind


def expire_due(book: Book, at: datetime) -> None:
    """Let what is over expire, so that what is decided next counts only points that are good.

    What `domain.points.sweeping` does for thousands of accounts.
    """
    over = [lot for lot in book.lots.values() if lot.is_over(at)]
    for lot in sorted(over, key=lambda lot: lot.id):
        expire(book, lot, lot.remaining, source=_expiry(lot), at=at)
        lot.expiries += 1


def expire(book: Book, lot: Lot, amount: int, *, source: Source, at: datetime) -> None:
    """Let points of a lot expire, for that fact."""
    way = (Bucket.AVAILABLE, Bucket.EXPIRED)
    book.move(Reason.EXPIRED, way, amount, source=source, at=at, lot=lot)


def _expiry(lot: Lot) -> Source:
    """The fact that a lot ended: one whose end was put off after it had ended ends again."""
    return Source(SourceKind.LOT, lot.id, lot.expiries)
