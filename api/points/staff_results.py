"""What the staff's changes of points answer with: successes, and unions with every refusal."""

from typing import Annotated

import msgspec
import strawberry

from api.members.results import MemberUnavailable
from api.points.refusals import (
    AdjustmentDecided,
    AdjustmentUnavailable,
    OwnAdjustment,
    PointsShort,
)
from api.points.staff_types import MemberPoints, PointsAdjustment
from api.refusals import InvalidInput
from domain.points.adjusting.views import AdjustmentView
from domain.points.views import StaffPointsView


class AdjustmentSavedView(msgspec.Struct, frozen=True):
    """The struct behind `PointsAdjustmentSaved`."""

    adjustment: AdjustmentView


class MemberPointsSavedView(msgspec.Struct, frozen=True):
    """The struct behind `MemberPointsSaved`."""

    points: StaffPointsView


@strawberry.type(description="The adjustment stands as it is shown.")
class PointsAdjustmentSaved:
    adjustment: PointsAdjustment = strawberry.field(
        description="It; WAITING where somebody else has to approve it."
    )

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, AdjustmentSavedView)


@strawberry.type(description="The member's points are as they are shown.")
class MemberPointsSaved:
    points: MemberPoints = strawberry.field(description="What they have.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, MemberPointsSavedView)


AdjustPointsResult = Annotated[
    PointsAdjustmentSaved | MemberUnavailable | PointsShort | InvalidInput,
    strawberry.union("AdjustPointsResult", description="How adjusting points went."),
]
ApprovePointsAdjustmentResult = Annotated[
    PointsAdjustmentSaved
    | AdjustmentUnavailable
    | AdjustmentDecided
    | OwnAdjustment
    | PointsShort
    | InvalidInput,
    strawberry.union(
        "ApprovePointsAdjustmentResult", description="How approving an adjustment went."
    ),
]
RejectPointsAdjustmentResult = Annotated[
    PointsAdjustmentSaved
    | AdjustmentUnavailable
    | AdjustmentDecided
    | OwnAdjustment
    | InvalidInput,
    strawberry.union(
        "RejectPointsAdjustmentResult", description="How rejecting an adjustment went."
    ),
]
FreezePointsResult = Annotated[
    MemberPointsSaved | MemberUnavailable | InvalidInput,
    strawberry.union("FreezePointsResult", description="How freezing points went."),
]
UnfreezePointsResult = Annotated[
    MemberPointsSaved | MemberUnavailable | InvalidInput,
    strawberry.union("UnfreezePointsResult", description="How letting points go went."),
]
