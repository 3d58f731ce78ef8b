"""What payments tell the rest of the mall."""

from uuid import UUID

from domain.kernel.outbox import Event
from domain.payments.words import RefundReason


class PaymentRefunded(Event, frozen=True):
    """Money has gone back to its payer. The event is the refund's only one."""

    TYPE = "payment.refunded"

    member_id: UUID
    order_id: UUID
    order_number: str
    amount_fen: int
    reason: RefundReason
    paid_otherwise_fen: int | None = None
    """What the shop has paid of it by other means than its gateway; None where it did not."""
