"""The root field of differences, for those of the staff who keep the account of money."""

from typing import Annotated

import strawberry

from api.access import Access, root_field
from api.context import Info
from api.paging import After, Connection, ConnectionView, First, connection, page_size, place
from api.reconciliation.types import ReconciliationDifference
from domain.kernel.paging import DEFAULT_PAGE
from domain.reconciliation import views
from domain.reconciliation.views import DifferenceView

_FOUND = "difference"


@strawberry.type
class ReconciliationQuery:
    """Reads of differences."""

    @root_field(
        access=Access.BOOKKEEPER,
        graphql_type=Connection[ReconciliationDifference],
        description="What the gateway's bills and our books do not tell alike, the longest known "
        "first.",
    )
    async def reconciliation_differences(
        self,
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        *,
        open_only: Annotated[
            bool, strawberry.argument(description="Whether to leave out what has ended.")
        ] = True,
    ) -> ConnectionView[DifferenceView]:
        context, after_place = info.context, place(after, _FOUND)
        page = await views.differences(
            context.reads,
            open_only=open_only,
            at=context.now(),
            first=page_size(first),
            after=after_place,
        )
        return connection(page, _FOUND, lambda each: each.place, after=after_place)
