"""The table of adjustments: what was asked for, by whom, and who decided about it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel.columns import WordColumn, known
from domain.kernel.db import Base
from domain.points.adjusting.words import AdjustmentReason, AdjustmentStatus


class PointsAdjustment(Base):
    """Points that were added or taken by hand, or wait to be. Kept for good.

    ``validity`` is how long added points are good. The day of ``requested_at`` is what limits
    count by. One that needed nobody's approval has no ``decided_by``.
    """

    __tablename__ = "points_adjustments"
    __table_args__ = (
        known("reason_code", AdjustmentReason),
        known("status", AdjustmentStatus),
        CheckConstraint("points <> 0", name="points_are_some"),
        CheckConstraint("(points > 0) = (validity IS NOT NULL)", name="added_ones_end"),
        CheckConstraint("(status = 'waiting') = (ended_at IS NULL)", name="end_is_whole"),
        CheckConstraint("status = 'applied' OR needs_approval", name="only_approvals_wait"),
        CheckConstraint(
            "num_nonnulls(decided_by, decider_name, decision) = "
            "CASE WHEN needs_approval AND status <> 'waiting' THEN 3 ELSE 0 END",
            name="decision_is_whole",
        ),
        CheckConstraint("decided_by <> requested_by", name="decided_by_another"),
        # The answer to a request is forgotten after some weeks, what it did never is.
        UniqueConstraint("requested_by", "request_id"),
        Index(None, "member_id", "id"),
        Index("ix_points_adjustments_waiting", "id", postgresql_where=text("status = 'waiting'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    points: Mapped[int] = mapped_column(BigInteger)
    validity: Mapped[str | None]
    reason_code: Mapped[AdjustmentReason] = mapped_column(WordColumn(AdjustmentReason))
    note: Mapped[str]
    ticket: Mapped[str | None]
    status: Mapped[AdjustmentStatus] = mapped_column(WordColumn(AdjustmentStatus))
    needs_approval: Mapped[bool]
    request_id: Mapped[UUID]
    requested_at: Mapped[datetime]
    requested_by: Mapped[str]
    requester_name: Mapped[str]
    ended_at: Mapped[datetime | None]
    decided_by: Mapped[str | None]
    decider_name: Mapped[str | None]
    decision: Mapped[str | None]
