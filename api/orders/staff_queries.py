"""The root fields of orders for staff."""

from typing import Annotated

import msgspec
import strawberry

from api.access import Access, root_field
from api.context import Info
from api.ids import key
from api.orders.staff_inputs import StaffOrderFilterInput, filter_of
from api.orders.staff_reading import order_in_reach, staff_reading
from api.orders.staff_types import StaffOrder
from api.paging import (
    After,
    Connection,
    ConnectionView,
    First,
    connection,
    cursor,
    page_size,
    place,
)
from domain.kernel.paging import DEFAULT_PAGE, Page, Place
from domain.orders.views.staff import StaffOrderView, staff_orders
from domain.orders.views.structs import ORDER

_PLACED = "placed"


@strawberry.type
class StaffOrderQuery:
    """Reads of orders by the staff."""

    @root_field(
        access=Access.STAFF,
        graphql_type=Connection[StaffOrder],
        description="Orders, the newest first. Guides and store managers see those of their "
        "stores. Where few of many fit several conditions, a page may have fewer than it could, "
        "even none, and still a next page: go on while `hasNextPage`.",
    )
    async def staff_orders(
        self,
        info: Info,
        wanted: Annotated[
            StaffOrderFilterInput | None,
            strawberry.argument(name="filter", description="Which ones; all without it."),
        ] = None,
        first: First = DEFAULT_PAGE,
        after: After = None,
    ) -> ConnectionView[StaffOrderView]:
        context, after_place = info.context, place(after, _PLACED)
        page = await staff_orders(
            context.reads,
            staff_reading(info, order_path="edges.node."),
            filter_of(wanted, context.staff(), context.members.vault),
            first=page_size(first),
            after=after_place.key if after_place else None,
        )
        last = page.go_on_behind
        shown = Page(page.orders, last is not None)
        found = connection(shown, _PLACED, lambda each: Place(0, each.key), after=after_place)
        if last is None:
            return found
        # The page ends where looking ended, which is not always at its last order.
        end = msgspec.structs.replace(found.page_info, end_cursor=cursor(_PLACED, Place(0, last)))
        return msgspec.structs.replace(found, page_info=end)

    @root_field(
        access=Access.STAFF,
        graphql_type=StaffOrder | None,
        description="One order; null where there is none. Guides and store managers see those of "
        "their stores, and no other is there for them.",
    )
    async def staff_order(
        self,
        info: Info,
        order_id: Annotated[
            strawberry.ID, strawberry.argument(name="id", description="The order's id.")
        ],
    ) -> StaffOrderView | None:
        order_key = key(order_id, ORDER, argument="id")
        return await order_in_reach(info, order_key, order_path="")
