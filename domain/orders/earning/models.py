"""The table of orders whose points have to be looked at."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel.db import Base


class EarningDue(Base):
    """An order that has moved since its points were looked at. Retention: until they are."""

    __tablename__ = "order_earnings_due"
    __table_args__ = (Index(None, "due_at", "order_id"),)

    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    due_at: Mapped[datetime]
