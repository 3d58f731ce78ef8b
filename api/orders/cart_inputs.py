"""What members send about their carts."""

from uuid import UUID

import strawberry

from api.ids import key
from domain.catalog.views.structs import VARIANT
from domain.orders.cart.actions import Wanted
from domain.orders.cart.models import EngravedText
from domain.orders.cart.views import CART_LINE


@strawberry.input(description="A text that is wanted in one of a product's fields.")
class EngravingInput:
    code: str = strawberry.field(description="The field's code.")
    text: str = strawberry.field(
        description="The text; kept in its plain form (NFKC), without spaces around it."
    )


@strawberry.input(description="Units of a variant for the cart.")
class AddToCartInput:
    request_id: UUID = strawberry.field(
        description="An id of the client's own for this request: sent again, it adds nothing and "
        "gets the first answer."
    )
    variant_id: strawberry.ID = strawberry.field(description="The variant.")
    units: int = strawberry.field(default=1, description="How many, from 1 to 999.")
    personalisation: list[EngravingInput] = strawberry.field(
        default_factory=list[EngravingInput],
        description="What is wanted on each unit, at most 5, one text for each field.",
    )

    def wanted(self) -> Wanted:
        """The domain's value; a BAD_INPUT fault for what is no id."""
        return Wanted(
            key(self.variant_id, VARIANT, argument="variantId"),
            self.units,
            tuple(EngravedText(each.code, each.text) for each in self.personalisation),
        )


@strawberry.input(description="Changes to a line; what is left out stays as it is.")
class ChangeCartLineInput:
    line_id: strawberry.ID = strawberry.field(description="The line.")
    units: strawberry.Maybe[int] = strawberry.field(description="How many, from 1 to 999.")
    is_selected: strawberry.Maybe[bool] = strawberry.field(
        description="Whether the next order shall have it."
    )

    @property
    def line_key(self) -> UUID:
        """The line's key; a BAD_INPUT fault for an id that is none."""
        return key(self.line_id, CART_LINE, argument="lineId")


@strawberry.input(description="Lines to select or to leave out.")
class SelectCartLinesInput:
    line_ids: list[strawberry.ID] | None = strawberry.field(
        default=None,
        description="The lines, at most 100; without it all of the cart. What is not in the cart "
        "is passed over.",
    )
    is_selected: bool = strawberry.field(description="Whether the next order shall have them.")

    @property
    def line_keys(self) -> list[UUID] | None:
        """The lines' keys, None for all; a BAD_INPUT fault for an id that is none."""
        return None if self.line_ids is None else _keys(self.line_ids)


@strawberry.input(description="Lines to take out of the cart.")
class RemoveCartLinesInput:
    line_ids: list[strawberry.ID] = strawberry.field(
        description="The lines, at most 100. What is not in the cart is passed over."
    )

    @property
    def line_keys(self) -> list[UUID]:
        """The lines' keys; a BAD_INPUT fault for an id that is none."""
        return _keys(self.line_ids)


def _keys(line_ids: list[strawberry.ID]) -> list[UUID]:
    return [key(each, CART_LINE, argument="lineIds") for each in line_ids]
