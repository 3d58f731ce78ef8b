"""The root field of refunds, for those of the staff who keep the account of money."""

from typing import Annotated

import strawberry

from api.access import Access, root_field
from api.context import Info
from api.orders.enums import OrderRefundStatus
from api.orders.refund_types import ListedRefund
from api.paging import After, Connection, ConnectionView, First, connection, page_size, place
from domain.kernel.paging import DEFAULT_PAGE
from domain.orders.refunding import views
from domain.orders.refunding.views import OrderRefundView

_REFUNDS = "order_refunds"


@strawberry.type
class OrderRefundQuery:
    """Reads of refunds over all orders."""

    @root_field(
        access=Access.BOOKKEEPER,
        graphql_type=Connection[ListedRefund],
        description="Refunds of orders that stand so, the earliest first.",
    )
    async def order_refunds(
        self,
        info: Info,
        status: Annotated[
            OrderRefundStatus, strawberry.argument(description="How far they have come.")
        ],
        first: First = DEFAULT_PAGE,
        after: After = None,
    ) -> ConnectionView[OrderRefundView]:
        after_place = place(after, _REFUNDS)
        page = await views.refunds(
            info.context.reads, status=status, first=page_size(first), after=after_place
        )
        return connection(page, _REFUNDS, lambda each: each.place, after=after_place)
