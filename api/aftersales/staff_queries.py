"""The root fields of cases for staff."""

from typing import Annotated

import strawberry

from api.access import Access, root_field
from api.aftersales.reading import case_in_reach, case_reading
from api.aftersales.staff_inputs import StaffCaseFilterInput
from api.aftersales.types import Case
from api.context import Info
from api.ids import key
from api.paging import After, Connection, ConnectionView, First, connection, page_size, place
from domain.aftersales.views import CASE, CaseView, staff_cases
from domain.kernel.paging import DEFAULT_PAGE, Place

_OPENED = "case"


@strawberry.type
class StaffCaseQuery:
    """Reads of cases by the staff."""

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
