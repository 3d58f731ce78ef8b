"""The tables of invoices: what was asked for and made, and what refunds have done to it."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.invoices.words import InvoiceStatus, RefundEffect, TitleKind
from domain.kernel.columns import WordColumn, known
from domain.kernel.db import Base

_MADE = "num_nulls(number, issued_on) = 0"
_NOTHING_MADE = "num_nonnulls(number, code, issued_on) = 0"


class InvoiceRequest(Base):
    """A member's request for the invoice of an order, and the invoice. Kept for good.

    ``paid_fen`` is what had come in for the order, ``amount_fen`` what the invoice was made for.
    ``sealed`` is an `InvoiceContent`, ``document`` where the file is; both are sealed for the
    request's id and may become NULL once it has ended: so is a person erased, and all else stays.
    """

    __tablename__ = "invoice_requests"
    __table_args__ = (
        known("title_kind", TitleKind),
        known("status", InvoiceStatus),
        CheckConstraint("paid_fen > 0", name="something_was_paid"),
        CheckConstraint("amount_fen BETWEEN 1 AND paid_fen", name="amount_is_of_what_was_paid"),
        CheckConstraint("(status = 'requested') = (ended_at IS NULL)", name="end_is_whole"),
        CheckConstraint("status <> 'requested' OR sealed IS NOT NULL", name="open_says_for_whom"),
        CheckConstraint("(status = 'rejected') = (reason IS NOT NULL)", name="no_has_its_reason"),
        CheckConstraint(
            "(status = 'issued') = (amount_fen IS NOT NULL)"
            f" AND CASE WHEN status = 'issued' THEN {_MADE}"
            f" ELSE {_NOTHING_MADE} AND document IS NULL END",
            name="issued_is_whole",
        ),
        # What a member asks for while there is one would be an invoice too many.
        Index(
            "uq_invoice_requests_live",
            "order_id",
            unique=True,
            postgresql_where=text("status IN ('requested', 'issued')"),
        ),
        Index(
            "uq_invoice_requests_number",
            "number",
            text("COALESCE(code, '')"),
            unique=True,
            postgresql_where=text("number IS NOT NULL"),
        ),
        Index(None, "order_id", "id"),
        Index(None, "member_id"),
        Index(None, "status", "id"),
        Index(
            "ix_invoice_requests_issued_on",
            "issued_on",
            "id",
            postgresql_where=text("issued_on IS NOT NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"))
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    title_kind: Mapped[TitleKind] = mapped_column(WordColumn(TitleKind))
    sealed: Mapped[bytes | None]
    status: Mapped[InvoiceStatus] = mapped_column(WordColumn(InvoiceStatus))
    paid_fen: Mapped[int] = mapped_column(BigInteger)
    requested_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]
    reason: Mapped[str | None]
    amount_fen: Mapped[int | None] = mapped_column(BigInteger)
    number: Mapped[str | None]
    code: Mapped[str | None]
    issued_on: Mapped[date | None]
    document: Mapped[bytes | None]


class InvoiceRefund(Base):
    """What one refund of an order's money has done to an invoice of it. Kept for good.

    ``position`` is the refund's among those that the invoice has counted.
    """

    __tablename__ = "invoice_refunds"
    __table_args__ = (
        known("effect", RefundEffect),
        CheckConstraint("fen > 0", name="it_is_some"),
        CheckConstraint(
            f"CASE WHEN effect = 'red_lettered' THEN {_MADE} AND num_nulls(made_at, made_by) = 0"
            f" ELSE {_NOTHING_MADE} AND num_nonnulls(made_at, made_by) = 0 END",
            name="red_letter_is_whole",
        ),
        UniqueConstraint("invoice_id", "refund_id"),
        UniqueConstraint("invoice_id", "position"),
        Index(
            "uq_invoice_refunds_number",
            "number",
            text("COALESCE(code, '')"),
            unique=True,
            postgresql_where=text("number IS NOT NULL"),
        ),
        Index("ix_invoice_refunds_due", "invoice_id", postgresql_where=text("effect = 'due'")),
        Index(
            "ix_invoice_refunds_issued_on",
            "issued_on",
            "id",
            postgresql_where=text("issued_on IS NOT NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    invoice_id: Mapped[UUID] = mapped_column(ForeignKey("invoice_requests.id"))
    refund_id: Mapped[UUID] = mapped_column(ForeignKey("payment_refunds.id"))
    position: Mapped[int] = mapped_column(BigInteger)
    fen: Mapped[int] = mapped_column(BigInteger)
    effect: Mapped[RefundEffect] = mapped_column(WordColumn(RefundEffect))
    recorded_at: Mapped[datetime]
    number: Mapped[str | None]
    code: Mapped[str | None]
    issued_on: Mapped[date | None]
    made_at: Mapped[datetime | None]
    made_by: Mapped[str | None]
