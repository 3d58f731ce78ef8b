"""What members are told of their own orders as it happens."""

from collections.abc import AsyncGenerator

import strawberry

from api.access import Access, subscription_field
from api.context import Info
from api.orders.event_types import OrderHappening
from api.orders.order_watch import Happening


@strawberry.type
class OrderSubscription:
    """Orders, watched by whose they are."""

    @subscription_field(
        access=Access.MEMBER,
        graphql_type=OrderHappening,
        description="How the caller's own orders move on. `OrderWatchBegan` comes first, and again "
        "where something had to be left out: ask `orders` then, and nothing is missed.",
    )
    async def order_events(self, info: Info) -> AsyncGenerator[Happening, None]:
        async with info.context.order_watch.watched(info.context.member().id) as mailbox:
            while True:
                yield await mailbox.take()
