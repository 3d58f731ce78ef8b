"""The words of orders in the schema; types take them from here, described."""

from api.enums import described
from domain.orders.shipping.errors import HandoverObstacle, ShippingObstacle
from domain.orders.tracking.words import TrackingState
from domain.orders.words import (
    Carrier,
    CloseReason,
    DeliveryMethod,
    DiscountClass,
    Funder,
    OrderRefundStatus,
    OrderStatus,
    PaymentPurpose,
    PaymentStatus,
    ReviewStatus,
    ShipmentKind,
)

__all__ = [
    "Carrier",
    "CloseReason",
    "DeliveryMethod",
    "DiscountClass",
    "Funder",
    "HandoverObstacle",
    "OrderRefundStatus",
    "OrderStatus",
    "PaymentPurpose",
    "PaymentStatus",
    "ReviewStatus",
    "ShipmentKind",
    "ShippingObstacle",
    "TrackingState",
]

described(
    OrderStatus,
    "How far an order has come.",
    PENDING_PAYMENT="It waits for its payment; its units are held.",
    PAID="It is paid; its units are held until they are handed over.",
    PARTLY_SHIPPED="Something of it was sent, and the rest will be.",
    SHIPPED="All of it was sent.",
    RECEIVED="Its member has all of it, or is taken to have.",
    CLOSED="It is over, not paid or refunded altogether; nothing is held for it.",
)
described(
    CloseReason,
    "Why an order was closed.",
    name="OrderCloseReason",
    CANCELLED_BY_MEMBER="Its member cancelled it.",
    CANCELLED_BY_STAFF="The shop cancelled it.",
    NOT_PAID_IN_TIME="It was not paid in time.",
    PERSONALISATION_REJECTED="What was to be engraved was not approved.",
    REFUNDED="All of it was refunded, units and money.",
)
described(
    OrderRefundStatus,
    "How far a refund of an order has come.",
    PROCESSING="The money is on its way back.",
    ABNORMAL="The account that it was paid from cannot take it; the shop sees to it that it comes "
    "another way.",
    SUCCEEDED="The money is back.",
)
described(
    DeliveryMethod,
    "How an order reaches its member.",
    DELIVERY="It is brought to an address.",
    PICK_UP="It is picked up at a store.",
    VIRTUAL="Nothing of it is sent: it is delivered once it is paid for.",
)
described(
    PaymentPurpose,
    "Which part of an order a payment is for.",
    FULL="All of it.",
    DEPOSIT="A part beforehand.",
    BALANCE="What is left after the deposit.",
)
described(
    PaymentStatus,
    "What became of what has to be paid.",
    DUE="It has to be paid.",
    PAID="It was paid.",
    VOID="It has not to be paid any more: the order is closed.",
)
described(
    ReviewStatus,
    "Whether a text may be engraved.",
    PASSED="A check has passed it.",
    PENDING="People will look at it; what has it is made only then.",
    APPROVED="Somebody has looked at it and allows it.",
    REJECTED="Somebody has looked at it and does not allow it.",
    VOID="Its order was closed before anybody had looked at it.",
)
described(
    DiscountClass,
    "Which stage of the price a reduction belongs to, in the order of the stages.",
    ACTIVITY="The price of an activity: a drop, a group, a presale.",
    LINE="Something off single lines.",
    ORDER="Something off the whole order.",
    SHIPPING="Something off the freight.",
    POINTS="Points that were paid with.",
)
described(
    Funder,
    "Who bears a reduction.",
    PLATFORM="The platform.",
    MERCHANT="The merchant.",
    BRAND="The brand.",
)
described(
    ShipmentKind,
    "How units reach their member.",
    EXPRESS="A carrier brings them.",
    PICK_UP="They are handed over at a store.",
    VIRTUAL="Nothing is sent or handed over: the order says how to use them.",
)
described(
    Carrier,
    "Who brings a parcel.",
    SF="SF Express.",
    JD="JD Logistics.",
    EMS="EMS of China Post.",
    POST="Parcels of China Post.",
    ZTO="ZTO Express.",
    YTO="YTO Express.",
    STO="STO Express.",
    YUNDA="Yunda Express.",
    JT="J&T Express.",
    DEPPON="Deppon Express.",
    OTHER="Anybody else.",
)
described(
    ShippingObstacle,
    "What is in the way of sending something.",
    NOT_PAID="The order is not paid yet.",
    CLOSED="The order is closed.",
    ALL_SHIPPED="All of it was sent.",
    PICKED_UP="Its member picks it up at a store.",
    TEXTS_WAIT="Texts wait for somebody to look at them.",
    TEXTS_REJECTED="The texts of a line were rejected: it is not made.",
    TOO_MANY_PARCELS="An order has at most fifteen parcels; the last one has to have the rest.",
    REFUNDED="All that was not sent is refunded, or is being refunded.",
    VIRTUAL="Nothing of it is sent: it is delivered by itself once it is paid for.",
)
described(
    HandoverObstacle,
    "What is in the way of handing an order over.",
    NOT_PAID="The order is not paid yet.",
    CLOSED="The order is closed.",
    HANDED_OVER="It was handed over already.",
    DELIVERED="It is sent to an address.",
    VIRTUAL="Nothing of it is handed over: it is delivered by itself once it is paid for.",
    TEXTS_WAIT="Texts wait for somebody to look at them.",
    TEXTS_REJECTED="The texts of a line were rejected: it is not made.",
    REFUNDED="All of it is refunded, or is being refunded.",
)
described(
    TrackingState,
    "How far a parcel has come by its carrier's word.",
    COLLECTED="The carrier has it.",
    ON_THE_WAY="It is under way.",
    OUT_FOR_DELIVERY="Somebody brings it today.",
    DELIVERED="It was handed over.",
    PROBLEM="Something is in the way; the newest event says what.",
    RETURNING="It goes back to who sent it.",
)
