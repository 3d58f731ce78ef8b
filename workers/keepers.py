"""Who acts on which fact of the outbox: exactly one keeper for each type of event."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from domain.invoices.events import InvoiceIssued, InvoiceRejected
from domain.kernel.db import WriteSession
from domain.kernel.outbox import DueFact
from domain.orders.events import OrderClosed, OrderPaid, OrderPlaced, OrderReceived, OrderShipped
from domain.payments.events import PaymentRefunded
from workers.invoice_keepers import note_issued, note_rejected
from workers.order_keepers import note_closed, note_paid, note_placed, note_received, note_shipped
from workers.payment_keepers import note_refunded
from workers.tools import Tools

Keeper = Callable[[WriteSession, Sequence[DueFact], Tools], Awaitable[None]]
"""Acts on facts of one type, set-wise, in the transaction that marks them done.

It raises where it cannot act. Its own effects are keyed by what caused them, as all are.
"""

KEEPERS: Mapping[str, Keeper] = {
    OrderPlaced.TYPE: note_placed,
    OrderPaid.TYPE: note_paid,
    OrderShipped.TYPE: note_shipped,
    OrderReceived.TYPE: note_received,
    OrderClosed.TYPE: note_closed,
    PaymentRefunded.TYPE: note_refunded,
    InvoiceIssued.TYPE: note_issued,
    InvoiceRejected.TYPE: note_rejected,
}
"""The keeper of each type of event."""
