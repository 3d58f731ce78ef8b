"""The root fields of the rules of earning, for staff."""

import strawberry

from api.access import Access, root_field
from api.context import Info
from api.paging import After, Connection, ConnectionView, First, connection, page_size, place
from api.points import rules_types as types
from domain.kernel.paging import DEFAULT_PAGE, Page, Place
from domain.points.earning import views
from domain.points.earning.publishing import POINTS_RULES_ID

_NEWEST = "points_rules"


@strawberry.type
class PointsRulesQuery:
    """Reads of the rules of earning."""

    @root_field(
        access=Access.STAFF,
        graphql_type=types.PointsRules,
        description="The rules of earning points that are in force; version 0, by which nothing "
        "is earned, before any were published.",
    )
    async def points_rules(self, info: Info) -> types.PointsRulesView:
        context = info.context
        version = await views.programme_in_force(context.reads, at=context.now())
        return types.rules_view(version)

    @root_field(
        access=Access.STAFF,
        graphql_type=Connection[types.PointsRules],
        description="The rules of earning points as they were published one after the other, the "
        "newest first, with those that are scheduled.",
    )
    async def points_rules_versions(
        self,
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
    ) -> ConnectionView[types.PointsRulesView]:
        after_place = place(after, _NEWEST)
        page = await views.programmes(info.context.reads, first=page_size(first), after=after_place)
        shown = Page([types.rules_view(each) for each in page.items], page.has_next)
        return connection(
            shown,
            _NEWEST,
            lambda version: Place(version.number, POINTS_RULES_ID),
            after=after_place,
        )
