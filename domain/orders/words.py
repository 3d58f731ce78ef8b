"""The closed lists of words that orders are described by; each is as lasting as its rows."""

from enum import StrEnum


class OrderStatus(StrEnum):
    """How far an order has come; drawn in `docs/orders.md`."""

    PENDING_PAYMENT = "pending_payment"
    PAID = "paid"
    PARTLY_SHIPPED = "partly_shipped"
    SHIPPED = "shipped"
    RECEIVED = "received"
    CLOSED = "closed"


PAID_FOR = frozenset(
    {OrderStatus.PAID, OrderStatus.PARTLY_SHIPPED, OrderStatus.SHIPPED, OrderStatus.RECEIVED}
)
"""Where an order can be whose whole price has come in."""
SENT = frozenset({OrderStatus.PARTLY_SHIPPED, OrderStatus.SHIPPED, OrderStatus.RECEIVED})
"""Where an order can be of which something was sent."""


class CloseReason(StrEnum):
    """Why an order was closed: without being paid, or since all of it was refunded."""

    CANCELLED_BY_MEMBER = "cancelled_by_member"
    CANCELLED_BY_STAFF = "cancelled_by_staff"
    NOT_PAID_IN_TIME = "not_paid_in_time"
    PERSONALISATION_REJECTED = "personalisation_rejected"
    REFUNDED = "refunded"
    """All units and all money went back."""


class OrderRefundStatus(StrEnum):
    """How far a refund of an order has come."""

    PROCESSING = "processing"
    """The money is reserved, and on its way back."""
    ABNORMAL = "abnormal"
    """The payer's account cannot take it: the shop sees to it that the money comes another way."""
    SUCCEEDED = "succeeded"


class DeliveryMethod(StrEnum):
    """How an order reaches its member."""

    DELIVERY = "delivery"
    PICK_UP = "pick_up"
    VIRTUAL = "virtual"


class PaymentPurpose(StrEnum):
    """Which part of an order a payment is for."""

    FULL = "full"
    DEPOSIT = "deposit"
    BALANCE = "balance"


class PaymentStatus(StrEnum):
    """What became of what has to be paid."""

    DUE = "due"
    PAID = "paid"
    VOID = "void"


class ReviewStatus(StrEnum):
    """Whether a text may be engraved: passed by a check, or waiting for people, or decided.

    VOID is what waited when its order was closed.
    """

    PASSED = "passed"
    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    VOID = "void"


class DiscountClass(StrEnum):
    """Which stage of the pipeline reduces a price (R2)."""

    ACTIVITY = "activity"
    LINE = "line"
    ORDER = "order"
    SHIPPING = "shipping"
    POINTS = "points"


class Funder(StrEnum):
    """Who bears a reduction."""

    PLATFORM = "platform"
    MERCHANT = "merchant"
    BRAND = "brand"


class ShipmentKind(StrEnum):
    """How units reach their member."""

    EXPRESS = "express"
    PICK_UP = "pick_up"
    VIRTUAL = "virtual"


class Carrier(StrEnum):
    """Who brings a parcel."""

    SF = "sf"
    JD = "jd"
    EMS = "ems"
    POST = "post"
    ZTO = "zto"
    YTO = "yto"
    STO = "sto"
    YUNDA = "yunda"
    JT = "jt"
    DEPPON = "deppon"
    OTHER = "other"
