"""The words of payments in the schema; types take them from here, described."""

from api.enums import described
from domain.payments.words import (
    AttemptStatus,
    Attention,
    ClearingAccount,
    PaymentProvider,
    RefundReason,
    RefundStatus,
)

__all__ = [
    "AttemptStatus",
    "Attention",
    "ClearingAccount",
    "PaymentProvider",
    "RefundReason",
    "RefundStatus",
]

described(
    PaymentProvider,
    "Who takes the money.",
    WECHAT_PAY="WeChat Pay.",
    FREE="Nobody: there was nothing to pay.",
)
described(
    AttemptStatus,
    "How far an attempt at paying has come.",
    name="PaymentAttemptStatus",
    CREATED="It is on its way to the gateway, or was: whether it arrived is being asked.",
    PREPAID="The gateway waits for the payer.",
    PAID="The money is in. It is the order's, or it goes back: see `unapplied` and `refunds`.",
    CLOSED="The gateway takes no money by it any more.",
)
described(
    RefundReason,
    "Why money goes back.",
    name="PaymentRefundReason",
    LATE_PAYMENT="The order was closed, and could not be had any more.",
    DUPLICATE_PAYMENT="The order was paid already.",
    ORDER_REFUND="Something of the order is refunded.",
)
described(
    RefundStatus,
    "How far a refund has come.",
    name="PaymentRefundStatus",
    CREATED="The gateway is asked for it, again and again under the same number.",
    PROCESSING="The gateway has it and is at it.",
    SUCCEEDED="The payer has the money.",
    CLOSED="The gateway gave it up without moving anything; another one takes its place.",
    ABNORMAL="The payer's account cannot take it: give it to another account of theirs in the "
    "gateway's console, which tells the mall; or pay it by other means, and record that.",
    PAID_OTHERWISE="The payer has the money by other means than the gateway, as was recorded.",
)
described(
    ClearingAccount,
    "Where money is, as far as the mall knows.",
    GATEWAY="Outside: where it comes from, and where it goes back to.",
    UNAPPLIED="It has come in, and is neither an order's nor back; it has to return to zero.",
    ORDERS="It paid for orders.",
    ELSEWHERE="It went back by other means than the gateway, which still has as much.",
)
described(
    Attention,
    "Why a person has to look at a payment.",
    name="PaymentAttention",
    REFUND_ABNORMAL="The payer's account cannot take its refund.",
    UNAPPLIED_TOO_LONG="It has been neither an order's nor back for more than ten minutes.",
)
