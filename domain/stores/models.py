"""The table of places."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel.columns import WordColumn, known
from domain.kernel.db import Base


class PlaceKind(StrEnum):
    """What a place is to a member."""

    WAREHOUSE = "warehouse"
    STORE = "store"


class Place(Base):
    """Where units can be: the online warehouse or a store.

    A store that offers pick-up says in both languages where it is and when it is open.
    """

    __tablename__ = "places"
    __table_args__ = (
        known("kind", PlaceKind),
        CheckConstraint("NOT offers_pick_up OR kind = 'store'", name="pick_up_is_at_a_store"),
        CheckConstraint(
            "NOT offers_pick_up OR (address_zh <> '' AND address_en <> '' "
            "AND opening_hours_zh <> '' AND opening_hours_en <> '')",
            name="pick_up_says_where_and_when",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[PlaceKind] = mapped_column(WordColumn(PlaceKind))
    title_zh: Mapped[str]
    title_en: Mapped[str]
    offers_pick_up: Mapped[bool] = mapped_column(server_default=text("false"))
    address_zh: Mapped[str] = mapped_column(server_default=text("''"))
    address_en: Mapped[str] = mapped_column(server_default=text("''"))
    opening_hours_zh: Mapped[str] = mapped_column(server_default=text("''"))
    opening_hours_en: Mapped[str] = mapped_column(server_default=text("''"))
