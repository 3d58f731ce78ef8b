"""The table of pick-ups."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel.db import Base


class PickUp(Base):
    """An order that its store has ready, and the code that fetches it. Kept as long as the order.

    ``code_sealed`` is opened for its member, ``code_digest`` finds what a pad has scanned. After
    ``fetch_by`` the code fetches nothing until somebody gives more time.
    """

    __tablename__ = "pick_ups"
    __table_args__ = (CheckConstraint("fetch_by > ready_at", name="there_is_time"),)

    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    code_digest: Mapped[bytes] = mapped_column(unique=True)
    code_sealed: Mapped[bytes]
    ready_at: Mapped[datetime]
    fetch_by: Mapped[datetime]
