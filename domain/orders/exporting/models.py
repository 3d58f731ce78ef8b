"""The tables of exports. Retention: `RETENTION` after the end, then the sweep."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel.columns import DocumentColumn, WordColumn, known
from domain.kernel.db import Base
from domain.orders.views.finding import OrderFilter

RETENTION = timedelta(days=7)
"""How long a file can be fetched."""


class ExportStatus(StrEnum):
    """How far an export has come; done and failed are final."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class OrderExport(Base):
    """What somebody asked for, how far it has come, and until when a worker has it.

    ``last_order_id`` is the last order that was looked at; ``part_count`` parts count.
    """

    __tablename__ = "order_exports"
    __table_args__ = (
        known("status", ExportStatus),
        CheckConstraint(r"reason ~ '\S'", name="reason_is_given"),
        CheckConstraint(
            "(status IN ('done', 'failed')) = (finished_at IS NOT NULL)", name="final_is_finished"
        ),
        CheckConstraint("(status = 'failed') = (failure IS NOT NULL)", name="failed_has_reason"),
        CheckConstraint(
            "orders_seen >= 0 AND rows_written >= 0 AND part_count >= 0",
            name="progress_is_not_negative",
        ),
        Index(
            "ix_order_exports_unfinished",
            "id",
            postgresql_where=text("status IN ('waiting', 'running')"),
        ),
        Index(None, "finished_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    staff_id: Mapped[UUID]
    staff_name: Mapped[str]
    reason: Mapped[str]
    filter: Mapped[OrderFilter] = mapped_column(DocumentColumn(OrderFilter))
    status: Mapped[ExportStatus] = mapped_column(WordColumn(ExportStatus))
    failure: Mapped[Any | None] = mapped_column(JSONB(none_as_null=True))
    orders_seen: Mapped[int] = mapped_column(BigInteger)
    rows_written: Mapped[int] = mapped_column(BigInteger)
    part_count: Mapped[int] = mapped_column(BigInteger)
    last_order_id: Mapped[UUID | None]
    asked_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    claimed_until: Mapped[datetime | None]


class OrderExportPart(Base):
    """A piece of a file, under a key of its own; it counts once it has its number."""

    __tablename__ = "order_export_parts"
    __table_args__ = (
        CheckConstraint("(number IS NULL) = (size_bytes IS NULL)", name="written_is_whole"),
        UniqueConstraint("export_id", "number"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    export_id: Mapped[UUID] = mapped_column(ForeignKey("order_exports.id"))
    number: Mapped[int | None] = mapped_column(BigInteger)
    size_bytes: Mapped[int | None] = mapped_column(BigInteger)


def part_key(part_id: UUID) -> str:
    """Where a part is kept, which nobody reads but the mall itself."""
    return f"private/order-exports/{part_id.hex}.csv"
