"""The tables of points: accounts, lots, holds, deferrals, and the journal of every movement."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel.columns import WordColumn, known
from domain.kernel.db import Base
from domain.kernel.journals import JOURNAL
from domain.points.words import MOVES, Bucket, Reason, SourceKind, Wallet


def _moves_are_known() -> CheckConstraint:
    """A movement goes from where to where its reason says."""
    ways = ", ".join(
        f"('{reason}', '{from_bucket}', '{to_bucket}')"
        for reason, allowed in MOVES.items()
        for from_bucket, to_bucket in sorted(allowed)
    )
    return CheckConstraint(
        f"(reason, from_bucket, to_bucket) IN ({ways})", name="moves_as_its_reason_says"
    )


class PointsAccount(Base):
    """A member's points in one wallet, and the row to lock before anything of them moves (L1).

    ``settles_at`` and ``expires_at`` are when a sweep has to look at it: never later than the
    first lot that is due, and early at worst. ``entries`` counts the journal's entries for it.
    """

    __tablename__ = "points_accounts"
    __table_args__ = (
        CheckConstraint("pending >= 0", name="pending_not_negative"),
        CheckConstraint("available >= 0", name="available_not_negative"),
        CheckConstraint("held >= 0", name="held_not_negative"),
        CheckConstraint("debt >= 0", name="debt_not_negative"),
        CheckConstraint("debt = 0 OR available = 0", name="debt_is_paid_first"),
        CheckConstraint(
            "wallet <> 'growth' OR (pending = 0 AND held = 0 AND debt = 0)",
            name="growth_is_never_spent",
        ),
        CheckConstraint(
            "lifetime_earned >= 0 AND lifetime_spent >= 0", name="lifetimes_not_negative"
        ),
        known("wallet", Wallet),
        Index(
            "ix_points_accounts_settles_at",
            "settles_at",
            postgresql_where=text("settles_at IS NOT NULL AND frozen_at IS NULL"),
        ),
        Index(
            "ix_points_accounts_expires_at",
            "expires_at",
            postgresql_where=text("expires_at IS NOT NULL"),
        ),
        {"postgresql_with": {"fillfactor": "80"}},
    )

    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"), primary_key=True)
    wallet: Mapped[Wallet] = mapped_column(WordColumn(Wallet), primary_key=True)
    pending: Mapped[int] = mapped_column(BigInteger)
    available: Mapped[int] = mapped_column(BigInteger)
    held: Mapped[int] = mapped_column(BigInteger)
    debt: Mapped[int] = mapped_column(BigInteger)
    lifetime_earned: Mapped[int] = mapped_column(BigInteger)
    lifetime_spent: Mapped[int] = mapped_column(BigInteger)
    entries: Mapped[int] = mapped_column(BigInteger)
    settles_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    frozen_at: Mapped[datetime | None]


class PointsLot(Base):
    """Points that were granted at once, and what has become of each of them (I1).

    Pending until ``activated_at``; ``settles_at`` is when it may settle, None until the goods
    were received; ``cancels_at`` when it is given up where they never are. ``validity`` is what
    `domain.points.rules.validity` reads; ``deferrals`` counts the open `PointsDeferral` rows;
    ``extended_at`` is when its end was put off, which happens once.
    """

    __tablename__ = "points_lots"
    __table_args__ = (
        CheckConstraint("granted > 0", name="granted_is_some"),
        CheckConstraint(
            "granted = remaining + held + consumed + expired + revoked", name="adds_up"
        ),
        CheckConstraint(
            "least(remaining, held, consumed, expired, revoked) >= 0", name="parts_not_negative"
        ),
        CheckConstraint("clawed BETWEEN 0 AND granted", name="clawed_of_what_was_granted"),
        CheckConstraint("deferrals >= 0", name="deferrals_not_negative"),
        CheckConstraint(
            "activated_at IS NOT NULL OR (held = 0 AND consumed = 0 AND expired = 0 "
            "AND expires_at IS NULL)",
            name="pending_is_not_spent",
        ),
        known("source_kind", SourceKind),
        UniqueConstraint("member_id", "source_kind", "source_id", "source_part"),
        Index(
            "ix_points_lots_open",
            "member_id",
            postgresql_where=text("remaining > 0 OR held > 0"),
        ),
        # Lots of one page settle at about the same time, each as a new version: with room for them
        # beside the old ones no index changes, a third of the time and four fifths of the WAL.
        {"postgresql_with": {"fillfactor": "50"}},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    source_kind: Mapped[SourceKind] = mapped_column(WordColumn(SourceKind))
    source_id: Mapped[UUID]
    source_part: Mapped[int] = mapped_column(BigInteger)
    granted: Mapped[int] = mapped_column(BigInteger)
    remaining: Mapped[int] = mapped_column(BigInteger)
    held: Mapped[int] = mapped_column(BigInteger)
    consumed: Mapped[int] = mapped_column(BigInteger)
    expired: Mapped[int] = mapped_column(BigInteger)
    revoked: Mapped[int] = mapped_column(BigInteger)
    clawed: Mapped[int] = mapped_column(BigInteger)
    rule_version: Mapped[int | None] = mapped_column(BigInteger)
    validity: Mapped[str]
    created_at: Mapped[datetime]
    settles_at: Mapped[datetime | None]
    cancels_at: Mapped[datetime | None]
    activated_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    deferrals: Mapped[int] = mapped_column(BigInteger)
    expiries: Mapped[int] = mapped_column(BigInteger)
    from_lot_id: Mapped[UUID | None]
    extended_at: Mapped[datetime | None]


class PointsDeferral(Base):
    """What stands against settling a lot, such as an open case; kept when it is lifted."""

    __tablename__ = "points_deferrals"
    __table_args__ = (
        known("source_kind", SourceKind),
        Index("ix_points_deferrals_source", "source_kind", "source_id"),
    )

    lot_id: Mapped[UUID] = mapped_column(ForeignKey("points_lots.id"), primary_key=True)
    source_kind: Mapped[SourceKind] = mapped_column(WordColumn(SourceKind), primary_key=True)
    source_id: Mapped[UUID] = mapped_column(primary_key=True)
    deferred_at: Mapped[datetime]
    lifted_at: Mapped[datetime | None]


class PointsHold(Base):
    """Points that something reserved: captured or released as a whole, once (G6).

    A fact has one hold that is open or was captured; what was released may be held again.
    ``returned`` is what refunds gave back of what was captured (G7).
    """

    __tablename__ = "points_holds"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_is_some"),
        CheckConstraint(
            "(ended_at IS NULL AND captured = 0 AND released = 0) OR (ended_at IS NOT NULL AND "
            "((captured = amount AND released = 0) OR (captured = 0 AND released = amount)))",
            name="ends_once",
        ),
        CheckConstraint("returned BETWEEN 0 AND captured", name="returned_of_what_was_captured"),
        known("source_kind", SourceKind),
        Index(
            "uq_points_holds_source",
            "source_kind",
            "source_id",
            unique=True,
            postgresql_where=text("released = 0"),
        ),
        Index("ix_points_holds_member_id", "member_id", postgresql_where=text("ended_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    source_kind: Mapped[SourceKind] = mapped_column(WordColumn(SourceKind))
    source_id: Mapped[UUID]
    amount: Mapped[int] = mapped_column(BigInteger)
    captured: Mapped[int] = mapped_column(BigInteger)
    released: Mapped[int] = mapped_column(BigInteger)
    returned: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class PointsHoldLot(Base):
    """Points of one lot within a hold, in the order in which they are consumed."""

    __tablename__ = "points_hold_lots"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_is_some"),
        CheckConstraint("returned BETWEEN 0 AND amount", name="returned_of_what_was_held"),
        Index("ix_points_hold_lots_lot_id", "lot_id"),
    )

    hold_id: Mapped[UUID] = mapped_column(ForeignKey("points_holds.id"), primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    lot_id: Mapped[UUID] = mapped_column(ForeignKey("points_lots.id"))
    amount: Mapped[int] = mapped_column(BigInteger)
    returned: Mapped[int] = mapped_column(BigInteger)


class PointsEntry(Base):
    """A movement from one bucket to another. Never updated, never deleted (I5, G2).

    The same fact moves an account once for each reason; ``part`` counts the lots that it moved.
    The figures are those of the account after it. ``lot_id`` has no foreign key, which a million
    settlements would pay for; the audit replays every lot from its entries.
    """

    __tablename__ = "points_entries"
    __table_args__ = (
        CheckConstraint("number > 0", name="number_is_positive"),
        CheckConstraint("amount > 0", name="amount_is_some"),
        _moves_are_known(),
        known("source_kind", SourceKind),
        ForeignKeyConstraint(
            ["member_id", "wallet"], ["points_accounts.member_id", "points_accounts.wallet"]
        ),
        UniqueConstraint(
            "member_id", "wallet", "source_kind", "source_id", "reason", "part",
            name="uq_points_entries_operation",
        ),
        {"info": JOURNAL},
    )  # fmt: skip

    member_id: Mapped[UUID] = mapped_column(primary_key=True)
    wallet: Mapped[Wallet] = mapped_column(WordColumn(Wallet), primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    reason: Mapped[Reason] = mapped_column(WordColumn(Reason))
    from_bucket: Mapped[Bucket] = mapped_column(WordColumn(Bucket))
    to_bucket: Mapped[Bucket] = mapped_column(WordColumn(Bucket))
    amount: Mapped[int] = mapped_column(BigInteger)
    source_kind: Mapped[SourceKind] = mapped_column(WordColumn(SourceKind))
    source_id: Mapped[UUID]
    part: Mapped[int] = mapped_column(BigInteger)
    lot_id: Mapped[UUID | None]
    pending_after: Mapped[int] = mapped_column(BigInteger)
    available_after: Mapped[int] = mapped_column(BigInteger)
    held_after: Mapped[int] = mapped_column(BigInteger)
    debt_after: Mapped[int] = mapped_column(BigInteger)
    recorded_at: Mapped[datetime]
