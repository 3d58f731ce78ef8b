"""The closed lists of words that payments are described by; each is as lasting as its rows."""

from enum import StrEnum


class PaymentProvider(StrEnum):
    """Who takes the money. FREE is nobody: there was nothing to pay."""

    WECHAT_PAY = "wechat_pay"
    FREE = "free"
