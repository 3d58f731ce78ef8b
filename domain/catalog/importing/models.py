"""The tables of imports, kept for 90 days after their end by a sweep."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel.columns import known
from domain.kernel.db import Base
from domain.media.table_jobs import TableJob, rules_of_jobs


class RowOutcome(StrEnum):
    """What became of a row: of a good one as of its product, which is written whole."""

    CREATED = "created"
    EDITED = "edited"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    HELD_BACK = "held_back"


_COUNTED = " + ".join(RowOutcome)


class ProductImport(TableJob):
    """One table of products that somebody gave to be imported, and how far that has come.

    The two ``…_count`` are known once it has been read. Each outcome has the number of its rows.
    """

    __tablename__ = "product_imports"
    __table_args__ = (
        *rules_of_jobs(__tablename__),
        CheckConstraint(
            f"status <> 'done' OR (row_count = {_COUNTED} AND product_count = products_done)",
            name="done_is_whole",
        ),
        CheckConstraint(
            "products_done BETWEEN 0 AND coalesce(product_count, 0)", name="progress_is_bounded"
        ),
    )

    product_count: Mapped[int | None] = mapped_column(BigInteger)
    products_done: Mapped[int] = mapped_column(BigInteger)
    created: Mapped[int] = mapped_column(BigInteger)
    edited: Mapped[int] = mapped_column(BigInteger)
    unchanged: Mapped[int] = mapped_column(BigInteger)
    refused: Mapped[int] = mapped_column(BigInteger)
    held_back: Mapped[int] = mapped_column(BigInteger)


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
