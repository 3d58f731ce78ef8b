"""What changes of invoices answer with: the success, refusals, and their unions."""

from typing import Annotated

import msgspec
import strawberry

from api.invoices.types import Invoice
from api.orders.refusals import OrderUnavailable
from api.refusals import InvalidInput, Refusal, refusal
from domain.invoices import errors
from domain.invoices.structs import InvoiceView
from domain.kernel.ids import public_id
from domain.kernel.language import Sentence
from domain.kernel.money import Fen
from domain.orders.views.structs import ORDER


class InvoiceSavedView(msgspec.Struct, frozen=True):
    """The struct behind `InvoiceSaved`."""

    invoice: InvoiceView


class InvoiceRevealedView(msgspec.Struct, frozen=True):
    """The struct behind `InvoiceRevealed`."""

    title: str
    tax_number: str | None
    email: str


class InvoicesExportedView(msgspec.Struct, frozen=True):
    """The struct behind `InvoicesExported`."""

    download_path: str


@strawberry.type(description="It was written.")
class InvoiceSaved:
    invoice: Invoice = strawberry.field(description="The request as it is now.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, InvoiceSavedView)


@strawberry.type(description="Whom an invoice is for.")
class InvoiceRevealed:
    title: str = strawberry.field(description="The title, whole.")
    tax_number: str | None = strawberry.field(description="The tax number of a company.")
    email: str = strawberry.field(description="Where it is sent, whole.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, InvoiceRevealedView)


@strawberry.type(description="The table can be fetched.")
class InvoicesExported:
    download_path: str = strawberry.field(
        description="Where it can be fetched for 15 minutes, below the mall's own address, by "
        "whoever has this path."
    )

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, InvoicesExportedView)


@refusal(
    errors.OrderNotInvoiceable,
    Sentence(
        zh="订单没有可开票的金额。",
        en="Nothing was paid for the order that an invoice could be of.",
    ),
    lambda refused, _: {"order_id": public_id(ORDER, refused.order_id)},
)
@strawberry.type(description="Nothing was paid for the order, or all of it has gone back.")
class OrderNotInvoiceable(Refusal):
    order_id: strawberry.ID = strawberry.field(description="The order.")


@refusal(
    errors.InvoiceRequested,
    Sentence(
        zh="该订单已申请或已开具发票。",
        en="The invoice of the order was asked for already, or made.",
    ),
    lambda refused, _: {"order_id": public_id(ORDER, refused.order_id)},
)
@strawberry.type(description="The order has a request that is open, or an invoice.")
class InvoiceRequested(Refusal):
    order_id: strawberry.ID = strawberry.field(description="The order.")


@refusal(
    errors.TooManyInvoiceRequests,
    Sentence(
        zh="该订单申请发票的次数过多，请联系客服。",
        en="The invoice of the order was asked for too often; please speak to us.",
    ),
)
@strawberry.type(description="So many requests were made for the order, whatever became of them.")
class TooManyInvoiceRequests(Refusal):
    most: int = strawberry.field(description="The most.")


@refusal(
    errors.InvoiceUnavailable,
    Sentence(zh="没有这条发票申请。", en="There is no such request for an invoice."),
)
@strawberry.type(description="There is no such request for the caller.")
class InvoiceUnavailable(Refusal):
    pass


@refusal(
    errors.InvoiceNotOpen,
    Sentence(zh="该发票申请已处理或已取消。", en="The request has ended already."),
)
@strawberry.type(description="An invoice was made, or the request was rejected or cancelled.")
class InvoiceNotOpen(Refusal):
    pass


@refusal(
    errors.InvoiceAmountDiffers,
    Sentence(
        zh="开票金额与应开金额不符，请核对。",
        en="The invoice was not made for what it is to be for; please check.",
    ),
    lambda refused, _: {"amount_fen": Fen(refused.amount_fen)},
)
@strawberry.type(description="The invoice is not of the amount that it is to be for.")
class InvoiceAmountDiffers(Refusal):
    amount_fen: Fen = strawberry.field(name="amount", description="What it is to be for by now.")


@refusal(
    errors.RedLetterUnavailable,
    Sentence(zh="没有这条红字发票。", en="There is no such red-letter invoice."),
)
@strawberry.type(description="No such red-letter invoice is owed.")
class RedLetterUnavailable(Refusal):
    pass


@refusal(
    errors.RedLetterMade,
    Sentence(zh="该红字发票已登记。", en="The red-letter invoice was noted already."),
)
@strawberry.type(description="Somebody has noted the red-letter invoice already.")
class RedLetterMade(Refusal):
    pass


RequestInvoiceResult = Annotated[
    InvoiceSaved
    | OrderUnavailable
    | OrderNotInvoiceable
    | InvoiceRequested
    | TooManyInvoiceRequests
    | InvalidInput,
    strawberry.union("RequestInvoiceResult", description="How asking for an invoice went."),
]
CancelInvoiceResult = Annotated[
    InvoiceSaved | InvoiceUnavailable | InvoiceNotOpen,
    strawberry.union("CancelInvoiceResult", description="How calling a request off went."),
]
IssueInvoiceResult = Annotated[
    InvoiceSaved | InvoiceUnavailable | InvoiceNotOpen | InvoiceAmountDiffers | InvalidInput,
    strawberry.union("IssueInvoiceResult", description="How noting an invoice went."),
]
RejectInvoiceResult = Annotated[
    InvoiceSaved | InvoiceUnavailable | InvoiceNotOpen | InvalidInput,
    strawberry.union("RejectInvoiceResult", description="How rejecting a request went."),
]
IssueRedLetterResult = Annotated[
    InvoiceSaved | RedLetterUnavailable | RedLetterMade | InvalidInput,
    strawberry.union("IssueRedLetterResult", description="How noting a red-letter invoice went."),
]
RevealInvoiceResult = Annotated[
    InvoiceRevealed | InvoiceUnavailable | InvalidInput,
    strawberry.union("RevealInvoiceResult", description="How telling whom it is for went."),
]
ExportInvoicesResult = Annotated[
    InvoicesExported | InvalidInput,
    strawberry.union("ExportInvoicesResult", description="How asking for a table went."),
]
