"""What the staff can do with differences."""

from typing import Annotated
from uuid import UUID

import strawberry

from api.access import Access
from api.context import Info
from api.ids import key
from api.reconciliation.types import DifferenceResolvedView, ResolveDifferenceResult
from api.refusals import root_mutation
from domain.kernel.actors import By
from domain.kernel.db import WriteSession
from domain.kernel.ids import public_id
from domain.reconciliation.resolving import Resolved, resolve
from domain.reconciliation.views import DIFFERENCE


@strawberry.input(description="Which difference has been seen to, and how.")
class ResolveDifferenceInput:
    request_id: UUID = strawberry.field(
        description="An id of the client's own for this request: sent again, it gets the first "
        "answer."
    )
    difference_id: strawberry.ID = strawberry.field(description="Which one.")
    reason: str = strawberry.field(
        description="What it was and what was done, in words for colleagues: it stands in the "
        "audit trail. At most 500 characters."
    )


@strawberry.type
class ReconciliationMutation:
    """Changes of differences."""

    @root_mutation(
        access=Access.BOOKKEEPER,
        graphql_type=ResolveDifferenceResult,
        description="Say that a difference has been seen to. It is not found again for as long as "
        "both sides tell the same as they did.",
    )
    async def resolve_difference(
        self,
        info: Info,
        given: Annotated[
            ResolveDifferenceInput,
            strawberry.argument(name="input", description="Which one, and why."),
        ],
    ) -> DifferenceResolvedView:
        context = info.context
        difference_id = key(given.difference_id, DIFFERENCE, argument="differenceId")
        by = By(context.staff(), context.now(), context.random)

        async def act(session: WriteSession) -> Resolved:
            return await resolve(session, difference_id, reason=given.reason, by=by)

        resolved = await context.once(
            "resolveDifference", given.request_id, given, act, answer=Resolved
        )
        return DifferenceResolvedView(public_id(DIFFERENCE, resolved.id))
