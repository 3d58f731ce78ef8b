"""The table of carts."""

from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel.columns import DocumentColumn, WordColumn
from domain.kernel.db import Base
from domain.orders.words import ReviewStatus

MOST_LINES = 100
"""Lines of one cart."""
MOST_UNITS = 999
"""Units of one line."""


class EngravedText(msgspec.Struct, frozen=True, gc=False):
    """What a member wants in one of a product's personalisation fields, by the field's code."""

    code: str
    text: str


class CartLine(Base):
    """Units of a variant that a member may order. Retention: until removed or ordered.

    ``personalisation_key`` is empty for a line without any, else a digest of the texts: a line
    with the same texts again is the same line. ``review`` says what the check of the texts found,
    ``check_trace`` is the checking service's own number for it.
    """

    __tablename__ = "cart_lines"
    __table_args__ = (
        UniqueConstraint("member_id", "variant_id", "personalisation_key"),
        CheckConstraint(f"units BETWEEN 1 AND {MOST_UNITS}", name="units_are_bounded"),
        CheckConstraint("review IN ('passed', 'pending')", name="review_is_known"),
        CheckConstraint(
            "(personalisation_key = '') = (review IS NULL)", name="personalised_is_reviewed"
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    variant_id: Mapped[UUID] = mapped_column(ForeignKey("variants.id"))
    units: Mapped[int] = mapped_column(BigInteger)
    is_selected: Mapped[bool] = mapped_column(server_default=text("true"))
    personalisation: Mapped[tuple[EngravedText, ...]] = mapped_column(
        DocumentColumn(tuple[EngravedText, ...]), server_default=text("'[]'")
    )
    personalisation_key: Mapped[str] = mapped_column(server_default=text("''"))
    review: Mapped[ReviewStatus | None] = mapped_column(WordColumn(ReviewStatus))
    check_trace: Mapped[str | None]
    added_at: Mapped[datetime]
    changed_at: Mapped[datetime]
