"""The tables of earning: every version of the programme, and what each line earned by one."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index
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


class PointsLineEarning(Base):
    """What a line of a paid order earned, with its rate and what it was worked out on (R1 Earn 2).

    Its points are the lot of the same order and part; where nothing was granted there is none.
    Kept for good: what a refund takes back follows from it, and no rule is run again.
    """

    __tablename__ = "points_line_earnings"
    __table_args__ = (
        CheckConstraint("granted BETWEEN 0 AND wanted", name="no_more_is_granted_than_wanted"),
        CheckConstraint(
            "base_fen >= 0 AND rate_bp >= 0 AND bonus_bp >= 0 AND window_days >= 0",
            name="figures_not_negative",
        ),
        CheckConstraint(
            "wanted = 0 OR (base_fen > 0 AND rate_bp > 0)", name="nothing_is_of_nothing"
        ),
        Index(None, "member_id", "earned_at"),
        {"info": JOURNAL},
    )

    order_id: Mapped[UUID] = mapped_column(primary_key=True)
    line_number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    rule_version: Mapped[int] = mapped_column(BigInteger)
    base_fen: Mapped[int] = mapped_column(BigInteger)
    rate_bp: Mapped[int] = mapped_column(BigInteger)
    bonus_bp: Mapped[int] = mapped_column(BigInteger)
    window_days: Mapped[int] = mapped_column(BigInteger)
    wanted: Mapped[int] = mapped_column(BigInteger)
    granted: Mapped[int] = mapped_column(BigInteger)
    earned_at: Mapped[datetime]
