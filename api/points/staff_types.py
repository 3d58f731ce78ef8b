"""The GraphQL types of points as the staff see them."""

from datetime import datetime

import strawberry

from api.enums import described
from api.node import Node
from api.points.account_types import PointsAccount, PointsEntry
from domain.kernel.money import Fen
from domain.kernel.points import Points
from domain.orders.staff_points import PointsHoldView, PointsLotView
from domain.points.adjusting.views import AdjustmentView
from domain.points.adjusting.words import AdjustmentReason, AdjustmentStatus
from domain.points.words import Bucket, SourceKind

described(
    Bucket,
    "Where points are, or where they come from and go to.",
    name="PointsBucket",
    PENDING="Earned, and not settled.",
    AVAILABLE="Good to spend.",
    HELD="Reserved by an order.",
    DEBT="Owed: a movement from it owes more, one to it pays some back.",
    ISSUED="Given out by the mall.",
    SPENT="Spent.",
    EXPIRED="Expired.",
    REVOKED="Taken back.",
    WAIVED="Let go instead of being taken back.",
    CASH="Deducted from money instead of being taken back.",
    MOVED="On the way from one member to another.",
)
described(
    SourceKind,
    "What kind of business fact moved points.",
    name="PointsSource",
    ORDER="An order.",
    REFUND="A refund of an order.",
    LOT="Time, for points that were granted at once.",
    HOLD="A reservation that ended.",
    ADJUSTMENT="The staff, by hand.",
    TRANSFER="A member who gave points to another.",
    EVENT="Something that a member did.",
    CASE="A case after the sale.",
    REVIEW="A review of goods.",
)
described(
    AdjustmentReason,
    "Why the staff adjust points; the member reads it.",
    name="PointsAdjustmentReason",
    GOODWILL="Out of kindness.",
    COMPENSATION="For something that went wrong.",
    CORRECTION="A mistake is put right.",
    CAMPAIGN="An activity that did not give them by itself.",
    ABUSE="They were got against the rules.",
    OTHER="Something else, which the words for colleagues say.",
)
described(
    AdjustmentStatus,
    "What has become of an adjustment.",
    name="PointsAdjustmentStatus",
    WAITING="It waits for somebody else to approve or reject it.",
    APPLIED="The points moved.",
    REJECTED="Somebody else has said no; nothing moved.",
)


@strawberry.type(description="What a member has in points, as the staff see it.")
class MemberPoints(PointsAccount):
    member_id: strawberry.ID = strawberry.field(description="The member.")
    frozen_at: datetime | None = strawberry.field(
        description="Since when the account is frozen; null where it is not."
    )
    entries: int = strawberry.field(description="How many movements its journal has.")


@strawberry.type(description="What the shop owed in points as a day began.")
class PointsLiability:
    day: str = strawberry.field(description="The day, such as 2026-12-31, in Shanghai.")
    taken_at: datetime = strawberry.field(
        description="The moment of the figures: seconds after midnight, later where no worker ran."
    )
    accounts: int = strawberry.field(description="How many members had some or owed some.")
    pending: Points = strawberry.field(description="What was earned and had not settled.")
    available: Points = strawberry.field(description="What could be spent.")
    held: Points = strawberry.field(description="What orders reserved that waited for payment.")
    debt: Points = strawberry.field(description="What members owed; it is deducted from nothing.")
    point_value: int = strawberry.field(
        description="What a point was worth then, in ten-thousandths of a fen."
    )
    worth: Fen = strawberry.field(
        description="What all that was pending, available and held was worth, rounded down."
    )


@strawberry.type(description="A movement of a member's points, with what moved it.")
class StaffPointsEntry(PointsEntry):
    from_bucket: Bucket = strawberry.field(description="From where.")
    to_bucket: Bucket = strawberry.field(description="To where.")
    source_kind: SourceKind = strawberry.field(description="What moved them.")
    fact_id: strawberry.ID = strawberry.field(description="Which one, by its id.")
    lot_id: strawberry.ID | None = strawberry.field(
        description="The lot that they are of; null where they are of none."
    )


@strawberry.type(description="Points that came at once, and what has become of each of them.")
class PointsLot(Node):
    source_kind: SourceKind = strawberry.field(description="What they came by.")
    order_id: strawberry.ID | None = strawberry.field(description="The order, where one did.")
    order_number: str | None = strawberry.field(description="The number of that order.")
    granted: Points = strawberry.field(description="How many came.")
    remaining: Points = strawberry.field(description="How many are there, pending or good.")
    held: Points = strawberry.field(description="How many are reserved.")
    consumed: Points = strawberry.field(
        description="How many were spent, given away, or paid back what was owed."
    )
    expired: Points = strawberry.field(description="How many expired.")
    revoked: Points = strawberry.field(description="How many were taken back.")
    validity: str = strawberry.field(
        description="How long they are good once they settled, such as `days:365` or `never`."
    )
    rule_version: int | None = strawberry.field(
        description="The version of the rules that they were earned by."
    )
    created_at: datetime = strawberry.field(description="When they came.")
    settles_at: datetime | None = strawberry.field(
        description="When they settle or were to; null before the receipt of the goods, and for "
        "those that were good at once."
    )
    activated_at: datetime | None = strawberry.field(
        description="Since when they are good; null while they are pending."
    )
    expires_at: datetime | None = strawberry.field(
        description="From when they are no longer good; null for never."
    )
    open_cases: int = strawberry.field(description="How many open cases keep them from settling.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, PointsLotView)


@strawberry.type(description="Points that something reserves.")
class PointsHold(Node):
    source_kind: SourceKind = strawberry.field(description="What reserves them.")
    order_id: strawberry.ID | None = strawberry.field(description="The order, where one does.")
    order_number: str | None = strawberry.field(description="The number of that order.")
    points: Points = strawberry.field(description="How many.")
    created_at: datetime = strawberry.field(description="Since when.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, PointsHoldView)


@strawberry.type(description="Points that the staff added or took by hand, or want to.")
class PointsAdjustment(Node):
    member_id: strawberry.ID = strawberry.field(description="The member.")
    points: Points = strawberry.field(description="Above zero to add, below it to take.")
    valid_days: int | None = strawberry.field(
        description="How many days added ones are good; null for those taken."
    )
    reason_code: AdjustmentReason = strawberry.field(description="Why; the member reads it.")
    reason: str = strawberry.field(description="Why, in words for colleagues.")
    ticket: str | None = strawberry.field(description="Where it was asked for.")
    status: AdjustmentStatus = strawberry.field(description="What has become of it.")
    needs_approval: bool = strawberry.field(
        description="Whether it was beyond what the one who asked may do by themselves."
    )
    requested_at: datetime = strawberry.field(description="When it was asked for.")
    requested_by: str = strawberry.field(description="Who asked for it.")
    ended_at: datetime | None = strawberry.field(description="When it was applied or rejected.")
    decided_by: str | None = strawberry.field(description="Who approved or rejected it.")
    decision: str | None = strawberry.field(description="Why they did, in words for colleagues.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, AdjustmentView)
