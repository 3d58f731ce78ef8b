"""The GraphQL type of favourites."""

from datetime import datetime

import strawberry

from api.catalog.types import Product


@strawberry.type(description="A product that a member likes.")
class Favourite:
    product_id: strawberry.ID = strawberry.field(description="The product's id.")
    product: Product | None = strawberry.field(
        description="The product as anybody sees it; null while it cannot be seen."
    )
    added_at: datetime = strawberry.field(description="Since when it is in the list.")
