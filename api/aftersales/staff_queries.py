"""The root fields of cases for staff."""

from typing import Annotated

import strawberry

from api.access import Access, root_field
from api.aftersales import staff_results as results
from api.aftersales.on_behalf_inputs import StaffPreviewCaseInput
from api.aftersales.reading import case_in_reach, case_reading, preview_view
from api.aftersales.rejected_types import RejectedTexts
from api.aftersales.results import CasePreviewView
from api.aftersales.staff_inputs import StaffCaseFilterInput
from api.aftersales.types import Case
from api.context import Info
from api.ids import key
from api.paging import After, Connection, ConnectionView, First, connection, page_size, place
from api.refusals import RefusalsAsData
from domain.aftersales.on_behalf import preview_for_member
from domain.aftersales.rejected import RejectedView, rejected_texts
from domain.aftersales.views import CASE, CaseView, staff_cases
from domain.kernel.actors import By
from domain.kernel.paging import DEFAULT_PAGE, Place

_OPENED = "case"
_REJECTED = "rejected"


@strawberry.type
class StaffCaseQuery:
    """Reads of cases by the staff, and what would come back by one."""

    @root_field(
        access=Access.GUIDE,
        graphql_type=results.StaffPreviewCaseResult,
        description="What would come back by a case that is opened for an order's member, to the "
        "fen. Nothing is written; what it tells goes with the request. Guides and store managers "
        "can ask for orders of their stores.",
        extensions=[RefusalsAsData()],
    )
    async def staff_preview_case(
        self,
        info: Info,
        given: Annotated[
            StaffPreviewCaseInput,
            strawberry.argument(name="input", description="What would be asked for."),
        ],
    ) -> CasePreviewView:
        context = info.context
        found = await preview_for_member(
            context.reads,
            given.order_key,
            given.wish,
            given.exception,
            context.cases.terms,
            By(context.staff(), context.now(), context.random),
        )
        return preview_view(found, context.language)

    @root_field(
        access=Access.STAFF,
        graphql_type=Connection[Case],
        description="Cases, the newest first. Guides and store managers see those of their stores.",
    )
    async def staff_cases(
        self,
        info: Info,
        wanted: Annotated[
            StaffCaseFilterInput | None,
            strawberry.argument(name="filter", description="Which ones; all without it."),
        ] = None,
        first: First = DEFAULT_PAGE,
        after: After = None,
    ) -> ConnectionView[CaseView]:
        context, after_place = info.context, place(after, _OPENED)
        page = await staff_cases(
            context.reads,
            case_reading(info),
            (wanted or StaffCaseFilterInput()).wanted(context.staff()),
            first=page_size(first),
            after=after_place.key if after_place else None,
        )
        return connection(page, _OPENED, lambda each: Place(0, each.key), after=after_place)

    @root_field(
        access=Access.STAFF,
        graphql_type=Case | None,
        description="One case; null where there is none. Guides and store managers see those of "
        "their stores.",
    )
    async def staff_case(
        self,
        info: Info,
        case_id: Annotated[
            strawberry.ID, strawberry.argument(name="id", description="The case's id.")
        ],
    ) -> CaseView | None:
        return await case_in_reach(info, key(case_id, CASE, argument="id"))

    @root_field(
        access=Access.GUIDE,
        graphql_type=Connection[RejectedTexts],
        description="Lines of paid orders whose texts were rejected, and for which no case is open "
        "or done: their money is to be given back. The oldest orders first; guides and store "
        "managers see those of their stores.",
    )
    async def rejected_texts(
        self, info: Info, first: First = DEFAULT_PAGE, after: After = None
    ) -> ConnectionView[RejectedView]:
        context, after_place = info.context, place(after, _REJECTED)
        page = await rejected_texts(
            context.reads, context.staff().store_ids, first=page_size(first), after=after_place
        )
        return connection(page, _REJECTED, _place_of, after=after_place)


def _place_of(rejected: RejectedView) -> Place:
    return Place(rejected.line_number, rejected.key)
