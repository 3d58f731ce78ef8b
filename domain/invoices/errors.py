"""What the mall refuses about invoices, besides an input that cannot be (`InvalidInput`)."""

from dataclasses import dataclass
from uuid import UUID

from domain.kernel.errors import Refused


@dataclass(eq=False)
class OrderNotInvoiceable(Refused):
    """Nothing was paid for the order, or all of it has gone back."""

    order_id: UUID


@dataclass(eq=False)
class InvoiceRequested(Refused):
    """The order has a request that is open, or an invoice."""

    order_id: UUID


@dataclass(eq=False)
class TooManyInvoiceRequests(Refused):
    """So many were asked for, for one order, that people have to speak to each other."""

    most: int


@dataclass(eq=False)
class InvoiceUnavailable(Refused):
    """There is no such request for who asks."""


@dataclass(eq=False)
class InvoiceNotOpen(Refused):
    """The request has ended: an invoice was made, or it was rejected or cancelled."""


@dataclass(eq=False)
class InvoiceAmountDiffers(Refused):
    """The invoice was not made for what it is to be for."""

    amount_fen: int


@dataclass(eq=False)
class RedLetterUnavailable(Refused):
    """There is no such red-letter invoice that is owed, or was."""


@dataclass(eq=False)
class RedLetterMade(Refused):
    """Somebody has noted already that the red-letter invoice was made."""
