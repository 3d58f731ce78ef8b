"""The tables of after-sales: cases, what is in them, and who did what.

Kept for good, but for what was said and shown: see `erasing.py`.
"""

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

from domain.aftersales.rules import ENDED, OPEN
from domain.aftersales.words import CaseKind, CaseOpener, CaseReason, CaseStatus
from domain.kernel.columns import WordColumn, known, listed
from domain.kernel.db import Base
from domain.kernel.journals import JOURNAL
from domain.orders.words import Carrier

_OPEN = f"status IN ({listed(sorted(OPEN))})"
_ENDED = f"status IN ({listed(sorted(ENDED))})"


class Case(Base):
    """What a member asks for after an order was paid, and how far that has come. Kept for good.

    ``refund_fen`` is what they were told comes back, and comes back; of an exchange it is known
    only where money comes in the place of goods that cannot. ``history`` counts the rows of
    `CaseHistory`. ``place_id`` is whose stock the order took: in whose reach the case is.
    ``told`` is what the staff said last that the member reads, such as why they refused, and
    ``return_to`` where goods go. ``escalated_at`` is when the shop first missed a deadline.
    ``exception`` is why the staff set rules aside, where they opened it in spite of them.
    ``erased_at`` is when ``note``, ``told`` and ``exception`` were emptied, after its end.
    """

    __tablename__ = "cases"
    __table_args__ = (
        known("kind", CaseKind),
        known("status", CaseStatus),
        known("reason", CaseReason),
        known("opened_by", CaseOpener),
        known("back_carrier", Carrier),
        known("sent_carrier", Carrier),
        UniqueConstraint("order_id", "ordinal"),
        CheckConstraint(f"({_OPEN}) = (due_at IS NOT NULL)", name="open_ones_are_due"),
        CheckConstraint(f"({_ENDED}) = (ended_at IS NOT NULL)", name="end_is_whole"),
        CheckConstraint(
            "goods_fen >= 0 AND freight_fen >= 0 AND refund_fen = goods_fen + freight_fen",
            name="refund_adds_up",
        ),
        CheckConstraint(
            "kind <> 'exchange' OR refund_fen = 0 OR status IN ('refunding', 'succeeded')",
            name="exchanges_give_money_instead",
        ),
        CheckConstraint(
            "(back_carrier IS NULL) = (back_number IS NULL)"
            " AND (sent_carrier IS NULL) = (sent_number IS NULL)",
            name="parcels_are_whole",
        ),
        CheckConstraint(
            "exception IS NULL OR opened_by = 'staff'", name="exceptions_are_the_shops"
        ),
        CheckConstraint(
            "erased_at IS NULL OR (ended_at IS NOT NULL AND note = '')", name="erased_is_over"
        ),
        CheckConstraint("status <> 'refused' OR told IS NOT NULL", name="refused_for_a_reason"),
        CheckConstraint(
            "status <> 'exchanged' OR sent_number IS NOT NULL", name="exchanged_is_sent"
        ),
        CheckConstraint(
            "(status IN ('refunding', 'succeeded')) = (refund_id IS NOT NULL)",
            name="money_goes_by_a_refund",
        ),
        UniqueConstraint("refund_id"),
        Index(None, "member_id", "id"),
        Index(None, "place_id", "id"),
        Index(None, "status", "id"),
        Index(
            "ix_cases_erasable",
            "ended_at",
            "id",
            postgresql_where=text("ended_at IS NOT NULL AND erased_at IS NULL"),
        ),
        Index("ix_cases_due", "due_at", "id", postgresql_where=text("due_at IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"))
    ordinal: Mapped[int] = mapped_column(BigInteger)
    number: Mapped[str] = mapped_column(unique=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    place_id: Mapped[UUID] = mapped_column(ForeignKey("places.id"))
    kind: Mapped[CaseKind] = mapped_column(WordColumn(CaseKind))
    status: Mapped[CaseStatus] = mapped_column(WordColumn(CaseStatus))
    reason: Mapped[CaseReason] = mapped_column(WordColumn(CaseReason))
    is_shops_fault: Mapped[bool]
    opened_by: Mapped[CaseOpener] = mapped_column(
        WordColumn(CaseOpener), server_default=text("'member'")
    )
    exception: Mapped[str | None]
    note: Mapped[str]
    goods_fen: Mapped[int] = mapped_column(BigInteger)
    freight_fen: Mapped[int] = mapped_column(BigInteger)
    refund_fen: Mapped[int] = mapped_column(BigInteger)
    requested_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    escalated_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]
    told: Mapped[str | None]
    return_to: Mapped[str | None]
    back_carrier: Mapped[Carrier | None] = mapped_column(WordColumn(Carrier))
    back_number: Mapped[str | None]
    sent_carrier: Mapped[Carrier | None] = mapped_column(WordColumn(Carrier))
    sent_number: Mapped[str | None]
    refund_id: Mapped[UUID | None]
    history: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))


class CaseLine(Base):
    """What a case is about of one line of its order, as it was asked for. Kept for good, and as
    it is: of an exchange the amounts alone are filled in, once, where money comes in its place.

    Units are 0 where it is about an amount. ``replacement_id`` is the variant that comes in
    exchange. ``exchange_id`` is the case by which the units came in exchange themselves.
    """

    __tablename__ = "case_lines"
    __table_args__ = (
        ForeignKeyConstraint(
            ["order_id", "line_number"], ["order_lines.order_id", "order_lines.number"]
        ),
        CheckConstraint(
            "units >= 0 AND sent_units BETWEEN 0 AND units", name="sent_ones_are_of_the_units"
        ),
        CheckConstraint("goods_fen >= 0 AND freight_fen >= 0", name="amounts_are_amounts"),
        CheckConstraint("units + goods_fen + freight_fen > 0", name="it_is_some"),
        Index(None, "order_id", "line_number"),
    )

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    line_number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    order_id: Mapped[UUID]
    units: Mapped[int] = mapped_column(BigInteger)
    sent_units: Mapped[int] = mapped_column(BigInteger)
    goods_fen: Mapped[int] = mapped_column(BigInteger)
    freight_fen: Mapped[int] = mapped_column(BigInteger)
    replacement_id: Mapped[UUID | None] = mapped_column(ForeignKey("variants.id"))
    exchange_id: Mapped[UUID | None] = mapped_column(ForeignKey("cases.id"))


class CaseClaim(Base):
    """How many units of a line, and how much of what it cost, cases keep. Kept with the order.

    It is counted up and down with the cases, so that the table itself refuses what would be too
    much. Units that came in exchange are not counted again: those that they came for are.
    """

    __tablename__ = "case_claims"
    __table_args__ = (
        ForeignKeyConstraint(
            ["order_id", "line_number"], ["order_lines.order_id", "order_lines.number"]
        ),
        CheckConstraint("claimed_units BETWEEN 0 AND units", name="no_more_than_was_bought"),
        CheckConstraint("claimed_fen BETWEEN 0 AND paid_fen", name="no_more_than_was_paid"),
    )

    order_id: Mapped[UUID] = mapped_column(primary_key=True)
    line_number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    units: Mapped[int] = mapped_column(BigInteger)
    paid_fen: Mapped[int] = mapped_column(BigInteger)
    claimed_units: Mapped[int] = mapped_column(BigInteger)
    claimed_fen: Mapped[int] = mapped_column(BigInteger)


class CaseHistory(Base):
    """A move of a case from one status to the next, by whom. Kept for good.

    ``note`` is what the member reads about it, until it is erased; a trigger refuses all else.
    """

    __tablename__ = "case_history"
    __table_args__ = (
        CheckConstraint("(number = 1) = (from_status IS NULL)", name="begins_from_nothing"),
        known("from_status", CaseStatus),
        known("to_status", CaseStatus),
    )

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    from_status: Mapped[CaseStatus | None] = mapped_column(WordColumn(CaseStatus))
    to_status: Mapped[CaseStatus] = mapped_column(WordColumn(CaseStatus))
    actor: Mapped[str]
    at: Mapped[datetime]
    note: Mapped[str | None]


class CasePicture(Base):
    """A picture that shows what a case is about. Kept until it is erased, and as it is.

    ``is_members`` tells what the member showed from what was found when the goods came back.
    """

    __tablename__ = "case_pictures"
    __table_args__ = (UniqueConstraint("object_key"),)

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    object_key: Mapped[str]
    is_members: Mapped[bool]
    added_at: Mapped[datetime]


class CaseInspection(Base):
    """What was found of a line's units that came back: so many can be sold again. Kept for good."""

    __tablename__ = "case_inspections"
    __table_args__ = (
        ForeignKeyConstraint(
            ["case_id", "line_number"], ["case_lines.case_id", "case_lines.line_number"]
        ),
        CheckConstraint(
            "restocked_units >= 0 AND discarded_units >= 0"
            " AND restocked_units + discarded_units > 0",
            name="units_are_some",
        ),
        {"info": JOURNAL},
    )

    case_id: Mapped[UUID] = mapped_column(primary_key=True)
    line_number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    restocked_units: Mapped[int] = mapped_column(BigInteger)
    discarded_units: Mapped[int] = mapped_column(BigInteger)
