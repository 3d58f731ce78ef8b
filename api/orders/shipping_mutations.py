"""What staff do with parcels."""

from typing import Annotated

import strawberry

from api.access import Access
from api.context import Info
from api.orders import shipping_results as results
from api.orders.shipping_inputs import CorrectShipmentInput, ShipOrderInput
from api.orders.staff_reading import order_now
from api.refusals import root_mutation
from domain.kernel.actors import By
from domain.kernel.db import WriteSession
from domain.orders.shipping import staff
from domain.orders.shipping.sending import Shipped
from domain.orders.shipping.staff import Corrected

_Input = strawberry.argument(name="input", description="Which parcel, and why.")


@strawberry.type
class ShippingMutation:
    """Sending what was paid for."""

    @root_mutation(
        access=Access.STORE_MANAGER,
        graphql_type=results.ShipOrderResult,
        description="Send a parcel of an order that is paid; its units are sold with it. Store "
        "managers can do so with orders of their stores.",
    )
    async def ship_order(
        self, info: Info, given: Annotated[ShipOrderInput, _Input]
    ) -> results.OrderShippedView:
        order_key, by = given.order_key, _by(info)
        receipt_after = info.context.ordering.receipt_after

        async def act(session: WriteSession) -> Shipped:
            return await staff.ship_order(
                session,
                order_key,
                given.parcel,
                reason=given.reason,
                receipt_after=receipt_after,
                by=by,
            )

        await info.context.once("shipOrder", given.request_id, given, act, answer=Shipped)
        return results.OrderShippedView(await order_now(info, order_key))

    @root_mutation(
        access=Access.STORE_MANAGER,
        graphql_type=results.CorrectShipmentResult,
        description="Put right who brings a parcel, and under which number; what is in it stays.",
    )
    async def correct_shipment(
        self, info: Info, given: Annotated[CorrectShipmentInput, _Input]
    ) -> results.ShipmentCorrectedView:
        order_key, by = given.order_key, _by(info)

        async def act(session: WriteSession) -> Corrected:
            return await staff.correct_shipment(
                session, order_key, given.ordinal, given.parcel, reason=given.reason, by=by
            )

        await info.context.once("correctShipment", given.request_id, given, act, answer=Corrected)
        return results.ShipmentCorrectedView(await order_now(info, order_key))


def _by(info: Info) -> By:
    context = info.context
    return By(context.staff(), context.now(), context.random)
