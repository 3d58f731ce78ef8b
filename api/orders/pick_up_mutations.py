"""What staff do with pick-ups: at a pad by the code, and in a browser by the number."""

from typing import Annotated
from uuid import UUID

import strawberry

from api.access import Access
from api.context import Info
from api.ids import key
from api.orders import pick_up_results as results
from api.orders.pick_up_queries import charge_try
from api.orders.staff_reading import order_now
from api.refusals import root_mutation
from domain.kernel.actors import By
from domain.kernel.db import WriteSession
from domain.kernel.ids import public_id
from domain.orders.picking_up import staff
from domain.orders.picking_up.staff import FetchTimeExtended, HandedOver
from domain.orders.views.structs import ORDER

_Input = strawberry.argument(name="input", description="Which order, and why.")
_REQUEST_ID = "An id of the client's own for this request: sent again, it gets the first answer."
_REASON = "Why, for the audit trail, at most 500 characters."


@strawberry.input(description="An order that somebody at the pad has a code for.")
class HandOverPickUpInput:
    request_id: UUID = strawberry.field(description=_REQUEST_ID)
    code: str = strawberry.field(description="What was scanned or typed: twelve digits.")


@strawberry.input(description="An order that is handed over without its code.")
class HandOverOrderInput:
    request_id: UUID = strawberry.field(description=_REQUEST_ID)
    order_number: str = strawberry.field(description="Its number, eighteen digits.")
    reason: str = strawberry.field(description=_REASON)


@strawberry.input(description="An order that its store keeps ready for longer.")
class ExtendPickUpInput:
    request_id: UUID = strawberry.field(description=_REQUEST_ID)
    order_id: strawberry.ID = strawberry.field(description="The order.")
    days: int = strawberry.field(
        description="How many days more, 1 to 30: from its deadline, or from now where that is "
        "over."
    )
    reason: str = strawberry.field(description=_REASON)

    @property
    def order_key(self) -> UUID:
        """The order's key; a BAD_INPUT fault for an id that is none."""
        return key(self.order_id, ORDER, argument="orderId")


@strawberry.type
class PickUpMutation:
    """Handing over what is picked up."""

    @root_mutation(
        access=Access.STAFF_AT_PAD,
        graphql_type=results.HandOverPickUpResult,
        description="Hand over the order of a code, in the pad's store. RATE_LIMITED as "
        "`scannedPickUp`.",
    )
    async def hand_over_pick_up(
        self, info: Info, given: Annotated[HandOverPickUpInput, _Input]
    ) -> results.PickUpHandedOverView:
        context = info.context
        by = By(context.staff_at_pad(), context.now(), context.random)
        await charge_try(context)

        async def act(session: WriteSession) -> HandedOver:
            return await staff.hand_over(session, context.members.vault, given.code, by=by)

        done = await context.once("handOverPickUp", given.request_id, given, act, answer=HandedOver)
        return results.PickUpHandedOverView(public_id(ORDER, done.order_id))

    @root_mutation(
        access=Access.STORE_MANAGER,
        graphql_type=results.HandOverOrderResult,
        description="Hand over an order that is picked up without its code, for a reason: the "
        "phone is dead, the time to fetch it is over. Store managers can do so in their stores.",
    )
    async def hand_over_order(
        self, info: Info, given: Annotated[HandOverOrderInput, _Input]
    ) -> results.OrderHandedOverView:
        by = _by(info)

        async def act(session: WriteSession) -> HandedOver:
            return await staff.hand_over_by_number(
                session, given.order_number, reason=given.reason, by=by
            )

        done = await info.context.once(
            "handOverOrder", given.request_id, given, act, answer=HandedOver
        )
        return results.OrderHandedOverView(await order_now(info, done.order_id))

    @root_mutation(
        access=Access.STORE_MANAGER,
        graphql_type=results.ExtendPickUpResult,
        description="Keep an order ready to be fetched for longer; its code stays the same.",
    )
    async def extend_pick_up(
        self, info: Info, given: Annotated[ExtendPickUpInput, _Input]
    ) -> results.PickUpExtendedView:
        order_key, by = given.order_key, _by(info)

        async def act(session: WriteSession) -> FetchTimeExtended:
            return await staff.extend_fetch_time(
                session, order_key, given.days, reason=given.reason, by=by
            )

        done = await info.context.once(
            "extendPickUp", given.request_id, given, act, answer=FetchTimeExtended
        )
        return results.PickUpExtendedView(public_id(ORDER, order_key), done.fetch_by)


def _by(info: Info) -> By:
    context = info.context
    return By(context.staff(), context.now(), context.random)
