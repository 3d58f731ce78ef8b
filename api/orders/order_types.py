"""The GraphQL types of orders; behind each is a struct of `domain.orders.views.structs`."""

from datetime import datetime

import strawberry

from api.catalog.types import Image
from api.limits import sized
from api.node import Node
from api.orders.enums import (
    CloseReason,
    DeliveryMethod,
    OrderStatus,
    PaymentPurpose,
    PaymentStatus,
    ReviewStatus,
)
from api.orders.quote_types import PriceReduction
from api.orders.refund_types import OrderRefund
from api.orders.shipment_types import Shipment
from domain.kernel.money import Fen
from domain.kernel.points import Points
from domain.members.words import Channel
from domain.orders.views import structs


@strawberry.type(description="Where an order goes, as the address was when it was placed.")
class OrderAddress:
    recipient: str = strawberry.field(description="Whom to give it to.")
    phone: str = strawberry.field(
        description="The number to call there, whole, as E.164: `+8613800138000`."
    )
    region_code: str = strawberry.field(
        description="The code of GB/T 2260 of the smallest division that it lies in."
    )
    region_names: list[str] = strawberry.field(
        description="The names of the divisions, from the province down, two or three.",
        metadata=sized(1),
    )
    detail: str = strawberry.field(description="Street, number, floor and door.")
    postcode: str | None = strawberry.field(description="The postcode, if there was one.")


@strawberry.type(description="The store that hands an order out.")
class OrderStore(Node):
    title: str = strawberry.field(description="Its name, in the caller's language.")
    address: str = strawberry.field(description="Where it is, in the caller's language.")
    opening_hours: str = strawberry.field(
        description="When it is open, in the caller's language, as the brand wrote it."
    )

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, structs.OrderStore)


@strawberry.type(description="A text that is engraved on each unit of a line.")
class OrderEngraving:
    code: str = strawberry.field(description="The brand's own name for the field.")
    text: str = strawberry.field(description="The text, as it is engraved.")


@strawberry.type(
    description="Units of one variant in an order: titles, picture and prices are those of when "
    "it was placed."
)
class OrderLine:
    number: int = strawberry.field(description="Its place in the order, from 1.")
    product_id: strawberry.ID = strawberry.field(description="The product.")
    variant_id: strawberry.ID = strawberry.field(description="The variant.")
    sku: str = strawberry.field(description="The brand's own article number.")
    product_title: str = strawberry.field(
        description="The product's name, in the caller's language."
    )
    variant_title: str = strawberry.field(
        description="The variant's name, in the caller's language."
    )
    image: Image = strawberry.field(description="The product's main picture.")
    units: int = strawberry.field(description="How many.")
    unit_fen: Fen = strawberry.field(
        name="unitPrice", description="What one unit cost, without the personalisation."
    )
    personalisation: list[OrderEngraving] = strawberry.field(
        description="What is engraved on each unit, at most 5; each list counts as 2.",
        metadata=sized(2),
    )
    personalisation_unit_fen: Fen = strawberry.field(
        name="personalisationUnitPrice", description="What the personalisation cost for each unit."
    )
    review: ReviewStatus | None = strawberry.field(
        description="Whether the texts may be engraved; null without any."
    )
    review_reason: str | None = strawberry.field(
        description="Why they may not, where they were REJECTED."
    )
    list_fen: Fen = strawberry.field(
        name="listTotal", description="All units with their personalisation, before any reduction."
    )
    reductions: list[PriceReduction] = strawberry.field(
        description="What was taken off the line; each list counts as 2.", metadata=sized(2)
    )
    payable_fen: Fen = strawberry.field(
        name="payable", description="What is left of the line's total after the reductions."
    )
    delivery_note: str | None = strawberry.field(
        description="How to use what is virtual, in the caller's language; null until the order is "
        "delivered, and where there is nothing to say."
    )


@strawberry.type(description="What bringing an order costs.")
class OrderFreight:
    list_fen: Fen = strawberry.field(name="listTotal", description="Before any reduction.")
    reductions: list[PriceReduction] = strawberry.field(
        description="What was taken off it; each list counts as 1.", metadata=sized(1)
    )
    payable_fen: Fen = strawberry.field(name="payable", description="After the reductions.")


@strawberry.type(description="What has to be paid of an order.")
class OrderPayment:
    purpose: PaymentPurpose = strawberry.field(description="Which part of the order it is for.")
    amount_fen: Fen = strawberry.field(name="amount", description="How much.")
    status: PaymentStatus = strawberry.field(description="Whether it has to be paid still.")
    due_at: datetime = strawberry.field(description="By when.")


@strawberry.type(description="Something that happened to an order.")
class OrderTimelineEntry:
    at: datetime = strawberry.field(description="When.")
    status: OrderStatus = strawberry.field(description="How far the order had come by it.")
    text: str = strawberry.field(description="What happened, in the caller's language.")


@strawberry.type(description="What fetches an order at its store, once.")
class OrderPickUp:
    code: str = strawberry.field(description="Twelve digits: show them as a QR code and as text.")
    ready_at: datetime = strawberry.field(description="Since when it is ready.")
    fetch_by: datetime = strawberry.field(description="Until when the code fetches it.")


@strawberry.type(description="What a member has ordered, as they see it themselves.")
class Order(Node):
    number: str = strawberry.field(
        description="What people call it by: eighteen digits, the last of which checks the others."
    )
    status: OrderStatus = strawberry.field(description="How far it has come.")
    placed_at: datetime = strawberry.field(description="When it was placed.")
    pay_by: datetime | None = strawberry.field(
        description="By when the next payment has to be made; null where none has to be."
    )
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
    address: OrderAddress | None = strawberry.field(
        description="Where it is sent; null for all but a DELIVERY."
    )
    store: OrderStore | None = strawberry.field(
        description="Where it is handed out; null for all but a PICK_UP."
    )
    pick_up: OrderPickUp | None = strawberry.field(
        description="What fetches it there; null where it is not ready yet, and once it was."
    )
    member_note: str | None = strawberry.field(description="What the member said about it.")
    units: int = strawberry.field(description="How many units all its lines have.")
    lines: list[OrderLine] = strawberry.field(
        description="What was ordered, at most 100 lines; counts as 5 in a document's cost.",
        metadata=sized(5),
    )
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
    timeline: list[OrderTimelineEntry] = strawberry.field(
        description="What happened to it, the latest last, at most 100; counts as 10 in a "
        "document's cost.",
        metadata=sized(10),
    )

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, structs.OrderView)
