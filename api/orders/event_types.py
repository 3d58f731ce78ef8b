"""The GraphQL types of what happens to orders."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.orders.enums import CloseReason, OrderStatus
from api.sockets.watching import WatchBegan
from domain.orders.views.moves import OrderMove


@strawberry.type(
    description="From this moment on nothing that happens is missed: ask `orders` now."
)
class OrderWatchBegan:
    at: datetime = strawberry.field(description="The moment.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, WatchBegan)


@strawberry.type(description="An order of the caller's has come to another status, or was placed.")
class OrderMoved:
    order_id: strawberry.ID = strawberry.field(description="The order.")
    order_number: str = strawberry.field(description="What people call it by.")
    move: int = strawberry.field(description="Which of its moves it is, from 1.")
    status: OrderStatus = strawberry.field(description="The status that it has come to.")
    close_reason: CloseReason | None = strawberry.field(
        description="Why it was closed, where it was."
    )
    at: datetime = strawberry.field(description="When.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, OrderMove)


OrderHappening = Annotated[
    OrderWatchBegan | OrderMoved,
    strawberry.union("OrderHappening", description="What can happen to orders."),
]
