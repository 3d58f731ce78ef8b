"""What members can do to pay."""

from typing import Annotated
from uuid import UUID

import strawberry

from api.access import Access
from api.context import Info
from api.ids import key
from api.payments import results
from api.payments.desk import Payable
from api.refusals import root_mutation
from domain.kernel.ids import public_id
from domain.orders.views.structs import ORDER
from domain.payments.beginning import PaymentWish


@strawberry.input(description="Which order to pay for.")
class PayOrderInput:
    request_id: UUID = strawberry.field(
        description="An id of the client's own for this request, kept before it is sent: sent "
        "again, it begins nothing twice."
    )
    order_id: strawberry.ID = strawberry.field(description="The order.")


@strawberry.type
class PaymentMutation:
    """Paying."""

    @root_mutation(
        access=Access.MEMBER,
        graphql_type=results.PayOrderResult,
        description="Begin to pay for an order of the caller's, or go on with it: an order has "
        "one payment at a time that can be made. It becomes paid once WeChat Pay says so.",
    )
    async def pay_order(
        self,
        info: Info,
        given: Annotated[
            PayOrderInput, strawberry.argument(name="input", description="Which one.")
        ],
    ) -> results.OrderPayableView | results.OrderIsPaidView:
        context, member = info.context, info.context.member()
        wish = PaymentWish(key(given.order_id, ORDER, argument="orderId"), member.id)
        request = context.request_key("payOrder", given.request_id, given)
        outcome = await context.payments.pay(context.ordering.paying, request, wish)
        if not isinstance(outcome, Payable):
            return results.OrderIsPaidView(public_id(ORDER, outcome.order_id), outcome.order_number)
        begun, sheet = outcome.begun, outcome.parameters
        return results.OrderPayableView(
            public_id(ORDER, begun.order_id),
            begun.order_number,
            begun.amount_fen,
            begun.pay_by,
            results.RequestPaymentView(
                sheet["appId"],
                sheet["timeStamp"],
                sheet["nonceStr"],
                sheet["package"],
                sheet["signType"],
                sheet["paySign"],
            ),
        )
