"""The GraphQL types of invoices."""

from datetime import datetime

import strawberry

from api.enums import described
from api.limits import sized
from api.node import Node
from domain.invoices.structs import InvoiceView
from domain.invoices.words import InvoiceStatus, TitleKind
from domain.kernel.money import Fen

described(
    TitleKind,
    "Whom an invoice is made out to.",
    name="InvoiceTitleKind",
    PERSONAL="A person, without a tax number.",
    COMPANY="A company, with its tax number.",
)
described(
    InvoiceStatus,
    "How far a request for an invoice has come.",
    REQUESTED="It waits for the staff.",
    ISSUED="The invoice was made.",
    REJECTED="It will not be made, for a reason that the member reads.",
    CANCELLED="The member called it off, or all of the money went back before.",
)


@strawberry.type(
    description="A red-letter invoice: of money that went back after the invoice was made."
)
class RedLetter:
    id: strawberry.ID = strawberry.field(description="Which one.")
    refund_number: str = strawberry.field(description="The refund that it is of.")
    amount_fen: Fen = strawberry.field(name="amount", description="What went back.")
    is_made: bool = strawberry.field(description="Whether it was made, or is owed.")
    owed_since: datetime = strawberry.field(description="Since when it is owed.")
    number: str | None = strawberry.field(description="Its number, once it was made.")
    code: str | None = strawberry.field(description="Its code, where it has one.")
    issued_on: str | None = strawberry.field(
        description="The day that stands on it, such as 2026-11-28."
    )
    made_at: datetime | None = strawberry.field(description="When it was noted.")


@strawberry.type(description="Something that happened to a request for an invoice.")
class InvoiceTimelineEntry:
    at: datetime = strawberry.field(description="When.")
    text: str = strawberry.field(description="What happened, in the caller's language.")


@strawberry.type(description="A member's request for the invoice of an order, and the invoice.")
class Invoice(Node):
    order_id: strawberry.ID = strawberry.field(description="The order.")
    order_number: str = strawberry.field(description="Its number.")
    status: InvoiceStatus = strawberry.field(description="How far it has come.")
    title_kind: TitleKind = strawberry.field(description="Whom it is made out to.")
    title: str | None = strawberry.field(
        description="The title; of a person the staff see the first character. Null where it was "
        "erased."
    )
    tax_number: str | None = strawberry.field(description="The tax number of a company.")
    email: str | None = strawberry.field(
        description="Where it is sent; for the staff all but the first character of the name is "
        "hidden. Null where it was erased."
    )
    paid_fen: Fen = strawberry.field(
        name="paid", description="What was paid for the order, goods and freight."
    )
    amount_fen: Fen = strawberry.field(
        name="amount",
        description="What it is to be made for by now, less what has gone back; or what it was "
        "made for.",
    )
    requested_at: datetime = strawberry.field(description="When it was asked for.")
    ended_at: datetime | None = strawberry.field(
        description="When it was made, rejected or cancelled; null until then."
    )
    reason: str | None = strawberry.field(description="Why it was REJECTED.")
    number: str | None = strawberry.field(description="The invoice's number, once it was made.")
    code: str | None = strawberry.field(description="The invoice's code, where it has one.")
    issued_on: str | None = strawberry.field(
        description="The day that stands on the invoice, such as 2026-11-28."
    )
    document_url: str | None = strawberry.field(
        description="Where the invoice's file is, where the staff have told it."
    )
    red_letters: list[RedLetter] = strawberry.field(
        description="Red-letter invoices that are owed or were made, the earliest first; counts as "
        "2 in a document's cost.",
        metadata=sized(2),
    )
    timeline: list[InvoiceTimelineEntry] = strawberry.field(
        description="What happened to it, the latest last; counts as 4 in a document's cost.",
        metadata=sized(4),
    )

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, InvoiceView)
