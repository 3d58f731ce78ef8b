"""What must be true of pick-ups beyond what their table enforces by itself."""

from sqlalchemy import exists, or_, select

from domain.kernel.audit import Invariant
from domain.orders.models import Order
from domain.orders.picking_up.models import PickUp
from domain.orders.shipping.models import Shipment
from domain.orders.words import CloseReason, DeliveryMethod, OrderStatus, ShipmentKind

_PICK_UP = DeliveryMethod.PICK_UP
_ON_ITS_WAY = {OrderStatus.PARTLY_SHIPPED, OrderStatus.SHIPPED}

INVARIANTS = (
    Invariant(
        "pick_ups.codes_are_of_orders_that_are_fetched",
        "A code is of an order that is picked up and was paid.",
        select(PickUp.order_id, Order.delivery, Order.status)
        .join(Order, Order.id == PickUp.order_id)
        .where(or_(Order.delivery != _PICK_UP, Order.status == OrderStatus.PENDING_PAYMENT)),
    ),
    Invariant(
        "pick_ups.ready_orders_have_their_code",
        "An order is ready since its code was made, and one that is marked so has a code.",
        select(Order.id, Order.ready_at, PickUp.ready_at.label("made_at"))
        .outerjoin(PickUp, PickUp.order_id == Order.id)
        .where(Order.ready_at.is_not(None), Order.ready_at.is_distinct_from(PickUp.ready_at)),
    ),
    Invariant(
        "pick_ups.received_ones_were_handed_over",
        "An order that is picked up is received when it is handed over, and never on its way.",
        select(Order.id, Order.status).where(
            Order.delivery == _PICK_UP,
            # What was fetched and came back afterwards is closed, and was handed over all the same.
            Order.close_reason.is_distinct_from(CloseReason.REFUNDED),
            or_(
                Order.status.in_(_ON_ITS_WAY),
                (Order.status == OrderStatus.RECEIVED)
                != exists().where(
                    Shipment.order_id == Order.id, Shipment.kind == ShipmentKind.PICK_UP
                ),
            ),
        ),
    ),
)
