"""What staff can do to orders."""

from typing import Annotated

import strawberry

from api.access import Access
from api.context import Info
from api.orders import staff_types as types
from api.orders.staff_inputs import AddOrderNoteInput, StaffCancelOrderInput
from api.orders.staff_reading import order_now
from api.refusals import root_mutation
from domain.kernel.actors import By
from domain.kernel.db import WriteSession
from domain.orders import staff
from domain.orders.closing import Closed
from domain.orders.staff import AddedNote

_Input = strawberry.argument(name="input", description="Which order, and what about it.")


@strawberry.type
class StaffOrderMutation:
    """Changes of orders by the staff."""

    @root_mutation(
        access=Access.STAFF,
        graphql_type=types.AddOrderNoteResult,
        description="Write something about an order that the caller sees, for colleagues.",
    )
    async def add_order_note(
        self, info: Info, given: Annotated[AddOrderNoteInput, _Input]
    ) -> types.OrderNoteAddedView:
        order_key, by = given.order_key, _by(info)

        async def act(session: WriteSession) -> AddedNote:
            return await staff.add_note(session, order_key, given.text, by=by)

        await info.context.once("addOrderNote", given.request_id, given, act, answer=AddedNote)
        return types.OrderNoteAddedView(await order_now(info, order_key))

    @root_mutation(
        access=Access.STORE_MANAGER,
        graphql_type=types.StaffCancelOrderResult,
        description="Close an order that was not paid, and give its units back. Store managers "
        "can do so with orders of their stores.",
    )
    async def staff_cancel_order(
        self, info: Info, given: Annotated[StaffCancelOrderInput, _Input]
    ) -> types.StaffOrderCancelledView:
        order_key, by = given.order_key, _by(info)

        async with info.context.writing() as session:
            await staff.require_cancellable(session, order_key, reason=given.reason, by=by)
        # Nobody may pay any more for what is given back.
        await info.context.payments.release(order_key)

        async def act(session: WriteSession) -> Closed:
            return await staff.cancel(session, order_key, reason=given.reason, by=by)

        await info.context.once("staffCancelOrder", given.request_id, given, act, answer=Closed)
        return types.StaffOrderCancelledView(await order_now(info, order_key))


def _by(info: Info) -> By:
    context = info.context
    return By(context.staff(), context.now(), context.random)
