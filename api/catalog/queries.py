"""The catalogue's root fields."""

from typing import Annotated
from uuid import UUID

import strawberry

from api.access import Access, root_field
from api.catalog import types
from api.context import Info
from api.ids import key
from api.lookahead import selected_paths
from api.paging import Connection, ConnectionView, connection, page_size, place
from domain.catalog import views
from domain.kernel.paging import DEFAULT_PAGE
from domain.stock.views import is_available

_NEWEST = "newest"


@strawberry.type
class CatalogQuery:
    """Reads of the catalogue."""

    @root_field(
        access=Access.ANYONE,
        graphql_type=Connection[types.Product],
        description="The mall's products, newest first.",
    )
    async def products(
        self,
        info: Info,
        category_id: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="Only the products of this category."),
        ] = None,
        first: Annotated[
            int, strawberry.argument(description="How many products at most, from 1 to 100.")
        ] = DEFAULT_PAGE,
        after: Annotated[
            str | None,
            strawberry.argument(description="The cursor that the page begins after."),
        ] = None,
    ) -> ConnectionView[views.Product]:
        after_key = place(after, _NEWEST)
        page = await views.newest_products(
            info.context.reads,
            _reading(info, product_path="edges.node."),
            category_id=_category_key(category_id),
            first=page_size(first),
            after=after_key,
        )
        return connection(page, _NEWEST, lambda product: product.key, after=after_key)

    @root_field(
        access=Access.ANYONE,
        graphql_type=types.Product | None,
        description="One product; null where there is none with that id.",
    )
    async def product(
        self,
        info: Info,
        product_id: Annotated[
            strawberry.ID, strawberry.argument(name="id", description="The product's id.")
        ],
    ) -> views.Product | None:
        return await views.product(
            info.context.reads,
            _reading(info, product_path=""),
            key(product_id, views.PRODUCT, argument="id"),
        )


def _reading(info: Info, *, product_path: str) -> views.Reading:
    selected = selected_paths(info)
    return views.Reading(
        language=info.context.language,
        media_url=info.context.media_url,
        with_category=f"{product_path}category" in selected,
        with_variants=f"{product_path}variants" in selected,
        is_available=is_available if f"{product_path}variants.isInStock" in selected else None,
    )


def _category_key(category_id: strawberry.ID | None) -> UUID | None:
    if category_id is None:
        return None
    return key(category_id, views.CATEGORY, argument="categoryId")
