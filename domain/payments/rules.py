"""When what is asked of gateways, and by which numbers: plain values."""

from datetime import datetime, timedelta

from domain.payments.ports import CURRENCY, GatewayPayment

PREPAID_FOR = timedelta(minutes=110)
"""How long a prepay id is handed out; the gateway takes it for two hours (WeChat Pay 2.4)."""
BEFORE_THE_DEADLINE = timedelta(seconds=60)
"""How long before an order's deadline its gateway stops taking money, so that clocks may differ
and what is under way arrives."""
ON_ITS_WAY = timedelta(seconds=60)
"""How long an attempt that its gateway does not know may still be on its way to it."""
LEASE = timedelta(seconds=30)
"""After which somebody else asks about what one process has taken to ask about."""
_ASK_AFTER = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15))
_THEN_EVERY = timedelta(minutes=15)
_ASK_REFUND_AFTER = (*[timedelta(minutes=1)] * 5, timedelta(minutes=5), timedelta(minutes=10))
_THEN_REFUND_EVERY = timedelta(minutes=30)
MOST_LEASES = 20
"""So many leases at the most until a refund is tried again, ten minutes."""
BETWEEN_REFUNDS = timedelta(seconds=75)
"""How long after one refund of a payment the next one is sent: the gateway takes one a minute
(2.8), by its own clock, and a call may be on its way for seconds."""
MOST_REFUNDS = 50
"""Refunds that the gateway takes of one payment (2.8)."""
REFUSALS_FOR_PEOPLE = 5
"""Tries after which a refund that its gateway refuses is for people to see; an account that is
filled within some minutes needs nobody."""
ASK_ABNORMAL_AFTER = timedelta(hours=6)
"""How seldom it is asked whether people have seen to a refund; a notice of that may be lost."""


def attempt_number(order_number: str, ordinal: int) -> str:
    """What a gateway calls an attempt by: the order's number, which a person can find it by."""
    return f"{order_number}-{ordinal}"


def refund_number(attempt_number: str, ordinal: int) -> str:
    """What a gateway calls a refund of an attempt by."""
    return f"{attempt_number}-R{ordinal}"


def ask_attempt_at(created_at: datetime, asked: int) -> datetime:
    """When to ask how an attempt stands that was asked about so many times (reliability 4.3)."""
    if asked < len(_ASK_AFTER):
        return created_at + _ASK_AFTER[asked]
    return created_at + _ASK_AFTER[-1] + (asked - len(_ASK_AFTER) + 1) * _THEN_EVERY


def ask_refund_after(asked: int) -> timedelta:
    """How long to wait before a refund is asked about again (WeChat Pay 2.8)."""
    return _ASK_REFUND_AFTER[asked] if asked < len(_ASK_REFUND_AFTER) else _THEN_REFUND_EVERY


def refund_lease(tries: int) -> timedelta:
    """How long a refund is left alone that was taken so many times, this time among them.

    Each time a little longer: what the gateway refuses, it refuses again.
    """
    return min(tries, MOST_LEASES) * LEASE


def differs(
    payment: GatewayPayment, *, merchant_id: str, app_id: str, amount_fen: int
) -> str | None:
    """What a payment has otherwise than it was asked for: a word for the log; None for nothing."""
    if payment.merchant_id != merchant_id:
        return "merchant"
    if payment.app_id != app_id:
        return "app"
    if payment.currency != CURRENCY:
        return "currency"
    return None if payment.amount_fen == amount_fen else "amount"
