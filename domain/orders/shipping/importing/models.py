"""The tables of imports of parcels, kept for 90 days after their end by a sweep."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel.columns import WordColumn, known
from domain.kernel.db import Base
from domain.media.table_jobs import TableJob, rules_of_jobs


class ParcelOutcome(StrEnum):
    """What became of a row: of a good one as of its parcel, which is sent whole."""

    SHIPPED = "shipped"
    READY = "ready"
    ALREADY_SHIPPED = "already_shipped"
    REFUSED = "refused"
    HELD_BACK = "held_back"


_COUNTED = " + ".join(ParcelOutcome)


class ShipmentImport(TableJob):
    """One table of parcels that somebody gave to be sent, and how far that has come.

    ``orders_done`` of its ``order_count`` orders were worked through. Each outcome has the number
    of its rows; a preview (``is_preview``) has READY where the other has SHIPPED.
    """

    __tablename__ = "shipment_imports"
    __table_args__ = (
        *rules_of_jobs(__tablename__),
        CheckConstraint(
            f"status <> 'done' OR (row_count = {_COUNTED} AND order_count = orders_done)",
            name="done_is_whole",
        ),
        CheckConstraint(
            "orders_done BETWEEN 0 AND coalesce(order_count, 0)", name="progress_is_bounded"
        ),
        CheckConstraint(
            "CASE WHEN is_preview THEN shipped = 0 ELSE ready = 0 END", name="preview_sends_nothing"
        ),
    )

    is_preview: Mapped[bool]
    order_count: Mapped[int | None] = mapped_column(BigInteger)
    orders_done: Mapped[int] = mapped_column(BigInteger)
    shipped: Mapped[int] = mapped_column(BigInteger)
    ready: Mapped[int] = mapped_column(BigInteger)
    already_shipped: Mapped[int] = mapped_column(BigInteger)
    refused: Mapped[int] = mapped_column(BigInteger)
    held_back: Mapped[int] = mapped_column(BigInteger)


class ShipmentImportRow(Base):
    """What became of one row. ``line`` is its number in the table, where the header is 1.

    Retention: as long as its import.
    """

    __tablename__ = "shipment_import_rows"
    __table_args__ = (
        known("outcome", ParcelOutcome),
        CheckConstraint(
            "(outcome IN ('shipped', 'already_shipped')) = (ordinal IS NOT NULL)",
            name="sent_has_parcel",
        ),
        CheckConstraint(
            "(outcome IN ('refused', 'held_back')) = (jsonb_array_length(problems) > 0)",
            name="refused_has_problems",
        ),
        Index(None, "import_id", "outcome", "line"),
    )

    import_id: Mapped[UUID] = mapped_column(ForeignKey("shipment_imports.id"), primary_key=True)
    line: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    order_number: Mapped[str]
    carrier: Mapped[str]
    tracking_number: Mapped[str]
    sku: Mapped[str]
    units: Mapped[str]
    outcome: Mapped[ParcelOutcome] = mapped_column(WordColumn(ParcelOutcome))
    problems: Mapped[Any] = mapped_column(JSONB)
    order_id: Mapped[UUID | None]
    ordinal: Mapped[int | None] = mapped_column(BigInteger)
