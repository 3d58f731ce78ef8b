"""The root fields of stock: for staff, and for partners but for the ledger, which names staff."""

from typing import Annotated

import strawberry

from api.access import Access, root_field
from api.context import Info
from api.ids import key
from api.limits import sized
from api.paging import After, Connection, ConnectionView, First, connection, page_size, place
from api.stock import types
from domain.kernel.errors import BadInput
from domain.kernel.language import Sentence
from domain.kernel.paging import DEFAULT_PAGE, LARGEST_PAGE, Place
from domain.stock import views
from domain.stores.views import PLACE

_LEDGER = "ledger"
_TOO_MANY = Sentence(
    zh="参数 variantIds 最多 {most} 个。", en="The argument variantIds has at most {most} ids."
)


@strawberry.type
class StockQuery:
    """Reads of stock."""

    @root_field(
        access=Access.STOCK_READER,
        graphql_type=list[types.StockLevel],
        description="What there is of some variants, at every place where they ever were; "
        "for a pad in its own store.",
        metadata=sized(100),
    )
    async def stock_levels(
        self,
        info: Info,
        variant_ids: Annotated[
            list[strawberry.ID], strawberry.argument(description="The variants, at most 100.")
        ],
    ) -> list[views.LevelView]:
        if len(variant_ids) > LARGEST_PAGE:
            raise BadInput(_TOO_MANY, most=LARGEST_PAGE)
        keys = [key(each, views.VARIANT, argument="variantIds") for each in variant_ids]
        within = info.context.places_in_reach()
        return await views.levels(info.context.reads, keys, within)

    @root_field(
        access=Access.STAFF,
        graphql_type=Connection[types.StockEntry],
        description="The ledger of one variant at one place, latest first.",
    )
    async def stock_entries(
        self,
        info: Info,
        variant_id: Annotated[strawberry.ID, strawberry.argument(description="The variant.")],
        place_id: Annotated[strawberry.ID, strawberry.argument(description="The place.")],
        first: First = DEFAULT_PAGE,
        after: After = None,
    ) -> ConnectionView[views.EntryView]:
        variant_key = key(variant_id, views.VARIANT, argument="variantId")
        place_key = key(place_id, PLACE, argument="placeId")
        after_place = place(after, _LEDGER)
        page = await views.entries(
            info.context.reads, variant_key, place_key, first=page_size(first), after=after_place
        )
        return connection(
            page, _LEDGER, lambda entry: Place(entry.number, variant_key), after=after_place
        )
