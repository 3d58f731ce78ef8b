"""The tables of reconciliation: the bills of days, their lines, and what differs."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel.columns import WordColumn, known
from domain.kernel.db import Base
from domain.payments.bills import BillKind, LineKind, LineState
from domain.payments.words import PaymentProvider
from domain.reconciliation.words import BillStatus, DifferenceKind, Resolution

_OPEN = text("resolved_at IS NULL")
_WAITING = text("status = 'waiting'")


def _count() -> Mapped[int]:
    return mapped_column(BigInteger, server_default=text("0"))


class BillDay(Base):
    """The bill of one day, and what it comes to once it is taken. Kept for good.

    ``ask_at`` is when the gateway is asked for it, and ``problem`` why it was not had the last
    time. A day without a bill has no digest: the gateway says that nothing happened.
    """

    __tablename__ = "bill_days"
    __table_args__ = (
        known("provider", PaymentProvider),
        known("bill", BillKind),
        known("status", BillStatus),
        CheckConstraint("(status = 'taken') = (taken_at IS NOT NULL)", name="taken_is_whole"),
        Index("ix_bill_days_waiting", "ask_at", postgresql_where=_WAITING),
    )

    provider: Mapped[PaymentProvider] = mapped_column(WordColumn(PaymentProvider), primary_key=True)
    bill: Mapped[BillKind] = mapped_column(WordColumn(BillKind), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    status: Mapped[BillStatus] = mapped_column(WordColumn(BillStatus))
    ask_at: Mapped[datetime]
    asked: Mapped[int] = _count()
    problem: Mapped[str | None]
    taken_at: Mapped[datetime | None]
    digest: Mapped[str | None]
    payments: Mapped[int] = _count()
    paid_fen: Mapped[int] = _count()
    refunds: Mapped[int] = _count()
    refunded_fen: Mapped[int] = _count()
    others: Mapped[int] = _count()
    others_fen: Mapped[int] = _count()
    fee_millifen: Mapped[int] = _count()


class BillRow(Base):
    """One line of a bill, as `BillLine` has it. Retention: `domain.reconciliation.forgetting`."""

    __tablename__ = "bill_rows"
    __table_args__ = (
        known("provider", PaymentProvider),
        known("bill", BillKind),
        known("kind", LineKind),
        known("state", LineState),
        Index("ix_bill_rows_number", "number", "bill", "kind", "day"),
    )

    provider: Mapped[PaymentProvider] = mapped_column(WordColumn(PaymentProvider), primary_key=True)
    bill: Mapped[BillKind] = mapped_column(WordColumn(BillKind), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    kind: Mapped[LineKind] = mapped_column(WordColumn(LineKind))
    number: Mapped[str]
    reference: Mapped[str]
    at: Mapped[datetime]
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    fee_millifen: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[LineState] = mapped_column(WordColumn(LineState))


class Difference(Base):
    """Something that the gateway's bill and our books do not tell alike. Kept for good.

    ``number`` is what that bill calls it by. What a side does not have is NULL. One and the same
    is open once.
    """

    __tablename__ = "reconciliation_differences"
    __table_args__ = (
        known("provider", PaymentProvider),
        known("bill", BillKind),
        CheckConstraint("subject IN ('payment', 'refund')", name="subject_is_known"),
        known("kind", DifferenceKind),
        known("resolution", Resolution),
        CheckConstraint(
            "(resolved_at IS NULL) = (resolution IS NULL)"
            " AND (COALESCE(resolution, '') = 'by_staff') = (resolved_by IS NOT NULL)"
            " AND (resolved_by IS NULL) = (resolved_by_name IS NULL)"
            " AND (resolved_by IS NULL) = (reason IS NULL)",
            name="resolution_is_whole",
        ),
        Index(
            "uq_reconciliation_differences_open",
            "provider",
            "bill",
            "subject",
            "number",
            unique=True,
            postgresql_where=_OPEN,
        ),
        Index("ix_reconciliation_differences_open", "found_at", "id", postgresql_where=_OPEN),
        Index(None, "found_at", "id"),
        Index(None, "number"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    provider: Mapped[PaymentProvider] = mapped_column(WordColumn(PaymentProvider))
    bill: Mapped[BillKind] = mapped_column(WordColumn(BillKind))
    day: Mapped[date]
    subject: Mapped[LineKind] = mapped_column(WordColumn(LineKind))
    number: Mapped[str]
    kind: Mapped[DifferenceKind] = mapped_column(WordColumn(DifferenceKind))
    ours_fen: Mapped[int | None] = mapped_column(BigInteger)
    theirs_fen: Mapped[int | None] = mapped_column(BigInteger)
    ours_state: Mapped[str | None]
    theirs_state: Mapped[str | None]
    fee_millifen: Mapped[int | None] = mapped_column(BigInteger)
    found_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]
    resolution: Mapped[Resolution | None] = mapped_column(WordColumn(Resolution))
    resolved_by: Mapped[str | None]
    resolved_by_name: Mapped[str | None]
    reason: Mapped[str | None]
