"""What orders tell the rest of the mall, in the order in which they moved.

An event's number is that of the move in the order's history; what is no move has an id of its own.
"""

from uuid import UUID

from domain.kernel.language import Bilingual
from domain.kernel.outbox import Event
from domain.orders.words import CloseReason, DeliveryMethod, ShipmentKind


class OrderPlaced(Event, frozen=True):
    """An order was placed and waits to be paid."""

    TYPE = "order.placed"

    member_id: UUID
    payable_fen: int
    units: int


class OrderPaid(Event, frozen=True):
    """An order was paid; ``is_late`` where it was closed before and its units were held again."""

    TYPE = "order.paid"

    member_id: UUID
    number: str
    amount_fen: int
    is_late: bool
    delivery: DeliveryMethod = DeliveryMethod.DELIVERY


class OrderShipped(Event, frozen=True):
    """A parcel of an order was sent; ``is_whole`` where everything was sent with it."""

    TYPE = "order.shipped"

    member_id: UUID
    number: str
    ordinal: int
    is_whole: bool


class OrderHandedOver(Event, frozen=True):
    """All of an order was handed over or delivered at once, and so received; ``kind`` says how."""

    TYPE = "order.handed_over"

    member_id: UUID
    number: str
    kind: ShipmentKind


class ShipmentCorrected(Event, frozen=True):
    """Who brings a parcel was put right. The event is the only one of this correction's own id."""

    TYPE = "order.shipment_corrected"

    order_id: UUID
    ordinal: int


class TextsRejected(Event, frozen=True):
    """Texts of a paid line will not be engraved, for a reason that its member reads.

    ``product`` is its title; None in what the release before this one has told.
    The event is the only one of this decision's own id.
    """

    TYPE = "order.texts_rejected"

    member_id: UUID
    order_id: UUID
    number: str
    reason: str
    product: Bilingual | None = None


class OrderReceived(Event, frozen=True):
    """A member has received all of an order, or is taken to have."""

    TYPE = "order.received"

    member_id: UUID
    is_automatic: bool


class OrderClosed(Event, frozen=True):
    """An order was closed and its units were given back: not paid, or refunded altogether.

    ``is_told_by_money`` where money went back with it, of which the member hears.
    """

    TYPE = "order.closed"

    member_id: UUID
    reason: CloseReason
    is_told_by_money: bool = False


class OrderRefunded(Event, frozen=True):
    """All money of a refund is back. The event is the refund's only one.

    ``source`` is what had begun it; ``is_whole`` where nothing of the order is left with it.
    """

    TYPE = "order.refunded"

    member_id: UUID
    order_id: UUID
    number: str
    source: str
    goods_fen: int
    freight_fen: int
    is_whole: bool
