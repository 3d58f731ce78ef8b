"""What staff can do to freight and pick-up."""

from typing import Annotated

import strawberry

from api.access import Access
from api.context import Info
from api.freight import types
from api.freight.inputs import ArrangeFreightInput, ArrangePickUpInput
from api.refusals import root_mutation
from domain.freight.arranging import FreightArranged, arrange
from domain.freight.pick_up import PickUpArranged, arrange_pick_up
from domain.kernel.actors import By
from domain.kernel.db import WriteSession
from domain.kernel.ids import public_id
from domain.stores.views import PLACE

_Input = strawberry.argument(name="input", description="What, and why.")


@strawberry.type
class FreightMutation:
    """Changes of freight and pick-up."""

    @root_mutation(
        access=Access.OPERATOR,
        graphql_type=types.ArrangeFreightResult,
        description="Put other freight rules in the place of those in force, as a new version; "
        "orders keep the one that they were priced by.",
    )
    async def arrange_freight(
        self, info: Info, given: Annotated[ArrangeFreightInput, _Input]
    ) -> types.FreightArrangedView:
        rules, by = given.value(), _by(info)

        async def act(session: WriteSession) -> FreightArranged:
            return await arrange(session, rules, given.number, reason=given.reason, by=by)

        arranged = await info.context.once(
            "arrangeFreight", given.request_id, given, act, answer=FreightArranged
        )
        return types.FreightArrangedView(arranged.number)

    @root_mutation(
        access=Access.OPERATOR,
        graphql_type=types.ArrangePickUpResult,
        description="Say where a store is, when it is open, and whether orders are handed out "
        "there; orders that were placed for it stay.",
    )
    async def arrange_pick_up(
        self, info: Info, given: Annotated[ArrangePickUpInput, _Input]
    ) -> types.PickUpArrangedView:
        store_id, wanted, by = given.store_key, given.value(), _by(info)

        async def act(session: WriteSession) -> PickUpArranged:
            return await arrange_pick_up(session, store_id, wanted, reason=given.reason, by=by)

        arranged = await info.context.once(
            "arrangePickUp", given.request_id, given, act, answer=PickUpArranged
        )
        return types.PickUpArrangedView(public_id(PLACE, arranged.store_id))


def _by(info: Info) -> By:
    return By(info.context.staff(), info.context.now(), info.context.random)
