"""What paying refuses."""

import strawberry

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
