"""Points that a member gives to another: a linked pair of movements that keeps their end."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from domain.points.errors import PointsFrozen, PointsShort, ReceiverUnavailable
from domain.points.rules.books import Book, Lot, Source
from domain.points.rules.expiring import expire_due
from domain.points.words import Bucket, Reason


def transfer(
    giver: Book,
    taker: Book,
    points: int,
    *,
    source: Source,
    lot_ids: Sequence[UUID],
    at: datetime,
) -> None:
    """Move active points to another member, each with the end that it had; once for each transfer.

    ``lot_ids`` are for the lots that the taker gets, one for each lot of the giver's at the most.
    Refuses: PointsFrozen, ReceiverUnavailable for who is frozen or owes, PointsShort.
    """
    if giver.has(source, Reason.SENT):
        return
    if giver.frozen_at is not None:
        raise PointsFrozen
    if taker.frozen_at is not None or taker.figures.debt:
        raise ReceiverUnavailable
    expire_due(giver, at)
    if giver.figures.available < points:
        raise PointsShort(giver.figures.available, points)
    left = points
    for part, lot in enumerate(giver.spendable(at)):
        amount = min(left, lot.remaining)
        if amount == 0:
            break
        way = (Bucket.AVAILABLE, Bucket.MOVED)
        giver.move(Reason.SENT, way, amount, source=source, at=at, lot=lot)
        _receive(taker, lot, lot_ids[part], amount, Source(source.kind, source.id, part), at)
        left -= amount


def _receive(
    taker: Book, given: Lot, lot_id: UUID, amount: int, source: Source, at: datetime
) -> None:
    lot = Lot(
        lot_id, source, amount, at, given.validity,
        rule_version=given.rule_version, activated_at=at, expires_at=given.expires_at,
        from_lot_id=given.id,
    )  # fmt: skip
    way = (Bucket.MOVED, Bucket.AVAILABLE)
    taker.move(Reason.RECEIVED, way, amount, source=source, at=at, lot=taker.add(lot))
