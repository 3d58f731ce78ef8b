"""What members send about their favourites."""

from uuid import UUID

import strawberry

from api.ids import key
from domain.catalog.views.structs import PRODUCT


@strawberry.input(description="A product to add to one's favourites, or to remove from them.")
class FavouriteInput:
    product_id: strawberry.ID = strawberry.field(description="The product.")

    @property
    def product_key(self) -> UUID:
        """The product's key; a BAD_INPUT fault for an id that is none."""
        return key(self.product_id, PRODUCT, argument="productId")
