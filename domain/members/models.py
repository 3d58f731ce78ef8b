"""The table of the members."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel.db import Base


class Member(Base):
    """Somebody who joined the mall. The birthday is a month and a day, both or neither."""

    __tablename__ = "members"
    __table_args__ = (
        CheckConstraint("(birth_month IS NULL) = (birth_day IS NULL)", name="birthday_is_whole"),
        CheckConstraint("birth_month BETWEEN 1 AND 12", name="birth_month_exists"),
        CheckConstraint(
            "birth_day BETWEEN 1 AND CASE WHEN birth_month = 2 THEN 29 "
            "WHEN birth_month IN (4, 6, 9, 11) THEN 30 ELSE 31 END",
            name="birth_day_exists",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    picture_key: Mapped[str | None]
    birth_month: Mapped[int | None] = mapped_column(BigInteger)
    birth_day: Mapped[int | None] = mapped_column(BigInteger)
    joined_at: Mapped[datetime]
