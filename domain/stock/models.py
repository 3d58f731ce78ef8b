"""The tables of stock: levels and the ledger of every movement."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel.columns import WordColumn, known
from domain.kernel.db import Base
from domain.kernel.journals import JOURNAL
from domain.stock.rules import EFFECTS, Reason


def _figure_follows_reason(figure: str) -> CheckConstraint:
    """A movement changes the figure by exactly what its reason says."""
    signs = {reason: getattr(effect, figure) for reason, effect in EFFECTS.items()}
    up = ", ".join(f"'{reason}'" for reason, sign in signs.items() if sign > 0)
    down = ", ".join(f"'{reason}'" for reason, sign in signs.items() if sign < 0)
    return CheckConstraint(
        f"{figure}_after - {figure}_before = units * CASE WHEN reason IN ({up}) THEN 1 "
        f"WHEN reason IN ({down}) THEN -1 ELSE 0 END",
        name=f"{figure}_follows_reason",
    )


class StockLevel(Base):
    """One variant at one place, and the row to lock before moving its units.

    ``held`` is part of ``on_hand``; ``supplied`` is all that ever came in less what was written
    off. ``entries`` counts the ledger's entries for the level.
    """

    __tablename__ = "stock_levels"
    __table_args__ = (
        CheckConstraint("held BETWEEN 0 AND on_hand", name="held_is_on_hand"),
        CheckConstraint("sold >= 0", name="sold_not_negative"),
        CheckConstraint("on_hand + sold = supplied", name="units_are_conserved"),
    )

    variant_id: Mapped[UUID] = mapped_column(ForeignKey("variants.id"), primary_key=True)
    place_id: Mapped[UUID] = mapped_column(ForeignKey("places.id"), primary_key=True)
    on_hand: Mapped[int] = mapped_column(BigInteger)
    held: Mapped[int] = mapped_column(BigInteger)
    sold: Mapped[int] = mapped_column(BigInteger)
    supplied: Mapped[int] = mapped_column(BigInteger)
    entries: Mapped[int] = mapped_column(BigInteger)


class StockEntry(Base):
    """One movement of one level. Never updated, never deleted; a mistake is moved back.

    ``source`` names the business fact; the same fact moves the same level once for each reason.
    """

    __tablename__ = "stock_entries"
    __table_args__ = (
        CheckConstraint("number > 0", name="number_is_positive"),
        CheckConstraint("units > 0 OR (units < 0 AND reason = 'adjusted')", name="units_are_some"),
        _figure_follows_reason("on_hand"),
        _figure_follows_reason("held"),
        _figure_follows_reason("sold"),
        known("reason", Reason),
        UniqueConstraint("source", "reason", "variant_id", "place_id"),
        ForeignKeyConstraint(
            ["variant_id", "place_id"], ["stock_levels.variant_id", "stock_levels.place_id"]
        ),
        {"info": JOURNAL},
    )

    variant_id: Mapped[UUID] = mapped_column(primary_key=True)
    place_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    reason: Mapped[Reason] = mapped_column(WordColumn(Reason))
    units: Mapped[int] = mapped_column(BigInteger)
    source: Mapped[str]
    actor: Mapped[str]
    note: Mapped[str | None]
    recorded_at: Mapped[datetime]
    on_hand_before: Mapped[int] = mapped_column(BigInteger)
    held_before: Mapped[int] = mapped_column(BigInteger)
    sold_before: Mapped[int] = mapped_column(BigInteger)
    on_hand_after: Mapped[int] = mapped_column(BigInteger)
    held_after: Mapped[int] = mapped_column(BigInteger)
    sold_after: Mapped[int] = mapped_column(BigInteger)
