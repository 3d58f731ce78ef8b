"""What must be true of transfers beyond what their table enforces."""

from typing import Any

from sqlalchemy import BigInteger, cast, func, or_, select

from domain.kernel.audit import Invariant
from domain.points.giving.models import PointsTransfer
from domain.points.models import PointsEntry
from domain.points.words import Reason, SourceKind


def _moved(reason: Reason) -> Any:
    """What each member sent or received by each transfer."""
    return (
        select(
            PointsEntry.source_id,
            PointsEntry.member_id,
            cast(func.sum(PointsEntry.amount), BigInteger).label("points"),
        )
        .where(PointsEntry.source_kind == SourceKind.TRANSFER, PointsEntry.reason == reason)
        .group_by(PointsEntry.source_id, PointsEntry.member_id)
        .subquery(reason.value)
    )


_sent, _received = _moved(Reason.SENT), _moved(Reason.RECEIVED)


def _differs(moved: Any, member_id: Any) -> Any:
    return or_(
        moved.c.points.is_(None),
        moved.c.points != PointsTransfer.points,
        moved.c.member_id != member_id,
    )


_each = (
    select(_sent.c.source_id, _sent.c.member_id)
    .union_all(select(_received.c.source_id, _received.c.member_id))
    .subquery("each")
)

INVARIANTS = (
    Invariant(
        "points.transfers_are_linked_pairs",
        "What a transfer says went from its giver, and the same came to its taker.",
        select(PointsTransfer.id)
        .outerjoin(_sent, _sent.c.source_id == PointsTransfer.id)
        .outerjoin(_received, _received.c.source_id == PointsTransfer.id)
        .where(
            or_(
                _differs(_sent, PointsTransfer.giver_id),
                _differs(_received, PointsTransfer.taker_id),
            )
        ),
    ),
    Invariant(
        "points.nothing_is_given_without_a_row",
        "What went from one member to another has a transfer.",
        select(_each.c.source_id, _each.c.member_id)
        .outerjoin(PointsTransfer, PointsTransfer.id == _each.c.source_id)
        .where(PointsTransfer.id.is_(None)),
    ),
)
