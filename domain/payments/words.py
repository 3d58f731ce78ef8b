"""The closed lists of words that payments are described by; each is as lasting as its rows."""

from enum import StrEnum


class PaymentProvider(StrEnum):
    """Who takes the money. FREE is nobody: there was nothing to pay."""

    WECHAT_PAY = "wechat_pay"
    FREE = "free"


class AttemptStatus(StrEnum):
    """How far an attempt at paying has come; drawn in `docs/payments.md`."""

    CREATED = "created"
    """It is on its way to the gateway, or was: whether it arrived is not known."""
    PREPAID = "prepaid"
    """The gateway waits for the payer."""
    PAID = "paid"
    CLOSED = "closed"
    """Nobody can pay it any more, as far as the gateway says."""


class RefundReason(StrEnum):
    """Why money goes back."""

    LATE_PAYMENT = "late_payment"
    """The order was closed and could not be had any more."""
    DUPLICATE_PAYMENT = "duplicate_payment"
    """The order was paid already."""
    ORDER_REFUND = "order_refund"
    """Something of an order that was paid is refunded."""


class RefundStatus(StrEnum):
    """How far a refund has come; drawn in `docs/payments.md`."""

    CREATED = "created"
    """It is to be asked for, or was: whether that arrived is not known."""
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    CLOSED = "closed"
    """The gateway gave it up without moving anything; another one takes its place."""
    ABNORMAL = "abnormal"
    """The payer's account cannot take it: a person has to decide."""
    PAID_OTHERWISE = "paid_otherwise"
    """The payer has it by other means than the gateway, as somebody has recorded."""


IS_BACK = (RefundStatus.SUCCEEDED, RefundStatus.PAID_OTHERWISE)
"""The payer has the money, one way or another."""


class NoticeOutcome(StrEnum):
    """What came of a notice."""

    APPLIED = "applied"
    REPEATED = "repeated"
    """It told nothing new."""
    IGNORED = "ignored"
    """It is of a kind that nobody here knows."""
    MISMATCHED = "mismatched"
    """It tells of another amount, currency, merchant or app than was asked for."""
    UNKNOWN = "unknown"
    """It tells of a number that nobody here has given."""


class ClearingAccount(StrEnum):
    """Where money is, as far as the mall knows. What is UNAPPLIED has to return to zero."""

    GATEWAY = "gateway"
    """Outside: where it comes from, and where it goes back to."""
    UNAPPLIED = "unapplied"
    """It has come in, and is neither an order's nor back."""
    ORDERS = "orders"
    """It paid for an order."""
    ELSEWHERE = "elsewhere"
    """Its payer has it back by other means than the gateway, which still has as much."""


class Attention(StrEnum):
    """Why a person has to look at an attempt whose money is neither its order's nor back.

    It is nowhere kept: it follows from the rows and the moment.
    """

    REFUND_ABNORMAL = "refund_abnormal"
    """The payer's account cannot take it: it has to be given to another one by hand."""
    UNAPPLIED_TOO_LONG = "unapplied_too_long"
    """It has been so for longer than giving back takes."""
