"""What paying refuses."""

import strawberry

from api.payments.enums import RefundStatus
from api.refusals import Refusal, refusal
from domain.kernel.language import Sentence
from domain.payments import errors


@refusal(
    errors.PaymentUnavailable,
    Sentence(
        zh="暂时无法在此付款，请在微信小程序中打开订单付款。",
        en="It cannot be paid here; open the order in the WeChat mini-program to pay.",
    ),
)
@strawberry.type(description="There is no way to pay here, or none that knows the member.")
class PaymentUnavailable(Refusal):
    pass


@refusal(errors.RefundUnavailable, Sentence(zh="没有这笔退款。", en="There is no such refund."))
@strawberry.type(description="There is no refund with that number.")
class RefundUnavailable(Refusal):
    pass


@refusal(
    errors.RefundNotAbnormal,
    Sentence(
        zh="退款 {number} 不是异常状态，不能登记为其他方式退款。",
        en="The refund {number} is not abnormal: nobody has to pay it by other means.",
    ),
)
@strawberry.type(
    description="The gateway can still give the money back, or gave the refund up and has another "
    "one in its place, or it was paid otherwise already."
)
class RefundNotAbnormal(Refusal):
    number: str = strawberry.field(description="Which refund.")
    status: RefundStatus = strawberry.field(description="How far it has come.")


@refusal(
    errors.RefundSucceeded,
    Sentence(
        zh="退款 {number} 已由微信支付退回付款人，请勿以其他方式重复退还。",
        en="The gateway has given the refund {number} back: do not pay it by other means too.",
    ),
)
@strawberry.type(
    description="The gateway has given the money back; where that was news, it is taken in by now."
)
class RefundSucceeded(Refusal):
    number: str = strawberry.field(description="Which refund.")
