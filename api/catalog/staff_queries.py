"""The catalogue's root fields for staff."""

from typing import Annotated

import msgspec
import strawberry

from api.access import Access, root_field
from api.catalog import staff_types as types
from api.catalog.enums import ProductStatus
from api.catalog.words import words
from api.context import Info
from api.ids import key
from api.limits import sized
from api.paging import After, Connection, ConnectionView, First, connection, page_size, place
from domain.catalog.home import Banner, Section
from domain.catalog.views import home, staff
from domain.catalog.views.structs import PRODUCT, VARIANT
from domain.kernel.language import Bilingual
from domain.kernel.paging import DEFAULT_PAGE, Place

_YOUNGEST, _LATEST = "youngest", "latest"


class HomePageView(msgspec.Struct, frozen=True):
    """The struct behind `StaffHomePage`."""

    revision: int
    banners: tuple[Banner, ...]
    sections: tuple[Section, ...]
    search_words: tuple[Bilingual, ...]


@strawberry.type
class CatalogStaffQuery:
    """Reads of the catalogue for staff."""

    @root_field(
        access=Access.STAFF_OR_CATALOG_READER,
        graphql_type=types.StaffProduct | None,
        description="One product, whatever its status; null where there is none.",
    )
    async def staff_product(
        self,
        info: Info,
        product_id: Annotated[
            strawberry.ID, strawberry.argument(name="id", description="The product's id.")
        ],
    ) -> staff.StaffProduct | None:
        return await staff.staff_product(
            info.context.reads, key(product_id, PRODUCT, argument="id")
        )

    @root_field(
        access=Access.STAFF_OR_CATALOG_READER,
        graphql_type=Connection[types.StaffProduct],
        description="All products, whatever their status, those created last first.",
    )
    async def staff_products(
        self,
        info: Info,
        status: Annotated[
            ProductStatus | None, strawberry.argument(description="Only those with this status.")
        ] = None,
        search: Annotated[
            str | None,
            strawberry.argument(description="Only those whose name, code or SKU has all words."),
        ] = None,
        first: First = DEFAULT_PAGE,
        after: After = None,
    ) -> ConnectionView[staff.StaffProduct]:
        after_place = place(after, _YOUNGEST)
        page = await staff.staff_products(
            info.context.reads,
            staff.StaffFilter(status, words(search)),
            first=page_size(first),
            after=after_place,
        )
        return connection(page, _YOUNGEST, lambda product: Place(0, product.key), after=after_place)

    @root_field(
        access=Access.STAFF,
        graphql_type=Connection[types.PriceEntry],
        description="What a variant cost since when, latest first: the proof of a lowest price.",
    )
    async def price_history(
        self,
        info: Info,
        variant_id: Annotated[strawberry.ID, strawberry.argument(description="The variant.")],
        first: First = DEFAULT_PAGE,
        after: After = None,
    ) -> ConnectionView[staff.PriceEntry]:
        variant_key = key(variant_id, VARIANT, argument="variantId")
        after_place = place(after, _LATEST)
        page = await staff.price_history(
            info.context.reads, variant_key, first=page_size(first), after=after_place
        )
        return connection(
            page, _LATEST, lambda entry: Place(entry.number, variant_key), after=after_place
        )

    @root_field(
        access=Access.STAFF,
        graphql_type=list[types.StaffCategory],
        description="All shelves, hidden ones too, parents first; at most 500.",
        metadata=sized(100),
    )
    async def staff_categories(self, info: Info) -> list[staff.StaffCategory]:
        return await staff.staff_categories(info.context.reads)

    @root_field(
        access=Access.STAFF,
        graphql_type=list[types.StaffTag],
        description="All tags, by code; at most 500.",
        metadata=sized(100),
    )
    async def staff_tags(self, info: Info) -> list[staff.StaffTag]:
        return await staff.staff_tags(info.context.reads)

    @root_field(
        access=Access.STAFF,
        graphql_type=types.StaffHomePage,
        description="The home page as it was arranged, with what cannot be seen.",
    )
    async def staff_home_page(self, info: Info) -> HomePageView:
        arranged, revision = await home.arrangement(info.context.reads)
        return HomePageView(revision, arranged.banners, arranged.sections, arranged.search_words)
