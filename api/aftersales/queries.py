"""The root fields of one's own cases, and what would come back by one."""

from typing import Annotated

import strawberry

from api.access import Access, root_field
from api.aftersales import results
from api.aftersales.inputs import PreviewCaseInput
from api.aftersales.reading import case_reading, preview_view
from api.aftersales.types import Case
from api.context import Info
from api.ids import key
from api.paging import After, Connection, ConnectionView, First, connection, page_size, place
from api.refusals import RefusalsAsData
from domain.aftersales import views
from domain.aftersales.opening import preview
from domain.aftersales.views import CASE, CaseView
from domain.kernel.paging import DEFAULT_PAGE, Place
from domain.orders.views.structs import ORDER

_OPENED = "case"


@strawberry.type
class CaseQuery:
    """Reads of cases by whose they are."""

    @root_field(
        access=Access.MEMBER,
        graphql_type=results.PreviewCaseResult,
        description="What would come back by a case of an order of the caller's, to the fen. "
        "Nothing is written; the figure goes with the request.",
        extensions=[RefusalsAsData()],
    )
    async def preview_case(
        self,
        info: Info,
        given: Annotated[
            PreviewCaseInput,
            strawberry.argument(name="input", description="What would be asked for."),
        ],
    ) -> results.CasePreviewView:
        context = info.context
        found = await preview(
            context.reads,
            given.order_key,
            context.member().id,
            given.wish,
            context.cases.terms,
            at=context.now(),
        )
        return preview_view(found, context.language)

    @root_field(
        access=Access.MEMBER,
        graphql_type=Connection[Case],
        description="The caller's own cases, the newest first.",
    )
    async def cases(
        self,
        info: Info,
        order_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only those of this order.")
        ] = None,
        first: First = DEFAULT_PAGE,
        after: After = None,
    ) -> ConnectionView[CaseView]:
        context, after_place = info.context, place(after, _OPENED)
        page = await views.cases_of(
            context.reads,
            case_reading(info),
            context.member().id,
            order_id=None if order_id is None else key(order_id, ORDER, argument="orderId"),
            first=page_size(first),
            after=after_place.key if after_place else None,
        )
        return connection(page, _OPENED, lambda each: Place(0, each.key), after=after_place)

    @root_field(
        access=Access.MEMBER,
        graphql_type=Case | None,
        description="One of the caller's own cases; null where they have none with that id.",
    )
    async def case(
        self,
        info: Info,
        case_id: Annotated[
            strawberry.ID, strawberry.argument(name="id", description="The case's id.")
        ],
    ) -> CaseView | None:
        context = info.context
        return await views.case_by_id(
            context.reads,
            case_reading(info),
            key(case_id, CASE, argument="id"),
            member_id=context.member().id,
        )
