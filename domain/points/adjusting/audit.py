"""What must be true of adjustments beyond what their table enforces."""

from sqlalchemy import BigInteger, and_, case, cast, func, or_, select

from domain.kernel.audit import Invariant
from domain.points.adjusting.models import PointsAdjustment
from domain.points.adjusting.words import AdjustmentStatus
from domain.points.models import PointsEntry
from domain.points.words import Bucket, Reason, SourceKind

_added = case(
    (PointsEntry.to_bucket == Bucket.AVAILABLE, PointsEntry.amount), else_=-PointsEntry.amount
)
_moved = (
    select(
        PointsEntry.source_id,
        PointsEntry.member_id,
        cast(func.sum(_added), BigInteger).label("points"),
    )
    .where(PointsEntry.source_kind == SourceKind.ADJUSTMENT, PointsEntry.reason == Reason.ADJUSTED)
    .group_by(PointsEntry.source_id, PointsEntry.member_id)
    .subquery("moved")
)
_is_applied = PointsAdjustment.status == AdjustmentStatus.APPLIED

INVARIANTS = (
    Invariant(
        "points.adjustments_moved_what_they_say",
        "An adjustment that was applied has moved its points of its member, and no other has any.",
        select(PointsAdjustment.id, PointsAdjustment.member_id)
        .outerjoin(_moved, _moved.c.source_id == PointsAdjustment.id)
        .where(
            or_(
                and_(
                    _is_applied,
                    or_(
                        func.coalesce(_moved.c.points, 0) != PointsAdjustment.points,
                        _moved.c.member_id != PointsAdjustment.member_id,
                    ),
                ),
                and_(~_is_applied, _moved.c.points.isnot(None)),
            )
        ),
    ),
    Invariant(
        "points.nothing_is_adjusted_without_a_row",
        "What was moved by hand has an adjustment that says by whom.",
        select(_moved.c.source_id, _moved.c.member_id)
        .outerjoin(PointsAdjustment, PointsAdjustment.id == _moved.c.source_id)
        .where(PointsAdjustment.id.is_(None)),
    ),
)
