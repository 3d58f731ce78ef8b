"""What members and the staff send about invoices."""

from uuid import UUID

import strawberry

from api.ids import key
from api.invoices.types import TitleKind
from domain.invoices.deciding import INVOICE, RED_LETTER
from domain.invoices.rules import WrittenTitle
from domain.orders.views.structs import ORDER

_REQUEST_ID = "An id of the client's own for this request: sent again, it gets the first answer."
_NUMBER = "Twenty digits, or eight beside a code."
_CODE = "The code that belongs to eight digits, ten or twelve."
_ISSUED_ON = "The day that stands on it, such as 2026-11-28."
_REASON = "Why, in words for colleagues: it stands in the audit trail. At most 500 characters."


@strawberry.input(description="An order whose invoice somebody wants, and to whom.")
class RequestInvoiceInput:
    request_id: UUID = strawberry.field(description=_REQUEST_ID)
    order_id: strawberry.ID = strawberry.field(description="The order, one of the caller's own.")
    title_kind: TitleKind = strawberry.field(description="Whom it is made out to.")
    title: str = strawberry.field(
        description="The name of the person or company, at most 100 characters."
    )
    tax_number: str | None = strawberry.field(
        default=None,
        description="Of a company: the unified social credit code of eighteen characters, or an "
        "older number of fifteen or twenty.",
    )
    email: str = strawberry.field(description="Where the invoice is sent.")

    @property
    def order_key(self) -> UUID:
        """The order's key; a BAD_INPUT fault for an id that is none."""
        return key(self.order_id, ORDER, argument="orderId")

    def written(self) -> WrittenTitle:
        """The domain's value."""
        return WrittenTitle(self.title_kind, self.title, self.tax_number, self.email)


@strawberry.input(description="A request for an invoice.")
class _InvoiceInput:
    request_id: UUID = strawberry.field(description=_REQUEST_ID)
    invoice_id: strawberry.ID = strawberry.field(description="Which request.")

    @property
    def invoice_key(self) -> UUID:
        """The request's key; a BAD_INPUT fault for an id that is none."""
        return key(self.invoice_id, INVOICE, argument="invoiceId")


@strawberry.input(description="A request that its member does not want any more.")
class CancelInvoiceInput(_InvoiceInput):
    pass


@strawberry.input(description="An invoice that was made at the tax bureau's platform.")
class IssueInvoiceInput(_InvoiceInput):
    number: str = strawberry.field(description=_NUMBER)
    code: str | None = strawberry.field(default=None, description=_CODE)
    issued_on: str = strawberry.field(description=_ISSUED_ON)
    amount: int = strawberry.field(
        description="What it was made for, in fen, tax included: the request's amount, or what "
        "that was before the latest refunds, of which red letters are owed then."
    )
    document_url: str | None = strawberry.field(
        default=None, description="Where its file is, an https address; the member reads it."
    )


@strawberry.input(description="A request that will not be met.")
class RejectInvoiceInput(_InvoiceInput):
    reason: str = strawberry.field(
        description="Why: the member reads it, and it stands in the audit trail. At most 500 "
        "characters."
    )


@strawberry.input(description="A red-letter invoice that was made at the tax bureau's platform.")
class IssueRedLetterInput:
    request_id: UUID = strawberry.field(description=_REQUEST_ID)
    red_letter_id: strawberry.ID = strawberry.field(description="Which one was owed.")
    number: str = strawberry.field(description=_NUMBER)
    code: str | None = strawberry.field(default=None, description=_CODE)
    issued_on: str = strawberry.field(description=_ISSUED_ON)

    @property
    def red_letter_key(self) -> UUID:
        """The key of what is owed; a BAD_INPUT fault for an id that is none."""
        return key(self.red_letter_id, RED_LETTER, argument="redLetterId")


@strawberry.input(description="Whom an invoice is for, whole.")
class RevealInvoiceInput:
    invoice_id: strawberry.ID = strawberry.field(description="Which request.")
    reason: str = strawberry.field(description=_REASON)

    @property
    def invoice_key(self) -> UUID:
        """The request's key; a BAD_INPUT fault for an id that is none."""
        return key(self.invoice_id, INVOICE, argument="invoiceId")


@strawberry.input(description="Invoices that somebody needs as a table.")
class ExportInvoicesInput:
    request_id: UUID = strawberry.field(description=_REQUEST_ID)
    reason: str = strawberry.field(description=_REASON)
    first_day: str = strawberry.field(
        description="The first day that stands on them, such as 2026-11-01."
    )
    last_day: str = strawberry.field(description="The last one, within 366 days.")
