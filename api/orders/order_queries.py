"""The root fields of one's own orders."""

from typing import Annotated

import strawberry

from api.access import Access, root_field
from api.context import Info
from api.ids import key
from api.orders.enums import OrderStatus
from api.orders.order_reading import order_reading
from api.orders.order_types import Order
from api.paging import After, Connection, ConnectionView, First, connection, page_size, place
from domain.aftersales.timelines import with_cases
from domain.kernel.paging import DEFAULT_PAGE, Page, Place
from domain.orders.views import orders
from domain.orders.views.structs import ORDER, OrderView

_PLACED = "placed"


@strawberry.type
class OrderQuery:
    """Reads of orders by whose they are."""

    @root_field(
        access=Access.MEMBER,
        graphql_type=Connection[Order],
        description="The caller's own orders, the newest first.",
    )
    async def orders(
        self,
        info: Info,
        status: Annotated[
            OrderStatus | None, strawberry.argument(description="Only those that are there.")
        ] = None,
        first: First = DEFAULT_PAGE,
        after: After = None,
    ) -> ConnectionView[OrderView]:
        context, after_place = info.context, place(after, _PLACED)
        page = await orders.orders(
            context.reads,
            order_reading(info, order_path="edges.node."),
            context.member().id,
            status=status,
            first=page_size(first),
            after=after_place,
        )
        told = await with_cases(context.reads, context.language, page.items)
        shown = Page(told, page.has_next)
        return connection(shown, _PLACED, lambda each: Place(0, each.key), after=after_place)

    @root_field(
        access=Access.MEMBER,
        graphql_type=Order | None,
        description="One of the caller's own orders; null where they have none with that id.",
    )
    async def order(
        self,
        info: Info,
        order_id: Annotated[
            strawberry.ID, strawberry.argument(name="id", description="The order's id.")
        ],
    ) -> OrderView | None:
        context = info.context
        found = await orders.order_of(
            context.reads,
            order_reading(info, order_path=""),
            key(order_id, ORDER, argument="id"),
            context.member().id,
        )
        if found is None:
            return None
        (told,) = await with_cases(context.reads, context.language, [found])
        return told
