"""The root field of one's own favourites."""

from typing import Annotated

import strawberry

from api.access import Access, root_field
from api.catalog.reading import product_reading
from api.context import Info
from api.favourites.types import Favourite
from api.lookahead import selected_paths
from api.paging import Connection, ConnectionView, connection, page_size, place
from domain.favourites import views
from domain.favourites.views import FavouriteView
from domain.kernel.paging import DEFAULT_PAGE

_ADDED = "added"
_PRODUCT = "edges.node.product"


@strawberry.type
class FavouriteQuery:
    """Reads of favourites by whose they are."""

    @root_field(
        access=Access.MEMBER,
        graphql_type=Connection[Favourite],
        description="The caller's own favourites, at most 500, the last added first.",
    )
    async def favourites(
        self,
        info: Info,
        first: Annotated[
            int, strawberry.argument(description="How many at most, from 1 to 100.")
        ] = DEFAULT_PAGE,
        after: Annotated[
            str | None, strawberry.argument(description="The cursor that the page begins after.")
        ] = None,
    ) -> ConnectionView[FavouriteView]:
        context, after_place = info.context, place(after, _ADDED)
        reading = None
        if _PRODUCT in selected_paths(info):
            reading = product_reading(info, product_path=f"{_PRODUCT}.")
        page = await views.favourites(
            context.reads,
            reading,
            context.member().id,
            first=page_size(first),
            after=after_place,
        )
        return connection(page, _ADDED, lambda each: each.place, after=after_place)
