"""The tables of shipping: parcels, what is in them, and when they are taken for received."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel.columns import WordColumn, known
from domain.kernel.db import Base
from domain.kernel.journals import JOURNAL
from domain.orders.words import Carrier, ShipmentKind


class Shipment(Base):
    """A parcel of an order, counted from 1. Kept for good; only its carrier can be corrected.

    ``move`` is the row of the order's history that it made.
    """

    __tablename__ = "shipments"
    __table_args__ = (
        known("kind", ShipmentKind),
        known("carrier", Carrier),
        CheckConstraint("ordinal > 0", name="ordinal_begins_at_one"),
        CheckConstraint(
            "(kind = 'express') = (carrier IS NOT NULL)"
            " AND (carrier IS NULL) = (tracking_number IS NULL)",
            name="express_is_tracked",
        ),
        UniqueConstraint("order_id", "carrier", "tracking_number"),
        UniqueConstraint("order_id", "move"),
    )

    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    ordinal: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    move: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[ShipmentKind] = mapped_column(WordColumn(ShipmentKind))
    carrier: Mapped[Carrier | None] = mapped_column(WordColumn(Carrier))
    tracking_number: Mapped[str | None]
    shipped_at: Mapped[datetime]
    actor: Mapped[str]
    corrected_at: Mapped[datetime | None]


class ShipmentLine(Base):
    """Units of an order's line that are in a parcel. Kept for good."""

    __tablename__ = "shipment_lines"
    __table_args__ = (
        ForeignKeyConstraint(["order_id", "ordinal"], ["shipments.order_id", "shipments.ordinal"]),
        ForeignKeyConstraint(
            ["order_id", "line_number"], ["order_lines.order_id", "order_lines.number"]
        ),
        CheckConstraint("units > 0", name="units_are_some"),
        {"info": JOURNAL},
    )

    order_id: Mapped[UUID] = mapped_column(primary_key=True)
    ordinal: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    line_number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    units: Mapped[int] = mapped_column(BigInteger)


class ReceiptDeadline(Base):
    """When an order that was sent is taken for received. Retention: until it is received.

    ``extended_at`` is when its member asked for more time, which they can do once.
    """

    __tablename__ = "receipt_deadlines"
    __table_args__ = (Index(None, "due_at", "order_id"),)

    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    due_at: Mapped[datetime]
    extended_at: Mapped[datetime | None]
