"""What a refund does to points: spent ones come back, earned ones are taken back (R1 Refund)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from domain.kernel.allocation import cumulative_share
from domain.points.rules.books import Book, Hold, Lot, Source
from domain.points.rules.expiring import expire, expire_due
from domain.points.rules.settling import pay_debt
from domain.points.words import Bucket, ClawbackPolicy, Reason

RESTORED_GRACE = timedelta(days=30)
"""How long points are good that come back because of the shop after their lot has ended."""


class NewLots(msgspec.Struct, frozen=True):
    """The ids of the lots that a refund may open, one for each lot of the hold."""

    ids: Sequence[UUID]


def earned_to_take(granted: int, *, base: int, refunded: int, taken: int) -> int:
    """What of a line's earned points is to be taken now that ``refunded`` of its base is back.

    ``base`` and ``refunded`` are fen, ``refunded`` of all refunds so far; what is kept is rounded
    down (R1 Clawback). Never below zero.
    """
    kept = granted if base == 0 else cumulative_share(granted, base - refunded, base)
    return max(0, granted - kept - taken)


def give_back(
    book: Book,
    held: Hold,
    points: int,
    *,
    source: Source,
    new_lots: NewLots,
    is_shops_fault: bool,
    at: datetime,
) -> None:
    """Return spent points of a refund to their lots, the last that was consumed first.

    Once for each refund. ValueError for more than was captured and is not back yet (G7). Where a
    lot has ended: a new one of thirty days, but never longer than the first was good for, where
    it is the shop's fault; otherwise the points come back and expire, and the member reads both.
    """
    if book.has(source, Reason.RETURNED) or book.has(source, Reason.RESTORED):
        return
    expire_due(book, at)
    if not 0 <= points <= held.captured - held.returned:
        raise ValueError(f"{points} points cannot go back of hold {held.id}")
    left = points
    for part in reversed(held.lots):
        amount = min(left, part.amount - part.returned)
        if amount == 0:
            continue
        part.returned += amount
        left -= amount
        lot = book.lots[part.lot_id]
        if lot.has_ended(at) and is_shops_fault:
            lot = _restored(book, lot, new_lots.ids[part.position], amount, source, at)
        else:
            way = (Bucket.SPENT, Bucket.AVAILABLE)
            book.move(Reason.RETURNED, way, amount, source=source, at=at, lot=lot)
            if lot.has_ended(at):
                expire(book, lot, amount, source=source, at=at)
        pay_debt(book, lot, source=source, at=at)
    held.returned += points
    book.changed_holds.add(held.id)


def take_back(
    book: Book,
    line: Lot,
    points: int,
    *,
    source: Source,
    policy: ClawbackPolicy,
    at: datetime,
) -> int:
    """Take earned points back for a refund; answers with those to deduct from its money.

    From the line's own lot first, then, where the policy goes that far, from other active ones in
    the order of spending; the rest as the policy says, and never silently (R1 Clawback).
    """
    if policy is not ClawbackPolicy.ONLY_PENDING:
        expire_due(book, at)
    if points:
        line.clawed += points
        book.change(line)
    left = points - _take(book, line, points, policy, source, at)
    if not line.is_active:
        # What a pending lot does not have any more was given up: nobody ever had it.
        left = 0
    if policy is not ClawbackPolicy.ONLY_PENDING:
        for lot in book.spendable(at):
            left -= _take(book, lot, left, policy, source, at)
    if left == 0:
        return 0
    reason, bucket = _REST[policy]
    book.move(reason, (bucket, Bucket.REVOKED), left, source=source, at=at)
    return left if policy is ClawbackPolicy.DEDUCT_CASH else 0


_REST = {
    ClawbackPolicy.ONLY_PENDING: (Reason.WAIVED, Bucket.WAIVED),
    ClawbackPolicy.WITHIN_BALANCE: (Reason.WAIVED, Bucket.WAIVED),
    ClawbackPolicy.DEBT: (Reason.OWED, Bucket.DEBT),
    ClawbackPolicy.DEDUCT_CASH: (Reason.DEDUCTED, Bucket.CASH),
}


def _take(
    book: Book, lot: Lot, points: int, policy: ClawbackPolicy, source: Source, at: datetime
) -> int:
    """Take what a lot has of the points; says how many."""
    taken = min(points, lot.remaining)
    if taken == 0 or (lot.is_active and policy is ClawbackPolicy.ONLY_PENDING):
        return 0
    bucket = Bucket.AVAILABLE if lot.is_active else Bucket.PENDING
    book.move(Reason.CLAWED_BACK, (bucket, Bucket.REVOKED), taken, source=source, at=at, lot=lot)
    return taken


def _restored(
    book: Book, ended: Lot, lot_id: UUID, amount: int, source: Source, at: datetime
) -> Lot:
    """Open a lot in the place of one that has ended."""
    assert ended.activated_at is not None
    assert ended.expires_at is not None
    good_for = min(RESTORED_GRACE, ended.expires_at - ended.activated_at)
    part = len(book.lots_of(source))
    lot = Lot(
        lot_id, Source(source.kind, source.id, part), amount, at, ended.validity,
        rule_version=ended.rule_version, activated_at=at, expires_at=at + good_for,
        from_lot_id=ended.id,
    )  # fmt: skip
    way = (Bucket.SPENT, Bucket.AVAILABLE)
    book.move(Reason.RESTORED, way, amount, source=source, at=at, lot=book.add(lot))
    return lot
