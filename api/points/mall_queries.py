"""The root fields of the points mall, for everybody and for staff."""

from typing import Annotated

import strawberry

from api.access import Access, root_field
from api.context import Info
from api.ids import key
from api.paging import After, Connection, ConnectionView, First, connection, page_size, place
from api.points import mall_types as types
from domain.kernel.paging import DEFAULT_PAGE, Place
from domain.orders.redeeming import views

_NEWEST, _ALL = "points_offers", "staff_points_offers"


@strawberry.type
class PointsMallQuery:
    """Reads of the points mall."""

    @root_field(
        access=Access.ANYONE,
        graphql_type=Connection[types.PointsOffer],
        description="The offers of the points mall that can be seen, newest first; those that "
        "open later among them, and none that is over.",
    )
    async def points_offers(
        self, info: Info, first: First = DEFAULT_PAGE, after: After = None
    ) -> ConnectionView[views.OfferView]:
        after_place = place(after, _NEWEST)
        page = await views.offers(
            info.context.reads, _reading(info), first=page_size(first), after=after_place
        )
        return connection(page, _NEWEST, lambda offer: Place(0, offer.key), after=after_place)

    @root_field(
        access=Access.ANYONE,
        graphql_type=types.PointsOffer | None,
        description="One offer; null where there is none with that id that can be seen.",
    )
    async def points_offer(
        self,
        info: Info,
        offer_id: Annotated[
            strawberry.ID, strawberry.argument(name="id", description="The offer's id.")
        ],
    ) -> views.OfferView | None:
        offer_key = key(offer_id, views.POINTS_OFFER, argument="id")
        return await views.offer(info.context.reads, _reading(info), offer_key)

    @root_field(
        access=Access.STAFF,
        graphql_type=Connection[types.StaffPointsOffer],
        description="All offers of the points mall, whatever became of them, newest first.",
    )
    async def staff_points_offers(
        self, info: Info, first: First = DEFAULT_PAGE, after: After = None
    ) -> ConnectionView[views.StaffOfferView]:
        after_place = place(after, _ALL)
        page = await views.staff_offers(
            info.context.reads, first=page_size(first), after=after_place
        )
        return connection(page, _ALL, lambda offer: Place(0, offer.key), after=after_place)


def _reading(info: Info) -> views.OfferReading:
    context = info.context
    return views.OfferReading(context.language, context.now(), context.media_url)
