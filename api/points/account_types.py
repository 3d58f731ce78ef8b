"""The GraphQL types of a member's points: what they have, the statement, what is to come and go."""

from datetime import datetime

import strawberry

from api.enums import described
from domain.kernel.points import Points
from domain.points.told import Waits
from domain.points.words import Reason

described(
    Waits,
    "What pending points wait for.",
    name="PendingPointsWait",
    DATE="The day on which they settle.",
    RECEIPT="The receipt of the goods, after which the time to return them begins.",
    CASE="The end of a case after the sale that is open.",
)
described(
    Reason,
    "Why points moved.",
    name="PointsReason",
    EARNED="An order earned them; they are pending.",
    GRANTED="Something granted them at once.",
    SETTLED="Pending ones can be spent now.",
    CANCELLED="Pending ones were given up, since the goods were not received in time.",
    REPAID="They paid back what was owed.",
    HELD="An order that waits for its payment reserves them.",
    CAPTURED="The order was paid: what it had reserved is spent.",
    RELEASED="The order ended without them: what it had reserved is back.",
    RETURNED="A refund gave spent ones back.",
    RESTORED="A refund gave spent ones back that had expired since, as new ones.",
    EXPIRED="Their time was over.",
    CLAWED_BACK="A refund took back what the order had earned.",
    OWED="A refund took back what was not there any more: it is owed.",
    WAIVED="What a refund would have taken back was not there any more, and is let go.",
    DEDUCTED="What a refund would have taken back was deducted from the money instead.",
    ADJUSTED="The staff added or took some.",
    SENT="They were given to another member.",
    RECEIVED="Another member gave them.",
)


@strawberry.type(description="Points that expire together.")
class ExpiringPoints:
    last_day: str = strawberry.field(
        description="The last day on which they are good, such as 2026-12-31, in Shanghai."
    )
    expires_at: datetime = strawberry.field(
        description="The moment from which the last of them is no longer good."
    )
    points: Points = strawberry.field(description="How many.")


@strawberry.type(description="What a member has in points.")
class PointsAccount:
    available: Points = strawberry.field(description="What can be spent.")
    pending: Points = strawberry.field(description="What was earned and has not settled.")
    held: Points = strawberry.field(description="What orders reserve that wait for payment.")
    debt: Points = strawberry.field(
        description="What is owed, since a refund took back what was spent: what settles or comes "
        "next pays it first."
    )
    is_frozen: bool = strawberry.field(
        description="Whether nothing can be spent, given or received for now, and nothing settles."
    )
    lifetime_earned: Points = strawberry.field(description="What they ever got from the mall.")
    lifetime_spent: Points = strawberry.field(
        description="What they ever spent, less what came back."
    )
    growth: Points = strawberry.field(
        description="What counts towards a tier: one for each whole yuan that was paid for goods "
        "and is not back. It is never spent."
    )
    expires_next: ExpiringPoints | None = strawberry.field(
        description="What expires first; null where nothing does."
    )


@strawberry.type(description="A movement of a member's points.")
class PointsEntry:
    number: int = strawberry.field(description="Counts the movements, from 1.")
    reason: Reason = strawberry.field(description="Why they moved.")
    text: str = strawberry.field(description="The same in words, in the caller's language.")
    points: Points = strawberry.field(description="How many moved.")
    change: Points = strawberry.field(
        description="What that added to the points that can be spent: below zero where it took "
        "some, and zero where others moved."
    )
    order_id: strawberry.ID | None = strawberry.field(
        description="The order that they come from or were for, where they were of one."
    )
    order_number: str | None = strawberry.field(description="The number of that order.")
    available_after: Points = strawberry.field(description="What could be spent after it.")
    pending_after: Points = strawberry.field(description="What was pending after it.")
    held_after: Points = strawberry.field(description="What was reserved after it.")
    debt_after: Points = strawberry.field(description="What was owed after it.")
    at: datetime = strawberry.field(description="When.")


@strawberry.type(description="Points that were earned and have not settled.")
class PendingPoints:
    points: Points = strawberry.field(description="How many.")
    text: str = strawberry.field(
        description="Where they come from and when they settle, in the caller's language."
    )
    waits_for: Waits = strawberry.field(description="What they wait for.")
    order_id: strawberry.ID | None = strawberry.field(
        description="The order that earned them, where one did."
    )
    order_number: str | None = strawberry.field(description="The number of that order.")
    earned_at: datetime = strawberry.field(description="When they were earned.")
    settles_at: datetime | None = strawberry.field(
        description="When they settle; null for as long as they wait for something else."
    )
