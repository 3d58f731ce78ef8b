"""The root fields of freight: for everybody, and for staff with its history."""

import strawberry

from api.access import Access, root_field
from api.context import Info
from api.freight import types
from api.limits import sized
from api.paging import After, Connection, ConnectionView, First, connection, page_size, place
from domain.freight import views
from domain.freight.arranging import FREIGHT_ID
from domain.kernel.paging import DEFAULT_PAGE, Place

_NEWEST = "freight"


@strawberry.type
class FreightQuery:
    """Reads of freight."""

    @root_field(
        access=Access.ANYONE,
        graphql_type=list[types.FreightRuleType],
        description="What delivery costs where, in the brand's order; at most 100 rules, counts "
        "as 20.",
        metadata=sized(20),
    )
    async def freight_rules(self, info: Info) -> list[types.RuleView]:
        arrangement = await views.in_force_now(info.context.reads)
        return [types.rule_view(rule, info.context.language) for rule in arrangement.rules]

    @root_field(
        access=Access.STAFF,
        graphql_type=types.FreightVersion,
        description="The freight rules in force; version 0, by which all is delivered for "
        "nothing, before any were arranged.",
    )
    async def freight_arrangement(self, info: Info) -> views.FreightVersionView:
        return await views.version_in_force(info.context.reads)

    @root_field(
        access=Access.STAFF,
        graphql_type=Connection[types.FreightVersion],
        description="The freight rules as they were arranged one after the other, newest first.",
    )
    async def freight_versions(
        self,
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
    ) -> ConnectionView[views.FreightVersionView]:
        after_place = place(after, _NEWEST)
        page = await views.versions(info.context.reads, first=page_size(first), after=after_place)
        return connection(
            page, _NEWEST, lambda version: Place(version.number, FREIGHT_ID), after=after_place
        )
