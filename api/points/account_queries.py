"""The root fields of a member's own points."""

import strawberry

from api.access import Access, root_field
from api.context import Info
from api.limits import sized
from api.paging import After, Connection, ConnectionView, First, connection, page_size, place
from api.points.account_types import ExpiringPoints, PendingPoints, PointsEntry
from domain.kernel.paging import DEFAULT_PAGE
from domain.orders import points_statement
from domain.orders.points_statement import PendingPointsView, PointsEntryView
from domain.points import views
from domain.points.views import ExpiringView

ENTRY = "points_entry"
"""The order of the statement in its cursors."""
PENDING = "points_lot"
"""The order of what is pending in its cursors."""


@strawberry.type
class PointsAccountQuery:
    """Reads of points by whose they are; what they have in all is at `viewer`."""

    @root_field(
        access=Access.MEMBER,
        graphql_type=Connection[PointsEntry],
        description="The statement of the caller's points: every movement, the newest first.",
    )
    async def points_entries(
        self, info: Info, first: First = DEFAULT_PAGE, after: After = None
    ) -> ConnectionView[PointsEntryView]:
        context, after_place = info.context, place(after, ENTRY)
        page = await points_statement.points_entries(
            context.reads,
            context.member().id,
            context.language,
            first=page_size(first),
            after=after_place,
        )
        return connection(page, ENTRY, lambda each: each.place, after=after_place)

    @root_field(
        access=Access.MEMBER,
        graphql_type=Connection[PendingPoints],
        description="What the caller has earned that has not settled, the newest first.",
    )
    async def pending_points(
        self, info: Info, first: First = DEFAULT_PAGE, after: After = None
    ) -> ConnectionView[PendingPointsView]:
        context, after_place = info.context, place(after, PENDING)
        page = await points_statement.pending_points(
            context.reads,
            context.member().id,
            context.language,
            first=page_size(first),
            after=after_place,
        )
        return connection(page, PENDING, lambda each: each.place, after=after_place)

    @root_field(
        access=Access.MEMBER,
        graphql_type=list[ExpiringPoints],
        description="What of the caller's points expires after which day, the first in front, for "
        "the next 100 such days. Counts as 20 in a document's cost.",
        metadata=sized(20),
    )
    async def expiring_points(self, info: Info) -> list[ExpiringView]:
        context = info.context
        return await views.expiring(context.reads, context.member().id, at=context.now())
