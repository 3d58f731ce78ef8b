"""The catalogue's root fields for everybody."""

from typing import Annotated
from uuid import UUID

import strawberry

from api.access import Access, root_field
from api.catalog import types
from api.catalog.enums import ProductSort
from api.catalog.reading import product_reading
from api.catalog.words import words
from api.context import Info
from api.ids import key
from api.limits import sized
from api.paging import Connection, ConnectionView, connection, page_size, place
from domain.catalog.views import categories, home, listing, products, structs
from domain.catalog.views.listing import ProductFilter
from domain.kernel.money import Fen
from domain.kernel.paging import DEFAULT_PAGE, Place
from domain.stock.views import is_available


@strawberry.input(description="Which products to list; what is left out does not matter.")
class ProductFilterInput:
    category_id: strawberry.ID | None = strawberry.field(
        default=None, description="Only products on this shelf and on those below it."
    )
    tag_id: strawberry.ID | None = strawberry.field(
        default=None, description="Only products with this tag."
    )
    least_price: Fen | None = strawberry.field(
        default=None, description="Only products whose lowest price is this or more."
    )
    most_price: Fen | None = strawberry.field(
        default=None, description="Only products whose lowest price is this or less."
    )
    in_stock_only: bool = strawberry.field(
        default=False, description="Only products of which an order could have a unit now."
    )
    search: str | None = strawberry.field(
        default=None,
        description="Only products whose name, code or SKU has all these words, anywhere: "
        "at most 50 characters and 8 words.",
    )


@strawberry.type
class CatalogQuery:
    """Reads of the catalogue."""

    @root_field(
        access=Access.ANYONE,
        graphql_type=Connection[types.Product],
        description="The products that can be seen, newest first unless another order is asked "
        "for.",
    )
    async def products(
        self,
        info: Info,
        filter_by: Annotated[
            ProductFilterInput | None,
            strawberry.argument(name="filter", description="Which products to list."),
        ] = None,
        category_id: Annotated[
            strawberry.ID | None,
            strawberry.argument(
                description="Only products on this shelf and on those below it.",
                deprecation_reason="Since 2026-11: use the filter's categoryId.",
            ),
        ] = None,
        sort: Annotated[
            ProductSort, strawberry.argument(description="The order of the list.")
        ] = ProductSort.NEWEST,
        first: Annotated[
            int, strawberry.argument(description="How many products at most, from 1 to 100.")
        ] = DEFAULT_PAGE,
        after: Annotated[
            str | None,
            strawberry.argument(description="The cursor that the page begins after."),
        ] = None,
    ) -> ConnectionView[structs.Product]:
        after_place = place(after, sort)
        wanted = _filter(filter_by or ProductFilterInput(), category_id)
        page = await listing.products(
            info.context.reads,
            product_reading(info, product_path="edges.node."),
            wanted,
            sort=sort,
            first=page_size(first),
            after=after_place,
        )
        return connection(page, sort, _place_of, after=after_place)

    @root_field(
        access=Access.ANYONE,
        graphql_type=types.Product | None,
        description="One product; null where there is none with that id that can be seen.",
    )
    async def product(
        self,
        info: Info,
        product_id: Annotated[
            strawberry.ID, strawberry.argument(name="id", description="The product's id.")
        ],
    ) -> structs.Product | None:
        return await products.product(
            info.context.reads,
            product_reading(info, product_path=""),
            key(product_id, structs.PRODUCT, argument="id"),
        )

    @root_field(
        access=Access.ANYONE,
        graphql_type=list[types.CategoryTree],
        description="The shelves of the mall in the brand's order, at most 500 in three levels; "
        "counts as 20 in a document's cost.",
        metadata=sized(20),
    )
    async def category_trees(self, info: Info) -> list[structs.CategoryTree]:
        return await categories.category_trees(info.context.reads, info.context.language)

    @root_field(
        access=Access.ANYONE,
        graphql_type=types.HomePage,
        description="The home page as the brand arranged it, without what cannot be seen.",
    )
    async def home_page(self, info: Info) -> home.HomePage:
        reading = product_reading(info, product_path="sections.products.")
        return await home.home_page(info.context.reads, reading)


def _filter(given: ProductFilterInput, category_id: strawberry.ID | None) -> ProductFilter:
    if given.category_id is not None:
        category_id = given.category_id
    return ProductFilter(
        category_id=_key(category_id, structs.CATEGORY, "categoryId"),
        tag_id=_key(given.tag_id, structs.TAG, "tagId"),
        least_price_fen=given.least_price,
        most_price_fen=given.most_price,
        words=words(given.search),
        is_available=is_available if given.in_stock_only else None,
    )


def _key(public: strawberry.ID | None, kind: str, argument: str) -> UUID | None:
    return None if public is None else key(public, kind, argument=argument)


def _place_of(product: structs.Product) -> Place:
    return Place(product.place, product.key)
