"""The closed lists of words that messages are described by; each is as lasting as its rows."""

from enum import StrEnum


class MessageKind(StrEnum):
    """What a message tells."""

    ORDER_PAID = "order_paid"
    ORDER_CLOSED = "order_closed"
    PAYMENT_REFUNDED = "payment_refunded"
    ORDER_SHIPPED = "order_shipped"
    CASE_MOVED = "case_moved"
    ORDER_READY = "order_ready"
    ORDER_FETCHED = "order_fetched"
    INVOICE_ISSUED = "invoice_issued"
    INVOICE_REJECTED = "invoice_rejected"
    ORDER_DELIVERED = "order_delivered"
    POINTS_EXPIRING = "points_expiring"


class Topic(StrEnum):
    """What a member chooses about: kinds that belong together.

    OFFERS are marketing, which is told outside only while the consent to that stands.
    """

    ORDERS = "orders"
    OFFERS = "offers"


class PaidFor(StrEnum):
    """What an order was paid for, where its member is told something else of it than usually."""

    VIRTUAL_GOODS = "virtual_goods"


class ClosedBecause(StrEnum):
    """Why an order was closed, as its member is told."""

    CANCELLED_BY_MEMBER = "cancelled_by_member"
    CANCELLED_BY_STAFF = "cancelled_by_staff"
    NOT_PAID_IN_TIME = "not_paid_in_time"
    PERSONALISATION_REJECTED = "personalisation_rejected"
    REFUNDED = "refunded"


class RefundedBecause(StrEnum):
    """Why money was given back, as its member is told."""

    ORDER_WAS_CLOSED = "order_was_closed"
    PAID_TWICE = "paid_twice"
    ORDER_REFUND = "order_refund"
    PAID_OTHERWISE = "paid_otherwise"
    """It came by other means than it was paid by, since that way it could not go back."""
    OTHER = "other"


class CaseNews(StrEnum):
    """What became of a case, as its member is told."""

    TEXTS_REJECTED = "texts_rejected"
    """There is no case yet: the shop will not make what was paid for, so that there may be one."""
    OPENED = "opened"
    """The shop opened it for its member."""
    SEND_BACK = "send_back"
    REFUSED = "refused"
    RECEIVED = "received"
    REFUNDING = "refunding"
    EXCHANGED = "exchanged"
    EXPIRED = "expired"


class SendStatus(StrEnum):
    """What became of a message that was to be sent outside the mall.

    REFUSED was not sent because of what its member or the mall's rules say, FAILED because WeChat
    does not take it. UNKNOWN may have been sent.
    """

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    REFUSED = "refused"
    FAILED = "failed"
    UNKNOWN = "unknown"


class NotSent(StrEnum):
    """Why a message was not sent outside the mall, where that is for us to say."""

    NO_PERMIT = "no_permit"
    NO_TEMPLATE = "no_template"
    NO_OPENID = "no_openid"
    NO_CONSENT = "no_consent"
    NOT_WANTED = "not_wanted"
    BLOCKED = "blocked"
    TOO_LATE = "too_late"


class PermitStatus(StrEnum):
    """What became of a permit.

    DECLINED was free when its member said no to that template, SPENT when WeChat said that there
    was none left.
    """

    FREE = "free"
    USED = "used"
    DECLINED = "declined"
    SPENT = "spent"
