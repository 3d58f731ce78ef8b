"""The GraphQL types of orders as the staff see them, and how what they do to them went."""

from datetime import datetime
from typing import Annotated

import msgspec
import strawberry

from api.limits import sized
from api.node import Node
from api.orders.enums import CloseReason, DeliveryMethod, OrderStatus
from api.orders.order_types import OrderFreight, OrderLine, OrderPayment
from api.orders.refund_types import OrderRefund
from api.orders.refusals import OrderNotOpen, OrderUnavailable, PaymentUnderWay
from api.orders.shipment_types import Shipment
from api.refusals import InvalidInput
from api.stores.types import PlaceType
from domain.kernel.money import Fen
from domain.kernel.points import Points
from domain.members.words import Channel
from domain.orders.views import staff


@strawberry.type(description="Whose order it is.")
class StaffOrderMember(Node):
    name: str = strawberry.field(description="What they are called.")
    phone: str | None = strawberry.field(
        description="Their phone by its last four digits, `****5678`; null where they have none."
    )

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, staff.StaffOrderMember)


@strawberry.type(description="Where an order goes, as far as everybody of the staff may know.")
class StaffOrderAddress:
    region_code: str = strawberry.field(
        description="The code of GB/T 2260 of the smallest division that it lies in."
    )
    region_names: list[str] = strawberry.field(
        description="The names of the divisions, from the province down, two or three.",
        metadata=sized(1),
    )
    phone: str = strawberry.field(description="The recipient's phone by its last four digits.")


@strawberry.type(
    description="Who did something: a member, somebody of the staff, a gateway by which an order "
    "was paid, or the mall."
)
class OrderActor:
    id: str = strawberry.field(
        description="Who, by kind and key: `staff_…`, `member_…`, `gateway_wechat_pay`."
    )
    name: str | None = strawberry.field(
        description="What they are called, a gateway in the caller's language; null for the mall, "
        "and for `gateway_free`: there was nothing to pay."
    )


@strawberry.type(description="A move of an order from one status to the next.")
class OrderMove:
    at: datetime = strawberry.field(description="When.")
    from_status: OrderStatus | None = strawberry.field(
        description="Where it was before; null where it was placed."
    )
    to_status: OrderStatus = strawberry.field(description="Where it is since.")
    reason: CloseReason | None = strawberry.field(description="Why it was closed.")
    note: str | None = strawberry.field(description="What its member reads about that besides.")
    actor: OrderActor = strawberry.field(description="By whom.")


@strawberry.type(description="What somebody has written about an order for colleagues.")
class OrderNote(Node):
    at: datetime = strawberry.field(description="When.")
    text: str = strawberry.field(description="What.")
    actor: OrderActor = strawberry.field(description="Who.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, staff.OrderNoteView)


@strawberry.type(description="An order as the staff see it.")
class StaffOrder(Node):
    number: str = strawberry.field(
        description="What people call it by: eighteen digits, the last of which checks the others."
    )
    status: OrderStatus = strawberry.field(description="How far it has come.")
    placed_at: datetime = strawberry.field(description="When it was placed.")
    paid_at: datetime | None = strawberry.field(description="When it was paid, if it is.")
    shipped_at: datetime | None = strawberry.field(
        description="When the last of it was sent, if all of it was."
    )
    receive_by: datetime | None = strawberry.field(
        description="When it is taken for received; null where it does not wait for that."
    )
    received_at: datetime | None = strawberry.field(
        description="When it was received, or taken for it."
    )
    closed_at: datetime | None = strawberry.field(description="When it was closed, if it was.")
    close_reason: CloseReason | None = strawberry.field(description="Why it was closed.")
    channel: Channel = strawberry.field(description="Where it was placed.")
    delivery: DeliveryMethod = strawberry.field(description="How it reaches its member.")
    place: PlaceType = strawberry.field(
        description="Whose stock it takes: the warehouse's, or that of the store of a PICK_UP."
    )
    member: StaffOrderMember = strawberry.field(description="Whose it is.")
    address: StaffOrderAddress | None = strawberry.field(
        description="Where it is sent; null for all but a DELIVERY."
    )
    member_note: str | None = strawberry.field(description="What the member said about it.")
    units: int = strawberry.field(description="How many units all its lines have.")
    list_fen: Fen = strawberry.field(
        name="listTotal", description="What the lines cost before any reduction."
    )
    discount_fen: Fen = strawberry.field(
        name="discountTotal", description="What was taken off the lines."
    )
    freight: OrderFreight = strawberry.field(description="What bringing it costs.")
    payable_fen: Fen = strawberry.field(
        name="payable", description="What it costs in all, after all reductions, with the freight."
    )
    refunded_fen: Fen = strawberry.field(
        name="refunded", description="What of that is back with its member."
    )
    points_used: Points = strawberry.field(
        description="The points that pay some of it, as a reduction of its lines."
    )
    lines: list[OrderLine] = strawberry.field(
        description="What was ordered, at most 100 lines; counts as 5 in a document's cost.",
        metadata=sized(5),
    )
    payments: list[OrderPayment] = strawberry.field(
        description="What has to be paid, what is due first first, at most 3.", metadata=sized(3)
    )
    shipments: list[Shipment] = strawberry.field(
        description="Its parcels, the first one first, at most 15; counts as 3 in a document's "
        "cost.",
        metadata=sized(3),
    )
    refunds: list[OrderRefund] = strawberry.field(
        description="What goes or went back of it, the first one first, at most 100; counts as 3 "
        "in a document's cost.",
        metadata=sized(3),
    )
    history: list[OrderMove] = strawberry.field(
        description="Its moves, the first one first; counts as 5 in a document's cost.",
        metadata=sized(5),
    )
    notes: list[OrderNote] = strawberry.field(
        description="What colleagues have written, the latest first, at most 100; counts as 5 in "
        "a document's cost.",
        metadata=sized(5),
    )

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, staff.StaffOrderView)


class OrderNoteAddedView(msgspec.Struct, frozen=True):
    """The struct behind `OrderNoteAdded`."""

    order: staff.StaffOrderView


class StaffOrderCancelledView(msgspec.Struct, frozen=True):
    """The struct behind `StaffOrderCancelled`."""

    order: staff.StaffOrderView


@strawberry.type(description="The note was added.")
class OrderNoteAdded:
    order: StaffOrder = strawberry.field(description="The order, with its notes.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, OrderNoteAddedView)


@strawberry.type(description="The order is closed, and its units can be had again.")
class StaffOrderCancelled:
    order: StaffOrder = strawberry.field(description="The order as it is now.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, StaffOrderCancelledView)


AddOrderNoteResult = Annotated[
    OrderNoteAdded | OrderUnavailable | InvalidInput,
    strawberry.union("AddOrderNoteResult", description="How adding a note went."),
]
StaffCancelOrderResult = Annotated[
    StaffOrderCancelled | OrderUnavailable | OrderNotOpen | PaymentUnderWay | InvalidInput,
    strawberry.union("StaffCancelOrderResult", description="How cancelling went."),
]
