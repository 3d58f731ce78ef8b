"""What staff can do to the rules of earning points."""

from typing import Annotated

import strawberry

from api.access import Access
from api.context import Info
from api.points import rules_types as types
from api.points.rules_inputs import PublishPointsRulesInput
from api.refusals import root_mutation
from domain.kernel.actors import By
from domain.kernel.db import WriteSession
from domain.points.earning.publishing import PointsRulesPublished, publish


@strawberry.type
class PointsRulesMutation:
    """Changes of the rules of earning."""

    @root_mutation(
        access=Access.OPERATOR,
        graphql_type=types.PublishPointsRulesResult,
        description="Publish rules of earning points as a new version, for now or for later. "
        "Orders earn by the version that was in force when they were placed; what is scheduled is "
        "taken back by publishing others for the same moment.",
    )
    async def publish_points_rules(
        self,
        info: Info,
        given: Annotated[
            PublishPointsRulesInput, strawberry.argument(name="input", description="What, and why.")
        ],
    ) -> types.PointsRulesPublishedView:
        context = info.context
        programme = given.value()
        by = By(context.staff(), context.now(), context.random)

        async def act(session: WriteSession) -> PointsRulesPublished:
            return await publish(
                session,
                programme,
                given.number,
                valid_from=given.valid_from,
                reason=given.reason,
                by=by,
            )

        published = await context.once(
            "publishPointsRules", given.request_id, given, act, answer=PointsRulesPublished
        )
        return types.PointsRulesPublishedView(published.number, published.valid_from)
