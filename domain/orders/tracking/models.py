"""The table of what carriers have told of parcels."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel.columns import DocumentColumn, WordColumn, known
from domain.kernel.db import Base
from domain.orders.tracking.rules import TrackingEvent
from domain.orders.tracking.words import TrackingState
from domain.orders.words import Carrier


class ShipmentTrack(Base):
    """What was told of a parcel under the number that it had. Retention: `rules.KEPT_FOR`.

    ``as_of`` is when the carrier last told it, ``try_at`` when it is asked next (None: no more),
    and ``refreshable_at`` from when on its member may have that sooner. ``turn`` counts how often
    it was asked, ``tries`` how often in vain since it last told something, and ``problem`` why.
    """

    __tablename__ = "shipment_tracks"
    __table_args__ = (
        ForeignKeyConstraint(["order_id", "ordinal"], ["shipments.order_id", "shipments.ordinal"]),
        known("carrier", Carrier),
        known("state", TrackingState),
        CheckConstraint("as_of IS NOT NULL OR state IS NULL", name="told_has_a_moment"),
        CheckConstraint("turn >= 0 AND tries >= 0", name="counts_are_counts"),
        Index(
            "ix_shipment_tracks_try_at",
            "try_at",
            "order_id",
            "ordinal",
            postgresql_where=text("try_at IS NOT NULL"),
        ),
        Index(None, "shipped_at"),
    )

    order_id: Mapped[UUID] = mapped_column(primary_key=True)
    ordinal: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    carrier: Mapped[Carrier] = mapped_column(WordColumn(Carrier))
    tracking_number: Mapped[str]
    shipped_at: Mapped[datetime]
    state: Mapped[TrackingState | None] = mapped_column(WordColumn(TrackingState))
    events: Mapped[list[TrackingEvent]] = mapped_column(
        DocumentColumn(list[TrackingEvent]), server_default=text("'[]'")
    )
    as_of: Mapped[datetime | None]
    try_at: Mapped[datetime | None]
    refreshable_at: Mapped[datetime]
    turn: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    tries: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    problem: Mapped[str | None]
