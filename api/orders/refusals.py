"""What changes of orders refuse, whoever asks."""

import strawberry

from api.refusals import Refusal, refusal
from domain.kernel.ids import public_id
from domain.kernel.language import Sentence
from domain.orders import errors
from domain.orders.views.structs import ORDER


@refusal(errors.OrderUnavailable, Sentence(zh="订单不存在。", en="There is no such order."))
@strawberry.type(description="There is no such order for the caller.")
class OrderUnavailable(Refusal):
    pass


@refusal(
    errors.PaymentUnderWay,
    Sentence(
        zh="订单正在付款中，请稍后再试。",
        en="Somebody may be paying for the order just now; try again in a moment.",
    ),
    lambda refused, _: {"order_id": public_id(ORDER, refused.order_id)},
)
@strawberry.type(
    description="Somebody may be paying for the order just now. Try again, as a new request."
)
class PaymentUnderWay(Refusal):
    order_id: strawberry.ID = strawberry.field(description="The order.")


@refusal(
    errors.OrderNotOpen,
    Sentence(
        zh="订单状态已变更，无法取消。",
        en="The order has moved on and cannot be cancelled any more.",
    ),
    lambda refused, _: {"order_id": public_id(ORDER, refused.order_id)},
)
@strawberry.type(description="The order has moved on and cannot be cancelled any more.")
class OrderNotOpen(Refusal):
    order_id: strawberry.ID = strawberry.field(description="The order.")
