"""The table of programmes: every version that orders earn points by."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel.columns import DocumentColumn
from domain.kernel.db import Base
from domain.kernel.journals import JOURNAL
from domain.points.earning.checking import HIGHEST_RATE_BP, MOST_BONUSES, MOST_RATES
from domain.points.earning.programme import Programme

_BOUNDED = (
    f"((programme ->> 'base_rate_bp')::bigint BETWEEN 0 AND {HIGHEST_RATE_BP} "
    f"AND jsonb_array_length(programme -> 'rates') <= {MOST_RATES} "
    f"AND jsonb_array_length(programme -> 'bonuses') <= {MOST_BONUSES}) IS TRUE"
)


class PointsProgramme(Base):
    """A version of the rules of earning, as it was published. Never changed or deleted.

    In force at a moment is the one that became valid last, of several the one with the highest
    number. None is valid before it was published, so what was in force once stays so. Kept for
    good: what an order earned follows from the version of its day.
    """

    __tablename__ = "points_programmes"
    __table_args__ = (
        CheckConstraint("number > 0", name="number_is_positive"),
        CheckConstraint("valid_from >= published_at", name="is_not_valid_before_it_is_known"),
        CheckConstraint(_BOUNDED, name="programme_is_bounded"),
        CheckConstraint(r"reason ~ '\S'", name="reason_is_given"),
        Index("ix_points_programmes_validity", "valid_from", "number"),
        {"info": JOURNAL},
    )

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    programme: Mapped[Programme] = mapped_column(DocumentColumn(Programme))
    valid_from: Mapped[datetime]
    actor: Mapped[str]
    actor_name: Mapped[str]
    reason: Mapped[str]
    published_at: Mapped[datetime]
