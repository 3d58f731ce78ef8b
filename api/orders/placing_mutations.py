"""What members can do to become owners of what is in their carts."""

from typing import Annotated
from uuid import UUID

import strawberry

from api.access import Access
from api.context import Info
from api.ids import key
from api.orders import placing_results as results
from api.refusals import root_mutation
from domain.kernel.errors import InvalidInput
from domain.kernel.ids import public_id
from domain.kernel.problems import TOO_LONG
from domain.members.words import Channel
from domain.orders.closing import Closing
from domain.orders.placing.values import Placement
from domain.orders.seen import opened
from domain.orders.views.structs import ORDER
from domain.orders.words import CloseReason

LONGEST_NOTE = 200

_Input = strawberry.argument(name="input", description="What.")
_REQUEST_ID = (
    "An id of the client's own for this request, kept before it is sent: sent again, it changes "
    "nothing and gets the first answer."
)


@strawberry.input(description="What to order.")
class PlaceOrderInput:
    request_id: UUID = strawberry.field(description=_REQUEST_ID)
    quote: str = strawberry.field(description="The token of a quote of the caller's.")
    channel: Channel = strawberry.field(
        default=Channel.MINI_PROGRAM, description="Where the order is placed."
    )
    note: str | None = strawberry.field(
        default=None, description="A word to the mall, at most 200 characters."
    )

    @property
    def own_note(self) -> str | None:
        """The note without what surrounds it, if anything is left. Refuses: InvalidInput."""
        note = (self.note or "").strip()
        if len(note) > LONGEST_NOTE:
            raise InvalidInput([TOO_LONG.at("note", most=LONGEST_NOTE)])
        return note or None


@strawberry.input(description="Which order to cancel.")
class CancelOrderInput:
    request_id: UUID = strawberry.field(description=_REQUEST_ID)
    order_id: strawberry.ID = strawberry.field(description="The order.")


@strawberry.type
class OrderMutation:
    """Placing and cancelling."""

    @root_mutation(
        access=Access.MEMBER,
        graphql_type=results.PlaceOrderResult,
        description="Order what was quoted: all of it or nothing. Units, and points that it uses, "
        "are held until the order is paid or closed, and its lines leave the cart.",
    )
    async def place_order(
        self, info: Info, given: Annotated[PlaceOrderInput, _Input]
    ) -> results.OrderPlacedView:
        context, member = info.context, info.context.member()
        seen = opened(given.quote, context.members.vault, member=member.key)
        placement = Placement(member.id, member.key, given.channel, seen, given.own_note)
        request = context.request_key("placeOrder", given.request_id, given)
        placed = await context.ordering.placing.submit(request, placement)
        return results.OrderPlacedView(
            public_id(ORDER, placed.order_id), placed.number, placed.payable_fen, placed.pay_by
        )

    @root_mutation(
        access=Access.MEMBER,
        graphql_type=results.CancelOrderResult,
        description="Close an order of the caller's that is not paid yet; its units are for "
        "others then.",
    )
    async def cancel_order(
        self, info: Info, given: Annotated[CancelOrderInput, _Input]
    ) -> results.OrderCancelledView:
        context, member = info.context, info.context.member()
        order_id = key(given.order_id, ORDER, argument="orderId")
        reason = CloseReason.CANCELLED_BY_MEMBER
        closing = Closing(order_id, reason, member.key, member.id)
        request = context.request_key("cancelOrder", given.request_id, given)
        # Nobody may pay any more for what is given back.
        await context.payments.release(order_id, member.id)
        closed = await context.ordering.cancelling.submit(request, closing)
        return results.OrderCancelledView(public_id(ORDER, closed.order_id))
