"""What is asked of the points mall."""

from uuid import UUID

import msgspec

from domain.members.words import Channel
from domain.orders.words import DeliveryMethod


class Redemption(msgspec.Struct, frozen=True):
    """One member's wish to have units of an offer; ``actor`` is who asks, as one word.

    ``points`` and ``cash_fen`` are what a unit cost as the member saw it. A delivery needs an
    address, a pick-up a store, and what is virtual neither.
    """

    member_id: UUID
    actor: str
    channel: Channel
    offer_id: UUID
    units: int
    points: int
    cash_fen: int
    delivery: DeliveryMethod
    address_id: UUID | None = None
    store_id: UUID | None = None
    note: str | None = None
