"""The table of freight: every arrangement of the rules that there ever was."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from domain.freight.rules import MOST_RULES, Rules
from domain.kernel.columns import DocumentColumn
from domain.kernel.db import Base
from domain.kernel.journals import JOURNAL


class FreightVersion(Base):
    """The freight rules as they were arranged at a moment. Never changed or deleted.

    The highest number is in force. Kept for good: orders name the version that priced them.
    """

    __tablename__ = "freight_versions"
    __table_args__ = (
        CheckConstraint("number > 0", name="number_is_positive"),
        CheckConstraint(
            f"jsonb_typeof(rules) = 'array' AND jsonb_array_length(rules) BETWEEN 1 AND "
            f"{MOST_RULES}",
            name="rules_are_bounded",
        ),
        CheckConstraint(r"reason ~ '\S'", name="reason_is_given"),
        {"info": JOURNAL},
    )

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    rules: Mapped[Rules] = mapped_column(DocumentColumn(Rules))
    actor: Mapped[str]
    actor_name: Mapped[str]
    reason: Mapped[str]
    arranged_at: Mapped[datetime]
