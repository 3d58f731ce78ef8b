"""The table of places."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel.columns import WordColumn
from domain.kernel.db import Base


class PlaceKind(StrEnum):
    """What a place is to a member."""

    WAREHOUSE = "warehouse"
    STORE = "store"


class Place(Base):
    """Where units can be: the online warehouse or a store."""

    __tablename__ = "places"
    __table_args__ = (CheckConstraint("kind IN ('warehouse', 'store')", name="kind_is_known"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[PlaceKind] = mapped_column(WordColumn(PlaceKind))
    title_zh: Mapped[str]
    title_en: Mapped[str]
