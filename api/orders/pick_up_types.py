"""The GraphQL types of what a pad scans and of what lies ready.

Behind each is a struct of `picking_up.scanning` or `picking_up.lying`.
"""

from datetime import datetime

import strawberry

from api.limits import sized
from api.orders.enums import OrderStatus
from api.orders.order_types import OrderEngraving
from api.stores.types import PlaceType


@strawberry.type(description="Units of one variant that are to be handed over.")
class FetchedLine:
    number: int = strawberry.field(description="Its place in the order, from 1.")
    sku: str = strawberry.field(description="The brand's own article number.")
    product_title: str = strawberry.field(
        description="The product's name, in the caller's language."
    )
    variant_title: str = strawberry.field(
        description="The variant's name, in the caller's language."
    )
    units: int = strawberry.field(description="How many.")
    personalisation: list[OrderEngraving] = strawberry.field(
        description="What is engraved on each unit, at most 5; each list counts as 2.",
        metadata=sized(2),
    )


@strawberry.type(description="What a code fetches, as the staff at a pad see it.")
class ScannedPickUp:
    order_id: strawberry.ID = strawberry.field(description="The order.")
    number: str = strawberry.field(description="What people call it by.")
    status: OrderStatus = strawberry.field(
        description="How far it has come; it can be handed over while it is PAID."
    )
    member_name: str = strawberry.field(
        description="The name of its member, of which the first character is shown: `王**`."
    )
    member_note: str | None = strawberry.field(description="What the member said about it.")
    ready_at: datetime = strawberry.field(description="Since when it is ready.")
    fetch_by: datetime = strawberry.field(description="Until when the code fetches it.")
    is_over: bool = strawberry.field(description="Whether that time is over.")
    lines: list[FetchedLine] = strawberry.field(
        description="What is to be handed over, at most 100 lines; counts as 5 in a document's "
        "cost.",
        metadata=sized(5),
    )


@strawberry.type(description="An order that its store has ready, and nobody has fetched.")
class ReadyPickUp:
    order_id: strawberry.ID = strawberry.field(description="The order.")
    number: str = strawberry.field(description="What people call it by.")
    store: PlaceType = strawberry.field(description="Where it lies.")
    member_name: str = strawberry.field(
        description="The name of its member, of which the first character is shown: `王**`."
    )
    units: int = strawberry.field(description="How many units were ordered.")
    ready_at: datetime = strawberry.field(description="Since when it is ready.")
    fetch_by: datetime = strawberry.field(description="Until when its code fetches it.")
    is_over: bool = strawberry.field(
        description="Whether that time is over: a manager gives more, or hands over by the number."
    )
