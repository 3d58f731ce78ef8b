"""What is asked of placing, what it answers, and an order as it was decided but not yet written."""

from datetime import datetime
from uuid import UUID

import msgspec

from domain.members.words import Channel
from domain.orders.basket import Basket
from domain.orders.pricing.values import Price
from domain.orders.seen import Seen


class Placement(msgspec.Struct, frozen=True):
    """One member's wish to order what they saw; ``actor`` is who asks, as one word."""

    member_id: UUID
    actor: str
    channel: Channel
    seen: Seen
    note: str | None = None


class Placed(msgspec.Struct, frozen=True):
    """An order that was placed, as a repeat of the request is told it too."""

    order_id: UUID
    number: str
    payable_fen: int
    pay_by: datetime


class Decided(msgspec.Struct, frozen=True):
    """An order whose units and points are held in memory and that has only to be written."""

    placement: Placement
    placed: Placed
    basket: Basket
    price: Price
    placed_at: datetime
    points: int = 0
