"""The root fields of one's own favourites."""

from typing import Annotated

import strawberry

from api.access import Access, root_field
from api.catalog.reading import product_reading
from api.context import Info
from api.favourites.types import Favourite
from api.ids import key
from api.lookahead import selected_paths
from api.paging import After, Connection, ConnectionView, First, connection, page_size, place
from domain.catalog.views.structs import PRODUCT
from domain.favourites import views
from domain.favourites.views import FavouriteView
from domain.kernel.errors import BadInput
from domain.kernel.language import Sentence
from domain.kernel.paging import DEFAULT_PAGE, LARGEST_PAGE

_ADDED = "added"
_PRODUCT = "edges.node.product"
_TOO_MANY = Sentence(
    zh="参数 productIds 最多 {most} 项。",
    en="The argument productIds may have at most {most} items.",
)


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
        first: First = DEFAULT_PAGE,
        after: After = None,
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

    @root_field(
        access=Access.MEMBER,
        graphql_type=list[strawberry.ID],
        description="Those of some products that are among the caller's own favourites, in their "
        "order: what a list of products marks.",
    )
    async def favourites_among(
        self,
        info: Info,
        product_ids: Annotated[
            list[strawberry.ID], strawberry.argument(description="The products, at most 100.")
        ],
    ) -> list[strawberry.ID]:
        if len(product_ids) > LARGEST_PAGE:
            raise BadInput(_TOO_MANY, most=LARGEST_PAGE)
        keys = {each: key(each, PRODUCT, argument="productIds") for each in product_ids}
        context = info.context
        among = await views.favourites_among(
            context.reads, context.member().id, list(keys.values())
        )
        return [each for each, product_key in keys.items() if product_key in among]
