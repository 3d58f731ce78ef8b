"""What orders tell the rest of the mall, in the order in which they moved.

An event's number is that of the move in the order's history.
"""

from uuid import UUID

from domain.kernel.outbox import Event
from domain.orders.words import CloseReason


class OrderPlaced(Event, frozen=True):
    """An order was placed and waits to be paid."""

    TYPE = "order.placed"

    member_id: UUID
    payable_fen: int
    units: int


class OrderClosed(Event, frozen=True):
    """An order was closed without being paid, and its units were given back."""

    TYPE = "order.closed"

    member_id: UUID
    reason: CloseReason
