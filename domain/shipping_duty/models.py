"""The table of duties: what WeChat has to be told of a payment, and how far that has come."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel.columns import DocumentColumn, WordColumn, known
from domain.kernel.db import Base
from domain.shipping_duty.rules import Told
from domain.shipping_duty.words import DutyStatus, PlatformState, ReportStatus


def _count() -> Mapped[int]:
    return mapped_column(BigInteger, server_default=text("0"))


class ShippingDuty(Base):
    """The duty to tell WeChat of a payment. Kept for good, as the payment is.

    ``due_at`` is by when WeChat wants to be told, ``try_at`` when a worker looks at it next, and
    ``turn`` counts how often one did; ``tries`` those that were in vain since the last that was
    not, and ``problem`` says why. ``changes`` counts what has changed of the order since, so that
    nothing is missed that changes meanwhile. ``is_uncertain`` says that a call may have taken
    effect. ``told`` is what WeChat has, and ``freed_at`` when it was seen to have let go of the
    money.
    """

    __tablename__ = "shipping_duties"
    __table_args__ = (
        known("status", DutyStatus),
        known("platform_state", PlatformState),
        known("report_status", ReportStatus),
        CheckConstraint(
            "amount_fen > 0 AND returned_fen BETWEEN 0 AND amount_fen", name="returned_is_of_it"
        ),
        CheckConstraint("corrections BETWEEN 0 AND 1", name="one_correction"),
        CheckConstraint("(told IS NULL) = (told_at IS NULL)", name="told_is_whole"),
        CheckConstraint(
            "status NOT IN ('accepted', 'corrected') OR told IS NOT NULL", name="accepted_is_told"
        ),
        CheckConstraint("status <> 'due' OR try_at IS NOT NULL", name="due_is_tried"),
        CheckConstraint("status <> 'failed' OR problem IS NOT NULL", name="failed_has_a_problem"),
        CheckConstraint(
            "(status = 'handled_elsewhere') = (handled_at IS NOT NULL)", name="handled_is_whole"
        ),
        CheckConstraint(
            "(report_status IS NULL) = (report_until IS NULL)", name="report_has_its_day"
        ),
        Index(
            "ix_shipping_duties_try_at",
            "try_at",
            "attempt_id",
            postgresql_where=text("try_at IS NOT NULL"),
        ),
        Index("ix_shipping_duties_due_at", "due_at", "attempt_id"),
        Index(
            "ix_shipping_duties_open",
            "due_at",
            "attempt_id",
            postgresql_where=text("status IN ('waiting_for_shipment', 'due', 'failed')"),
        ),
        Index(
            "ix_shipping_duties_frozen",
            "paid_at",
            postgresql_where=text("freed_at IS NULL AND status <> 'exempt'"),
        ),
        Index(None, "order_id"),
    )

    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("payment_attempts.id"), primary_key=True)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"))
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    returned_fen: Mapped[int] = _count()
    paid_at: Mapped[datetime]
    due_at: Mapped[datetime]
    status: Mapped[DutyStatus] = mapped_column(WordColumn(DutyStatus))
    changes: Mapped[int] = _count()
    try_at: Mapped[datetime | None]
    turn: Mapped[int] = _count()
    tries: Mapped[int] = _count()
    problem: Mapped[str | None]
    is_uncertain: Mapped[bool] = mapped_column(server_default=text("false"))
    upload_at: Mapped[datetime | None]
    told: Mapped[Told | None] = mapped_column(DocumentColumn(Told))
    told_at: Mapped[datetime | None]
    corrections: Mapped[int] = _count()
    platform_state: Mapped[PlatformState | None] = mapped_column(WordColumn(PlatformState))
    freed_at: Mapped[datetime | None]
    report_status: Mapped[ReportStatus | None] = mapped_column(WordColumn(ReportStatus))
    report_until: Mapped[datetime | None]
    handled_at: Mapped[datetime | None]
