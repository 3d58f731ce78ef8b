"""Who acts on which fact of the outbox: exactly one keeper for each type of event."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from domain.aftersales.events import CaseMoved
from domain.invoices.events import InvoiceIssued, InvoiceRejected
from domain.kernel.db import WriteSession
from domain.kernel.outbox import DueFact
from domain.orders.events import (
    OrderClosed,
    OrderHandedOver,
    OrderPaid,
    OrderPlaced,
    OrderReceived,
    OrderRefunded,
    OrderShipped,
    ShipmentCorrected,
    TextsRejected,
)
from domain.payments.events import PaymentRefunded
from workers.case_keepers import note_case
from workers.duty_keepers import begin_duties, end_duties, hasten_duties, tell_again
from workers.earning import mark_earning
from workers.invoice_keepers import note_issued, note_rejected
from workers.order_keepers import (
    note_closed,
    note_order_refunded,
    note_paid,
    note_placed,
    note_received,
    note_shipped,
    tell_texts_rejected,
)
from workers.payment_keepers import note_refunded
from workers.pick_ups import note_handed_over
from workers.tools import Tools
from workers.tracking import track_sent

Keeper = Callable[[WriteSession, Sequence[DueFact], Tools], Awaitable[None]]
"""Acts on facts of one type, set-wise, in the transaction that marks them done.

It raises where it cannot act. Its own effects are keyed by what caused them, as all are.
"""


def _each(*keepers: Keeper) -> Keeper:
    """One keeper of several that act on the same facts, in this order."""

    async def keep(session: WriteSession, facts: Sequence[DueFact], tools: Tools) -> None:
        for keeper in keepers:
            await keeper(session, facts, tools)

    return keep


KEEPERS: Mapping[str, Keeper] = {
    OrderPlaced.TYPE: note_placed,
    OrderPaid.TYPE: _each(note_paid, begin_duties, mark_earning),
    OrderShipped.TYPE: _each(note_shipped, tell_again, track_sent),
    OrderHandedOver.TYPE: _each(note_handed_over, tell_again, mark_earning),
    ShipmentCorrected.TYPE: _each(tell_again, track_sent),
    TextsRejected.TYPE: tell_texts_rejected,
    OrderReceived.TYPE: _each(note_received, hasten_duties, mark_earning),
    OrderClosed.TYPE: note_closed,
    # What is left of an order may all be sent by now, without another parcel.
    OrderRefunded.TYPE: _each(note_order_refunded, tell_again),
    PaymentRefunded.TYPE: _each(note_refunded, end_duties),
    CaseMoved.TYPE: note_case,
    InvoiceIssued.TYPE: note_issued,
    InvoiceRejected.TYPE: note_rejected,
}
"""The keeper of each type of event."""
