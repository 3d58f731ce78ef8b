"""What reads of orders answer their members with: plain structs in one language."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from domain.catalog.views.structs import Image
from domain.kernel.language import Language
from domain.kernel.money import Fen
from domain.kernel.points import Points
from domain.kernel.sealing import Vault
from domain.members.words import Channel
from domain.orders.cart.models import EngravedText
from domain.orders.picking_up.views import PickUpView
from domain.orders.refunding.views import OrderRefundView
from domain.orders.shipping.views import ShipmentView
from domain.orders.words import (
    CloseReason,
    DeliveryMethod,
    DiscountClass,
    Funder,
    OrderStatus,
    PaymentPurpose,
    PaymentStatus,
    ReviewStatus,
)

ORDER = "order"
"""The kind in an order's public id."""


class OrderAddress(msgspec.Struct, frozen=True, gc=False):
    """Where an order goes, as the address was when it was placed, opened for its member.

    ``region_names`` go from the province down; ``phone`` is E.164.
    """

    recipient: str
    phone: str
    region_code: str
    region_names: Sequence[str]
    detail: str
    postcode: str | None


class OrderStore(msgspec.Struct, frozen=True, gc=False):
    """The store that hands an order out, as it is now."""

    id: str
    title: str
    address: str
    opening_hours: str


class OrderReduction(msgspec.Struct, frozen=True, gc=False):
    """What one source took off a line or the freight, and at whose cost."""

    source: str
    discount_class: DiscountClass
    title: str
    funder: Funder
    amount_fen: Fen


class OrderLineView(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Units of one variant in an order, as they were when it was placed.

    ``reductions`` is None unless they were asked for; ``review_reason`` is there where the texts
    were rejected, ``delivery_note`` once what is virtual was delivered and there is one.
    """

    number: int
    product_id: str
    variant_id: str
    sku: str
    product_title: str
    variant_title: str
    image: Image
    units: int
    unit_fen: Fen
    personalisation: Sequence[EngravedText]
    personalisation_unit_fen: Fen
    review: ReviewStatus | None
    review_reason: str | None
    list_fen: Fen
    reductions: list[OrderReduction] | None
    payable_fen: Fen
    delivery_note: str | None


class OrderFreight(msgspec.Struct, frozen=True, gc=False):
    """What bringing an order costs; ``reductions`` is None unless they were asked for."""

    list_fen: Fen
    reductions: list[OrderReduction] | None
    payable_fen: Fen


class OrderPaymentView(msgspec.Struct, frozen=True, gc=False):
    """What has to be paid of an order, for which purpose and by when."""

    purpose: PaymentPurpose
    amount_fen: Fen
    status: PaymentStatus
    due_at: datetime


class TimelineEntry(msgspec.Struct, frozen=True, gc=False):
    """A move of an order, told to its member in a sentence."""

    at: datetime
    status: OrderStatus
    text: str


class OrderView(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """An order as its member sees it, with whatever was asked for of it; the rest is None.

    ``pay_by`` is None where nothing has to be paid any more, ``receive_by`` where nothing has to
    be received, ``address`` and ``store`` also where the order goes to none, ``pick_up`` where
    nothing is ready to be fetched.
    """

    id: str
    number: str
    status: OrderStatus
    placed_at: datetime
    pay_by: datetime | None
    paid_at: datetime | None
    shipped_at: datetime | None
    receive_by: datetime | None
    received_at: datetime | None
    closed_at: datetime | None
    close_reason: CloseReason | None
    channel: Channel
    delivery: DeliveryMethod
    address: OrderAddress | None
    store: OrderStore | None
    pick_up: PickUpView | None
    member_note: str | None
    units: int
    lines: list[OrderLineView] | None
    list_fen: Fen
    discount_fen: Fen
    freight: OrderFreight
    payable_fen: Fen
    refunded_fen: Fen
    points_used: Points
    payments: list[OrderPaymentView] | None
    shipments: list[ShipmentView] | None
    refunds: list[OrderRefundView] | None
    timeline: list[TimelineEntry] | None
    key: UUID


@dataclass(frozen=True, slots=True)
class Parts:
    """What to fetch of each order; what is not fetched costs nothing."""

    address: bool = False
    store: bool = False
    pick_up: bool = False
    payments: bool = False
    """What has to be paid, and by when."""
    lines: bool = False
    reductions: bool = False
    """Those of the freight, and of the lines where these are fetched."""
    shipments: bool = False
    tracking: bool = False
    """Where the parcels are, where these are fetched."""
    refunds: bool = False
    receipt: bool = False
    """By when it is taken for received."""
    timeline: bool = False

    @property
    def needs_receipt(self) -> bool:
        """Whether that is read: the timeline tells it, too."""
        return self.receipt or self.timeline

    @property
    def needs_payments(self) -> bool:
        """Whether payments are read: the timeline tells by when to pay, too."""
        return self.payments or self.timeline


EVERYTHING = Parts(
    address=True,
    store=True,
    pick_up=True,
    payments=True,
    lines=True,
    reductions=True,
    shipments=True,
    tracking=True,
    refunds=True,
    receipt=True,
    timeline=True,
)
"""Whole orders."""


@dataclass(frozen=True, slots=True)
class Reading:
    """In which language to read, where pictures are, what opens addresses, and what to fetch."""

    language: Language
    media_url: str
    vault: Vault
    parts: Parts
