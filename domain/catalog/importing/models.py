"""The tables of imports, kept for 90 days after their end by a sweep."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel.actors import Role
from domain.kernel.columns import known
from domain.kernel.db import Base

RETENTION = timedelta(days=90)
"""How long an import, its rows and its table are kept after it has ended."""


class ImportStatus(StrEnum):
    """How far an import has come; the last two are final."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class RowOutcome(StrEnum):
    """What became of a row: of a good one as of its product, which is written whole."""

    CREATED = "created"
    EDITED = "edited"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    HELD_BACK = "held_back"


_COUNTED = " + ".join(RowOutcome)


class ProductImport(Base):
    """One table that somebody gave to be imported, and how far that has come.

    ``file_digest`` is the table's SHA-256 and the two ``…_count`` are its size, known once it has
    been read. Each outcome has the number of its rows. ``claimed_until`` belongs to the worker
    that works on it.
    """

    __tablename__ = "product_imports"
    __table_args__ = (
        known("status", ImportStatus),
        CheckConstraint(r"reason ~ '\S'", name="reason_is_given"),
        CheckConstraint(
            "(status IN ('done', 'failed')) = (finished_at IS NOT NULL)", name="final_is_finished"
        ),
        CheckConstraint("(status = 'failed') = (failure IS NOT NULL)", name="failed_has_reason"),
        CheckConstraint(
            f"status <> 'done' OR (row_count = {_COUNTED} AND product_count = products_done)",
            name="done_is_whole",
        ),
        CheckConstraint(
            "products_done BETWEEN 0 AND coalesce(product_count, 0)", name="progress_is_bounded"
        ),
        Index(
            "ix_product_imports_unfinished",
            "id",
            postgresql_where=text("status IN ('waiting', 'running')"),
        ),
        Index(None, "finished_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    upload_id: Mapped[UUID] = mapped_column(ForeignKey("uploads.id"), unique=True)
    file_digest: Mapped[bytes | None]
    staff_id: Mapped[UUID]
    staff_name: Mapped[str]
    staff_role: Mapped[Role] = mapped_column(Text)
    reason: Mapped[str]
    status: Mapped[ImportStatus] = mapped_column(Text)
    failure: Mapped[Any | None] = mapped_column(JSONB(none_as_null=True))
    row_count: Mapped[int | None] = mapped_column(BigInteger)
    product_count: Mapped[int | None] = mapped_column(BigInteger)
    products_done: Mapped[int] = mapped_column(BigInteger)
    created: Mapped[int] = mapped_column(BigInteger)
    edited: Mapped[int] = mapped_column(BigInteger)
    unchanged: Mapped[int] = mapped_column(BigInteger)
    refused: Mapped[int] = mapped_column(BigInteger)
    held_back: Mapped[int] = mapped_column(BigInteger)
    asked_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    claimed_until: Mapped[datetime | None]


class ProductImportRow(Base):
    """What became of one row. ``line`` is its number in the table, where the header is 1."""

    __tablename__ = "product_import_rows"
    __table_args__ = (
        known("outcome", RowOutcome),
        CheckConstraint(
            "(outcome IN ('refused', 'held_back')) = (product_id IS NULL)",
            name="written_has_product",
        ),
        CheckConstraint(
            "(outcome IN ('refused', 'held_back')) = (jsonb_array_length(problems) > 0)",
            name="refused_has_problems",
        ),
        Index(None, "import_id", "outcome", "line"),
    )

    import_id: Mapped[UUID] = mapped_column(ForeignKey("product_imports.id"), primary_key=True)
    line: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    code: Mapped[str]
    sku: Mapped[str]
    outcome: Mapped[RowOutcome] = mapped_column(Text)
    problems: Mapped[Any] = mapped_column(JSONB)
    product_id: Mapped[UUID | None]
