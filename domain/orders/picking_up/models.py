"""The table of pick-ups."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel.db import Base


class PickUp(Base):
    """An order that its store has ready, and the code that fetches it. Kept as long as the order.

    ``code_sealed`` is opened for its member, ``code_digest`` finds what a pad has scanned. After
    ``fetch_by`` the code fetches nothing until somebody gives more time. ``remind_at`` is when to
    see whether its member has to be reminded, and None once that was done.
    """

    __tablename__ = "pick_ups"
    __table_args__ = (
        CheckConstraint("fetch_by > ready_at", name="there_is_time"),
        Index(None, "remind_at", postgresql_where=text("remind_at IS NOT NULL")),
    )

    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    code_digest: Mapped[bytes] = mapped_column(unique=True)
    code_sealed: Mapped[bytes]
    ready_at: Mapped[datetime]
    fetch_by: Mapped[datetime]
    remind_at: Mapped[datetime | None]
