"""Points that an order reserves: held when it is placed, captured when paid, released otherwise."""

from datetime import datetime, timedelta
from uuid import UUID

from domain.kernel.errors import Refused
from domain.points.errors import PointsFrozen, PointsShort
from domain.points.rules.books import Book, HeldLot, Hold, Source
from domain.points.rules.expiring import expire, expire_due
from domain.points.rules.settling import pay_debt
from domain.points.words import Bucket, Reason, SourceKind

RELEASE_GRACE = timedelta(days=7)
"""How long points are good at least that come back because the shop or time ended an order."""


def hold(book: Book, hold_id: UUID, points: int, *, source: Source, at: datetime) -> Hold:
    """Reserve points of the lots that end first; a repeat of the same fact finds its hold.

    What was released may be held again, by a hold of its own. Refuses: PointsFrozen, PointsShort.
    """
    found = book.hold_of(source)
    if found is not None:
        return found
    refused = refusal_of(book, points, at=at)
    if refused is not None:
        raise refused
    made, left = Hold(hold_id, source, points, at, [], is_new=True), points
    for lot in book.spendable(at):
        taken = min(left, lot.remaining)
        if taken == 0:
            break
        way = (Bucket.AVAILABLE, Bucket.HELD)
        book.move(Reason.HELD, way, taken, source=_of(made), at=at, lot=lot)
        made.lots.append(HeldLot(len(made.lots), lot.id, taken))
        left -= taken
    book.holds[made.id] = made
    book.changed_holds.add(made.id)
    return made


def refusal_of(book: Book, points: int, *, at: datetime) -> Refused | None:
    """Why so many points cannot be held, for who decides about many; None where they can.

    What has ended by then expires first, which is right whatever comes of it.
    """
    if book.frozen_at is not None:
        return PointsFrozen()
    expire_due(book, at)
    if book.figures.available < points:
        return PointsShort(book.figures.available, points)
    return None


def capture(book: Book, held: Hold, *, at: datetime) -> None:
    """Spend what is held, also what has ended since (R1 Spend); once, and never if released."""
    if held.ended_at is not None:
        return
    for part in held.lots:
        lot = book.lots[part.lot_id]
        way = (Bucket.HELD, Bucket.SPENT)
        book.move(Reason.CAPTURED, way, part.amount, source=_of(held), at=at, lot=lot)
    held.captured, held.ended_at = held.amount, at
    book.changed_holds.add(held.id)


def release(book: Book, held: Hold, *, is_members_wish: bool, at: datetime) -> None:
    """Give what is held back to its lots; once, and never if captured.

    Of a lot that has ended since, points expire at once where the member wished the end of the
    order; otherwise the lot is good for a grace of seven days, once (R1 Spend, G6): else points
    could be kept alive for ever by orders that nobody pays.
    """
    if held.ended_at is not None:
        return
    # What of an ended lot was not held is over for good, also where the lot gets a grace.
    expire_due(book, at)
    for part in held.lots:
        lot = book.lots[part.lot_id]
        way = (Bucket.HELD, Bucket.AVAILABLE)
        book.move(Reason.RELEASED, way, part.amount, source=_of(held), at=at, lot=lot)
        if lot.has_ended(at) and (is_members_wish or lot.extended_at is not None):
            expire(book, lot, part.amount, source=_of(held), at=at)
        elif lot.has_ended(at):
            lot.expires_at, lot.extended_at = at + RELEASE_GRACE, at
            book.change(lot)
        pay_debt(book, lot, source=_of(held), at=at)
    held.released, held.ended_at = held.amount, at
    book.changed_holds.add(held.id)


def _of(held: Hold) -> Source:
    return Source(SourceKind.HOLD, held.id)
