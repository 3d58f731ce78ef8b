"""What paying answers with."""

from datetime import datetime
from typing import Annotated

import msgspec
import strawberry

from api.orders.refusals import OrderNotOpen, OrderUnavailable
from api.payments.refusals import PaymentUnavailable
from domain.kernel.money import Fen


class RequestPaymentView(msgspec.Struct, frozen=True, gc=False):
    """What ``wx.requestPayment`` is called with."""

    app_id: str
    time_stamp: str
    nonce_str: str
    package: str
    sign_type: str
    pay_sign: str


class OrderPayableView(msgspec.Struct, frozen=True, gc=False):
    """An order that can be paid now."""

    order_id: str
    number: str
    amount_fen: int
    pay_by: datetime
    request_payment: RequestPaymentView


class OrderIsPaidView(msgspec.Struct, frozen=True, gc=False):
    """An order that is paid."""

    order_id: str
    number: str


@strawberry.type(
    description="What the mini-program hands to `wx.requestPayment`, as it is. Signed for this "
    "moment: ask again for another one."
)
class RequestPayment:
    app_id: str = strawberry.field(description="The mini-program.")
    time_stamp: str = strawberry.field(description="Seconds since 1970, as text.")
    nonce_str: str = strawberry.field(description="A word that is used once.")
    package: str = strawberry.field(description="The payment, `prepay_id=…`.")
    sign_type: str = strawberry.field(description="How it is signed: `RSA`.")
    pay_sign: str = strawberry.field(description="The signature.")


@strawberry.type(
    description="The order can be paid now. Whether it is paid the order says, never the client."
)
class OrderPayable:
    order_id: strawberry.ID = strawberry.field(description="The order.")
    number: str = strawberry.field(description="The number that people know it by.")
    amount_fen: Fen = strawberry.field(name="amount", description="What there is to pay.")
    pay_by: datetime = strawberry.field(
        description="Until when. The gateway takes no money in the last minute before it, unless "
        "paying is begun in the last two: then until it, when the gateway is told to close."
    )
    request_payment: RequestPayment = strawberry.field(description="What to pay it with.")

    @classmethod
    def is_type_of(cls, obj: object, _info: object) -> bool:
        """Whether a member of the union is this."""
        return isinstance(obj, OrderPayableView)


@strawberry.type(description="The order is paid: there is nothing to pay (any more).")
class OrderIsPaid:
    order_id: strawberry.ID = strawberry.field(description="The order.")
    number: str = strawberry.field(description="The number that people know it by.")

    @classmethod
    def is_type_of(cls, obj: object, _info: object) -> bool:
        """Whether a member of the union is this."""
        return isinstance(obj, OrderIsPaidView)


PayOrderResult = Annotated[
    OrderPayable | OrderIsPaid | OrderUnavailable | OrderNotOpen | PaymentUnavailable,
    strawberry.union("PayOrderResult", description="How paying for an order can go on."),
]
