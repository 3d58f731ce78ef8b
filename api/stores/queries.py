"""The root fields of places."""

import strawberry

from api.access import Access, root_field
from api.context import Info
from api.limits import sized
from api.stores import types
from domain.stores import views


@strawberry.type
class StoreQuery:
    """Reads of places."""

    @root_field(
        access=Access.STOCK_READER,
        graphql_type=list[types.PlaceType],
        description="The warehouse and all stores, by code; at most 1,000; for a pad its own.",
        metadata=sized(100),
    )
    async def places(self, info: Info) -> list[views.PlaceView]:
        return await views.places(info.context.reads, info.context.places_in_reach())

    @root_field(
        access=Access.ANYONE,
        graphql_type=list[types.PickUpStore],
        description="The stores that hand orders out, by the brand's code; at most 100, counts as "
        "20.",
        metadata=sized(20),
    )
    async def pick_up_stores(self, info: Info) -> list[types.PickUpStoreView]:
        stores = await views.all_pick_up_stores(info.context.reads)
        return [types.pick_up_store(store, info.context.language) for store in stores]
