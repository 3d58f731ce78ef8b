"""The table of what the shop owed in points on each day."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel.db import Base
from domain.kernel.journals import JOURNAL


class PointsLiability(Base):
    """What the shop owed in points as a day began. Retention: for good.

    ``accounts`` counts those that have some or owe some. ``point_value`` is that of a point in
    ten-thousandths of a fen, and ``worth_fen`` that of all that is pending, available and held;
    what members owe is told beside it.
    """

    __tablename__ = "points_liabilities"
    __table_args__ = (
        CheckConstraint(
            "least(accounts, pending, available, held, debt) >= 0", name="figures_not_negative"
        ),
        CheckConstraint(
            "worth_fen = floor((pending + available + held)::numeric * point_value / 10000)",
            name="worth_is_by_the_value",
        ),
        {"info": JOURNAL},
    )

    day: Mapped[date] = mapped_column(primary_key=True)
    taken_at: Mapped[datetime]
    accounts: Mapped[int] = mapped_column(BigInteger)
    pending: Mapped[int] = mapped_column(BigInteger)
    available: Mapped[int] = mapped_column(BigInteger)
    held: Mapped[int] = mapped_column(BigInteger)
    debt: Mapped[int] = mapped_column(BigInteger)
    point_value: Mapped[int] = mapped_column(BigInteger)
    worth_fen: Mapped[int] = mapped_column(BigInteger)
