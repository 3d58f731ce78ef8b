"""The books of an account: what the ledger says of it, and the one way to move points in it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import msgspec

from domain.points.words import BRINGING_IN, MOVES, Bucket, Reason, SourceKind, Wallet

ACCOUNT_BUCKETS = (Bucket.PENDING, Bucket.AVAILABLE, Bucket.HELD, Bucket.DEBT)
PARTS: Mapping[Bucket, str] = {
    Bucket.PENDING: "remaining",
    Bucket.AVAILABLE: "remaining",
    Bucket.HELD: "held",
    Bucket.SPENT: "consumed",
    Bucket.DEBT: "consumed",
    Bucket.MOVED: "consumed",
    Bucket.EXPIRED: "expired",
    Bucket.REVOKED: "revoked",
}
"""Which part of a lot the points of each bucket are; those that are issued are of none yet."""


class Source(msgspec.Struct, frozen=True, gc=False):
    """The business fact that moves points. ``part`` tells apart the lots that one fact makes."""

    kind: SourceKind
    id: UUID
    part: int = 0


@dataclass(slots=True)
class Lot:
    """Points that were granted at once, and what has become of them (I1).

    ``validity`` is what `domain.points.rules.validity` keeps; ``deferrals`` counts what stands
    against settling it; ``clawed`` is what refunds have taken back of it, from wherever it came.
    A lot is pending until ``activated_at``; ``extended_at`` is when its end was put off.
    """

    id: UUID
    source: Source
    granted: int
    created_at: datetime
    validity: str
    remaining: int = 0
    held: int = 0
    consumed: int = 0
    expired: int = 0
    revoked: int = 0
    rule_version: int | None = None
    settles_at: datetime | None = None
    cancels_at: datetime | None = None
    activated_at: datetime | None = None
    expires_at: datetime | None = None
    deferrals: int = 0
    expiries: int = 0
    clawed: int = 0
    from_lot_id: UUID | None = None
    extended_at: datetime | None = None
    is_new: bool = False

    @property
    def is_active(self) -> bool:
        """Whether its points can be spent, where there are any."""
        return self.activated_at is not None

    def is_spendable(self, at: datetime) -> bool:
        """Whether it has points that can be spent at that moment."""
        return self.is_active and self.remaining > 0 and not self.has_ended(at)

    def has_ended(self, at: datetime) -> bool:
        """Whether its points are no longer good at that moment."""
        return self.expires_at is not None and self.expires_at <= at

    def is_over(self, at: datetime) -> bool:
        """Whether it has ended, and points remain that are to expire."""
        return self.is_active and self.remaining > 0 and self.has_ended(at)

    @property
    def waits_until(self) -> datetime | None:
        """When a pending lot is to be looked at: to settle, or to be cancelled; None for never."""
        if self.is_active or self.remaining == 0 or self.deferrals:
            return None
        return self.settles_at or self.cancels_at


@dataclass(slots=True)
class HeldLot:
    """Points of one lot within a hold, and how many of them came back after they were spent."""

    position: int
    lot_id: UUID
    amount: int
    returned: int = 0


@dataclass(slots=True)
class Hold:
    """Points that something reserved: captured or released as a whole, once (G6)."""

    id: UUID
    source: Source
    amount: int
    created_at: datetime
    lots: list[HeldLot]
    captured: int = 0
    released: int = 0
    returned: int = 0
    ended_at: datetime | None = None
    is_new: bool = False


class Deferral(msgspec.Struct, frozen=True, gc=False):
    """What stands against settling a lot; ``is_lifted`` where it no longer does."""

    lot_id: UUID
    source: Source
    at: datetime
    is_lifted: bool = False


class Figures(msgspec.Struct, frozen=True, gc=False):
    """What an account says: points pending, available, held, and owed."""

    pending: int = 0
    available: int = 0
    held: int = 0
    debt: int = 0

    def moved(self, from_bucket: Bucket, to_bucket: Bucket, amount: int) -> "Figures":
        """The figures after a movement; a debt grows by what comes from it."""
        change = {from_bucket: -amount, to_bucket: amount}
        return Figures(
            pending=self.pending + change.get(Bucket.PENDING, 0),
            available=self.available + change.get(Bucket.AVAILABLE, 0),
            held=self.held + change.get(Bucket.HELD, 0),
            debt=self.debt - change.get(Bucket.DEBT, 0),
        )

    @property
    def is_possible(self) -> bool:
        """Whether an account can say this in between; its table asks more of the end (I3)."""
        return min(self.pending, self.available, self.held, self.debt) >= 0


class Entry(msgspec.Struct, frozen=True, gc=False):
    """A movement as the journal holds it; ``number`` counts those of the account."""

    number: int
    reason: Reason
    from_bucket: Bucket
    to_bucket: Bucket
    amount: int
    source: Source
    lot_id: UUID | None
    after: Figures
    at: datetime


@dataclass(slots=True)
class Book:
    """An account under its lock, with the lots and holds that were read, and what is to be written.

    ``known`` are the movements that the facts asked for have made before.
    """

    member_id: UUID
    wallet: Wallet
    figures: Figures = field(default_factory=Figures)
    lifetime_earned: int = 0
    lifetime_spent: int = 0
    entries: int = 0
    frozen_at: datetime | None = None
    lots: dict[UUID, Lot] = field(default_factory=dict[UUID, Lot])
    holds: dict[UUID, Hold] = field(default_factory=dict[UUID, Hold])
    deferred: dict[tuple[UUID, Source], Deferral] = field(
        default_factory=dict[tuple[UUID, Source], Deferral]
    )
    known: set[tuple[SourceKind, UUID, Reason]] = field(
        default_factory=set[tuple[SourceKind, UUID, Reason]]
    )
    written: list[Entry] = field(default_factory=list[Entry])
    changed_lots: set[UUID] = field(default_factory=set[UUID])
    changed_holds: set[UUID] = field(default_factory=set[UUID])
    changed_deferrals: list[Deferral] = field(default_factory=list[Deferral])

    def has(self, source: Source, reason: Reason) -> bool:
        """Whether that fact has moved points for that reason before."""
        return (source.kind, source.id, reason) in self.known

    def move(
        self,
        reason: Reason,
        way: tuple[Bucket, Bucket],
        amount: int,
        *,
        source: Source,
        at: datetime,
        lot: Lot | None = None,
    ) -> None:
        """Move points from one bucket to another, of that lot where the points are of one.

        ValueError for what cannot be: a caller decides first, and then moves what there is.
        """
        if way not in MOVES[reason] or amount <= 0:
            raise ValueError(f"{amount} points cannot be {reason} from {way[0]} to {way[1]}")
        after = self.figures.moved(*way, amount)
        if not after.is_possible:
            raise ValueError(f"{amount} points {reason} would leave {after}")
        if lot is not None:
            _move_in(lot, reason, way, amount)
            self.changed_lots.add(lot.id)
        self.figures = after
        self.entries += 1
        entry = Entry(
            self.entries, reason, *way, amount, source, lot.id if lot else None, after, at
        )
        self.written.append(entry)
        self._count(way, amount)

    def _count(self, way: tuple[Bucket, Bucket], amount: int) -> None:
        if way[0] is Bucket.ISSUED:
            self.lifetime_earned += amount
        if way[1] is Bucket.SPENT:
            self.lifetime_spent += amount
        if way[0] is Bucket.SPENT:
            self.lifetime_spent -= amount

    def add(self, lot: Lot) -> Lot:
        """Open a lot; the movement that brings its points comes after."""
        lot.is_new = True
        self.lots[lot.id] = lot
        self.changed_lots.add(lot.id)
        return lot

    def change(self, lot: Lot) -> Lot:
        """Note that dates of a lot are changed."""
        self.changed_lots.add(lot.id)
        return lot

    def spendable(self, at: datetime) -> Iterator[Lot]:
        """The lots to spend from, those that end first before the others (R1 Spend, G5)."""
        lots = [lot for lot in self.lots.values() if lot.is_spendable(at)]
        return iter(sorted(lots, key=_order_of_spending))

    def hold_of(self, source: Source) -> Hold | None:
        """The hold of a fact that is open or was captured; a fact has one at the most."""
        holds = (each for each in self.holds.values() if each.source == source)
        return next((each for each in holds if not each.released), None)

    def lots_of(self, source: Source) -> list[Lot]:
        """The lots that a fact has made, by their part."""
        lots = [
            lot
            for lot in self.lots.values()
            if (lot.source.kind, lot.source.id) == (source.kind, source.id)
        ]
        return sorted(lots, key=lambda lot: lot.source.part)

    @property
    def settles_at(self) -> datetime | None:
        """When the first pending lot is to be looked at."""
        return min(filter(None, (lot.waits_until for lot in self.lots.values())), default=None)

    @property
    def expires_at(self) -> datetime | None:
        """When the first active lot ends."""
        ends = (lot.expires_at for lot in self.lots.values() if lot.is_active and lot.remaining)
        return min(filter(None, ends), default=None)


def _order_of_spending(lot: Lot) -> tuple[bool, float, float, UUID]:
    assert lot.activated_at is not None
    ends = lot.expires_at.timestamp() if lot.expires_at else 0.0
    return lot.expires_at is None, ends, lot.activated_at.timestamp(), lot.id


def _move_in(lot: Lot, reason: Reason, way: tuple[Bucket, Bucket], amount: int) -> None:
    """Move points between the parts of a lot; those that a new lot begins with are of no part."""
    is_first = reason in BRINGING_IN and way[1] is not Bucket.REVOKED
    from_part = None if is_first else PARTS.get(way[0])
    to_part = PARTS[way[1]]
    if from_part is not None:
        left = getattr(lot, from_part) - amount
        if left < 0:
            raise ValueError(f"lot {lot.id} has not {amount} points {from_part}")
        setattr(lot, from_part, left)
    setattr(lot, to_part, getattr(lot, to_part) + amount)
