"""What reads of orders answer the staff with: plain structs in one language."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from domain.kernel.money import Fen
from domain.kernel.points import Points
from domain.members.words import Channel
from domain.orders.refunding.views import OrderRefundView
from domain.orders.shipping.views import ShipmentView
from domain.orders.views.structs import OrderFreight, OrderLineView, OrderPaymentView
from domain.orders.words import CloseReason, DeliveryMethod, OrderStatus
from domain.stores.views import PlaceView


class StaffOrderMember(msgspec.Struct, frozen=True, gc=False):
    """Whose order it is; the phone by its last digits, None where they have none."""

    id: str
    name: str
    phone: str | None


class StaffOrderAddress(msgspec.Struct, frozen=True, gc=False):
    """Where an order goes, as far as everybody of the staff may know."""

    region_code: str
    region_names: Sequence[str]
    phone: str


class OrderActor(msgspec.Struct, frozen=True, gc=False):
    """Who did something: a public id, and the name of one of the staff, the member, a gateway."""

    id: str
    name: str | None


class OrderMoveView(msgspec.Struct, frozen=True, gc=False):
    """A move of an order. ``note`` is what its member reads about it besides the reason."""

    at: datetime
    from_status: OrderStatus | None
    to_status: OrderStatus
    reason: CloseReason | None
    note: str | None
    actor: OrderActor


class OrderNoteView(msgspec.Struct, frozen=True, gc=False):
    """What somebody has written for colleagues."""

    id: str
    at: datetime
    text: str
    actor: OrderActor


class StaffOrderView(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """An order as the staff see it, with whatever was asked for of it; the rest is None."""

    id: str
    number: str
    status: OrderStatus
    placed_at: datetime
    paid_at: datetime | None
    shipped_at: datetime | None
    receive_by: datetime | None
    received_at: datetime | None
    closed_at: datetime | None
    close_reason: CloseReason | None
    channel: Channel
    delivery: DeliveryMethod
    place: PlaceView | None
    member: StaffOrderMember
    address: StaffOrderAddress | None
    member_note: str | None
    units: int
    list_fen: Fen
    discount_fen: Fen
    freight: OrderFreight
    payable_fen: Fen
    refunded_fen: Fen
    points_used: Points
    lines: list[OrderLineView] | None
    payments: list[OrderPaymentView] | None
    shipments: list[ShipmentView] | None
    refunds: list[OrderRefundView] | None
    history: list[OrderMoveView] | None
    notes: list[OrderNoteView] | None
    key: UUID
