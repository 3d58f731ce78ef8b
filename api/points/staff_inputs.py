"""What the staff send about points."""

from uuid import UUID

import strawberry

from api.ids import key
from api.points.staff_types import AdjustmentReason
from domain.kernel.points import Points
from domain.members.views.structs import MEMBER
from domain.points.adjusting.rules import AdjustmentWish
from domain.points.adjusting.views import ADJUSTMENT

_REQUEST_ID = "An id of the client's own for this request: sent again, it gets the first answer."
_REASON = "Why, in words for colleagues: it stands in the audit trail. At most 500 characters."


@strawberry.input(description="Points to add or take by hand.")
class AdjustPointsInput:
    request_id: UUID = strawberry.field(description=_REQUEST_ID)
    member_id: strawberry.ID = strawberry.field(description="Whose.")
    points: Points = strawberry.field(description="Above zero to add, below it to take.")
    reason_code: AdjustmentReason = strawberry.field(description="Why; the member reads it.")
    reason: str = strawberry.field(description=_REASON)
    ticket: str | None = strawberry.field(
        default=None, description="Where it was asked for, at most 60 characters."
    )
    valid_days: int | None = strawberry.field(
        default=None,
        description="How many days they are good after the day on which they are added, from 1 to "
        "3,660; needed to add, and not for what is taken.",
    )

    def wish(self) -> AdjustmentWish:
        """The domain's value; a BAD_INPUT fault for an id that is none."""
        return AdjustmentWish(
            key(self.member_id, MEMBER, argument="memberId"),
            self.points,
            self.reason_code,
            self.reason,
            self.ticket,
            self.valid_days,
        )


@strawberry.input(description="A decision about what a colleague wants to adjust.")
class _DecideAdjustmentInput:
    request_id: UUID = strawberry.field(description=_REQUEST_ID)
    adjustment_id: strawberry.ID = strawberry.field(description="Which adjustment.")
    reason: str = strawberry.field(description=_REASON)

    @property
    def adjustment_key(self) -> UUID:
        """The adjustment's key; a BAD_INPUT fault for an id that is none."""
        return key(self.adjustment_id, ADJUSTMENT, argument="adjustmentId")


@strawberry.input(description="An adjustment that somebody else asked for and that is to be done.")
class ApprovePointsAdjustmentInput(_DecideAdjustmentInput):
    pass


@strawberry.input(description="An adjustment that somebody else asked for and that is refused.")
class RejectPointsAdjustmentInput(_DecideAdjustmentInput):
    pass


@strawberry.input(description="A member whose points are meant.")
class _MemberPointsInput:
    request_id: UUID = strawberry.field(description=_REQUEST_ID)
    member_id: strawberry.ID = strawberry.field(description="Whose.")
    reason: str = strawberry.field(description=_REASON)

    @property
    def member_key(self) -> UUID:
        """The member's key; a BAD_INPUT fault for an id that is none."""
        return key(self.member_id, MEMBER, argument="memberId")


@strawberry.input(description="Points that nobody may spend, give or receive for now.")
class FreezePointsInput(_MemberPointsInput):
    pass


@strawberry.input(description="Points that are let go again.")
class UnfreezePointsInput(_MemberPointsInput):
    pass
