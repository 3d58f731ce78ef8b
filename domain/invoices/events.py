"""What invoices tell the rest of the mall; a request has one such event, its end."""

from uuid import UUID

from domain.kernel.outbox import Event


class InvoiceIssued(Event, frozen=True):
    """The invoice that a member asked for was made."""

    TYPE = "invoice.issued"

    member_id: UUID
    order_id: UUID
    order_number: str
    amount_fen: int


class InvoiceRejected(Event, frozen=True):
    """The staff do not make the invoice; why stands in the request."""

    TYPE = "invoice.rejected"

    member_id: UUID
    order_id: UUID
    order_number: str
