"""What staff in charge of the mall decide about texts."""

from typing import Annotated

import strawberry

from api.access import Access
from api.context import Context, Info
from api.orders.review_types import (
    DecidePersonalisationInput,
    DecidePersonalisationResult,
    PersonalisationDecidedView,
)
from api.refusals import root_mutation
from domain.kernel.actors import By
from domain.kernel.db import WriteSession
from domain.orders import review_views, reviews
from domain.orders.reviews import Decided
from domain.orders.words import ReviewStatus


@strawberry.type
class ReviewMutation:
    """Decisions on texts."""

    @root_mutation(
        access=Access.OPERATOR,
        graphql_type=DecidePersonalisationResult,
        description="Allow the texts of a line or do not, once. A rejection closes an order that "
        "is not paid yet.",
    )
    async def decide_personalisation(
        self,
        info: Info,
        given: Annotated[
            DecidePersonalisationInput,
            strawberry.argument(name="input", description="On what, and why."),
        ],
    ) -> PersonalisationDecidedView:
        context, order_key = info.context, given.order_key
        by = By(context.operator(), context.now(), context.random)

        decision = ReviewStatus(given.decision.value)
        reviews.require_reason(given.reason)
        if decision is ReviewStatus.REJECTED and await _waits(context, given):
            # An order that is not paid yet is closed by it, so nobody may pay for it any more.
            await context.payments.release(order_key)

        async def act(session: WriteSession) -> Decided:
            return await reviews.decide(
                session, order_key, given.line_number, decision, reason=given.reason, by=by
            )

        decided = await context.once(
            "decidePersonalisation", given.request_id, given, act, answer=Decided
        )
        told = await review_views.review(context.reads, decided.order_id, decided.line_number)
        # A review is kept as long as its order.
        assert told is not None
        return PersonalisationDecidedView(told)


async def _waits(context: Context, given: DecidePersonalisationInput) -> bool:
    """Whether there is anything to decide; of a repeat there is not, and its answer is kept."""
    async with context.writing() as session:
        return await reviews.waits(session, given.order_key, given.line_number)
