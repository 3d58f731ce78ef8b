"""The root fields of invoices, for whose they are and for who keeps the books."""

from typing import Annotated

import strawberry

from api.access import Access, root_field
from api.context import Info
from api.ids import key
from api.invoices.types import Invoice, InvoiceStatus
from api.limits import sized
from api.paging import After, Connection, ConnectionView, First, connection, page_size, place
from domain.invoices import views
from domain.invoices.structs import InvoiceView, Reading
from domain.kernel.paging import DEFAULT_PAGE, Place
from domain.orders.views.structs import ORDER

_ASKED = "invoice"


@strawberry.type
class InvoiceQuery:
    """Reads of invoices."""

    @root_field(
        access=Access.MEMBER,
        graphql_type=list[Invoice] | None,
        description="The caller's requests for the invoice of one of their orders, the latest "
        "first, at most 10; null where they have no such order. Counts as 2 in a document's cost.",
        metadata=sized(2),
    )
    async def order_invoices(
        self,
        info: Info,
        order_id: Annotated[strawberry.ID, strawberry.argument(description="The order.")],
    ) -> list[InvoiceView] | None:
        context = info.context
        order_key = key(order_id, ORDER, argument="orderId")
        reading = reading_of(info, is_masked=False)
        return await views.invoices_of(context.reads, reading, order_key, context.member().id)

    @root_field(
        access=Access.BOOKKEEPER,
        graphql_type=Connection[Invoice],
        description="Requests for invoices, what was asked for first in front.",
    )
    async def invoices(
        self,
        info: Info,
        status: Annotated[
            InvoiceStatus | None, strawberry.argument(description="Only those that are there.")
        ] = None,
        first: First = DEFAULT_PAGE,
        after: After = None,
        *,
        red_letter_due: Annotated[
            bool,
            strawberry.argument(description="Only those that a red-letter invoice is owed of."),
        ] = False,
    ) -> ConnectionView[InvoiceView]:
        after_place = place(after, _ASKED)
        page = await views.invoices(
            info.context.reads,
            reading_of(info, is_masked=True),
            status=status,
            red_letter_due=red_letter_due,
            first=page_size(first),
            after=after_place.key if after_place else None,
        )
        return connection(page, _ASKED, lambda each: Place(0, each.key), after=after_place)


def reading_of(info: Info, *, is_masked: bool) -> Reading:
    """How invoices are read in this request."""
    return Reading(info.context.members.vault, info.context.language, is_masked)
