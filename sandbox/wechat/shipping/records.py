"""What the order centre knows of the shipping of each payment."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum

from sandbox.wechat.pay.orders import Order


class OrderState(IntEnum):
    """How a payment stands, by the vendor's numbers."""

    TO_SHIP = 1
    SHIPPED = 2
    CONFIRMED = 3
    COMPLETED = 4
    REFUNDED = 5
    SETTLING = 6


FREE = frozenset({OrderState.CONFIRMED, OrderState.COMPLETED, OrderState.SETTLING})
"""Where the merchant gets the money, sooner or later."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """A parcel as it was told; the first two are empty for what no company brings."""

    express_company: str
    tracking_no: str
    item_desc: str
    contact: str
    upload_time: datetime

    @property
    def key(self) -> tuple[str, str]:
        """What it is known by."""
        return self.express_company, self.tracking_no


@dataclass(slots=True)
class Shipping:
    """What was told of one payment; ``finished`` counts how often all of it was."""

    logistics_type: int = 0
    delivery_mode: int = 0
    parcels: list[Parcel] = field(default_factory=list[Parcel])
    is_finished: bool = False
    finished: int = 0
    is_resent: bool = False
    """Whether its one chance to be told again is used."""
    uploaded_at: datetime | None = None
    received: OrderState | None = None
    delayed_to: datetime | None = None

    def content(self) -> tuple[object, ...]:
        """What has to differ for it to be told anew."""
        told = frozenset((*each.key, each.item_desc, each.contact) for each in self.parcels)
        return self.logistics_type, self.delivery_mode, self.is_finished, told


class Shippings:
    """The shipping of all payments, by the merchant's numbers."""

    def __init__(self) -> None:
        self.told: dict[str, Shipping] = {}

    def of(self, out_trade_no: str) -> Shipping:
        """What is known of a payment: at first nothing."""
        return self.told.setdefault(out_trade_no, Shipping())

    def state(self, order: Order) -> OrderState:
        """How a payment stands."""
        shipping = self.of(order.out_trade_no)
        if order.returned >= order.total:
            return OrderState.REFUNDED
        if shipping.received:
            return shipping.received
        return OrderState.SHIPPED if shipping.is_finished else OrderState.TO_SHIP

    def frozen(self, order: Order) -> int:
        """The money of a payment that the merchant cannot have yet, in fen."""
        is_free = self.state(order) in FREE
        return 0 if is_free or not order.is_paid else order.total - order.returned
