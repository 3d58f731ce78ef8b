"""The table of favourites."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel.db import Base


class Favourite(Base):
    """A product that a member likes. Retention: until they remove it, or are erased."""

    __tablename__ = "favourites"
    __table_args__ = (Index(None, "member_id", "added_at", "product_id"),)

    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"), primary_key=True)
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"), primary_key=True)
    added_at: Mapped[datetime]
