"""The table of transfers: who gave how many points to whom."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel.db import Base
from domain.kernel.journals import JOURNAL


class PointsTransfer(Base):
    """Points that a member gave to another; the entries of both name it. Kept for good."""

    __tablename__ = "points_transfers"
    __table_args__ = (
        CheckConstraint("points > 0", name="points_are_some"),
        CheckConstraint("giver_id <> taker_id", name="to_another"),
        # The answer to a request is forgotten after some weeks, what it did never is.
        UniqueConstraint("giver_id", "request_id"),
        Index(None, "giver_id", "transferred_at"),
        Index(None, "taker_id"),
        {"info": JOURNAL},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    giver_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    taker_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    points: Mapped[int] = mapped_column(BigInteger)
    request_id: Mapped[UUID]
    transferred_at: Mapped[datetime]
