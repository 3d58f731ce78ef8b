"""What members say of what was sent to them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
import strawberry

from api.access import Access
from api.context import Info
from api.ids import key
from api.orders.refusals import OrderUnavailable
from api.refusals import Refusal, refusal, root_mutation
from domain.kernel.db import WriteSession
from domain.kernel.errors import Refused
from domain.kernel.ids import public_id
from domain.kernel.language import Sentence
from domain.orders.shipping import errors
from domain.orders.shipping.receiving import Extended, Received, Receiving, extend, receive
from domain.orders.views.structs import ORDER

_Input = strawberry.argument(name="input", description="Which order.")
_REQUEST_ID = (
    "An id of the client's own for this request, kept before it is sent: sent again, it changes "
    "nothing and gets the first answer."
)


@strawberry.input(description="An order that was sent.")
class _SentOrderInput:
    request_id: UUID = strawberry.field(description=_REQUEST_ID)
    order_id: strawberry.ID = strawberry.field(description="The order.")

    @property
    def order_key(self) -> UUID:
        """The order's key; a BAD_INPUT fault for an id that is none."""
        return key(self.order_id, ORDER, argument="orderId")


@strawberry.input(description="An order that the caller has received.")
class ConfirmReceiptInput(_SentOrderInput):
    pass


@strawberry.input(description="An order that the caller waits for still.")
class ExtendReceiptInput(_SentOrderInput):
    pass


class ReceiptConfirmedView(msgspec.Struct, frozen=True):
    """The struct behind `ReceiptConfirmed`."""

    order_id: str


class ReceiptExtendedView(msgspec.Struct, frozen=True):
    """The struct behind `ReceiptExtended`."""

    order_id: str
    receive_by: datetime


@strawberry.type(description="The order is received.")
class ReceiptConfirmed:
    order_id: strawberry.ID = strawberry.field(description="The order.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, ReceiptConfirmedView)


@strawberry.type(description="The order is taken for received later.")
class ReceiptExtended:
    order_id: strawberry.ID = strawberry.field(description="The order.")
    receive_by: datetime = strawberry.field(description="When.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, ReceiptExtendedView)


@refusal(
    errors.OrderNotReceivable,
    Sentence(
        zh="订单尚未全部发货，不能确认收货。",
        en="Not all of the order is on its way, so there is nothing to confirm.",
    ),
    lambda refused, _: {"order_id": public_id(ORDER, refused.order_id)},
)
@strawberry.type(description="The order does not wait to be received.")
class OrderNotReceivable(Refusal):
    order_id: strawberry.ID = strawberry.field(description="The order.")


@refusal(
    errors.ReceiptNotExtendable,
    Sentence(
        zh="收货期限只能在到期前三天内延长一次。",
        en="The time to confirm can be extended once, in its last three days.",
    ),
    lambda refused, _: {
        "order_id": public_id(ORDER, refused.order_id),
        "from_at": refused.from_at,
    },
)
@strawberry.type(description="There is no more time to be had, or not yet.")
class ReceiptNotExtendable(Refusal):
    order_id: strawberry.ID = strawberry.field(description="The order.")
    from_at: datetime | None = strawberry.field(
        description="From when on it can be extended; null where it was already."
    )


ConfirmReceiptResult = Annotated[
    ReceiptConfirmed | OrderUnavailable | OrderNotReceivable,
    strawberry.union("ConfirmReceiptResult", description="How confirming a receipt went."),
]
ExtendReceiptResult = Annotated[
    ReceiptExtended | OrderUnavailable | OrderNotReceivable | ReceiptNotExtendable,
    strawberry.union("ExtendReceiptResult", description="How asking for more time went."),
]


@strawberry.type
class ReceiptMutation:
    """Receiving what was sent."""

    @root_mutation(
        access=Access.MEMBER,
        graphql_type=ConfirmReceiptResult,
        description="Say that all of an order of the caller's has arrived. It is taken for it by "
        "itself once its time is over.",
    )
    async def confirm_receipt(
        self, info: Info, given: Annotated[ConfirmReceiptInput, _Input]
    ) -> ReceiptConfirmedView:
        context, member, order_key = info.context, info.context.member(), given.order_key

        async def act(session: WriteSession) -> Received:
            wish = Receiving(order_key, member.key, member.id)
            (outcome,) = await receive(session, [wish], context.now(), random=context.random)
            if isinstance(outcome, Refused):
                raise outcome
            return outcome

        await context.once("confirmReceipt", given.request_id, given, act, answer=Received)
        return ReceiptConfirmedView(public_id(ORDER, order_key))

    @root_mutation(
        access=Access.MEMBER,
        graphql_type=ExtendReceiptResult,
        description="Ask for three days more until an order of the caller's is taken for "
        "received: once, in the last three days before.",
    )
    async def extend_receipt(
        self, info: Info, given: Annotated[ExtendReceiptInput, _Input]
    ) -> ReceiptExtendedView:
        context, member, order_key = info.context, info.context.member(), given.order_key

        async def act(session: WriteSession) -> Extended:
            return await extend(session, order_key, member.id, at=context.now())

        extended = await context.once(
            "extendReceipt", given.request_id, given, act, answer=Extended
        )
        return ReceiptExtendedView(public_id(ORDER, order_key), extended.receive_by)
