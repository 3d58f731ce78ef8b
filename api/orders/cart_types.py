"""The GraphQL types of the cart; behind each is a struct of `domain.orders.cart.views`."""

from datetime import datetime

import strawberry

from api.catalog.enums import ProductKind
from api.catalog.types import Image
from api.enums import described
from api.limits import sized
from api.node import Node
from api.orders.enums import ReviewStatus
from domain.kernel.money import Fen
from domain.orders.cart import views
from domain.orders.cart.views import LineProblem

described(
    LineProblem,
    "Why a line could not be ordered as it stands in the cart.",
    UNAVAILABLE="It is not sold (any more).",
    SOLD_OUT="There is none.",
    SHORT="There are fewer than the selected lines want, this one among them.",
    OVER_LIMIT="The selected lines want more than one member may buy of the product.",
    PERSONALISATION_CHANGED="What can be engraved has changed since; put it into the cart anew.",
)


@strawberry.type(description="A text that is wanted on each unit of a line.")
class Engraving:
    code: str = strawberry.field(description="The brand's own name for the field.")
    title: str = strawberry.field(description="The field's name, in the caller's language.")
    text: str = strawberry.field(description="The text, as it would be engraved.")


@strawberry.type(description="Units of one variant in a cart.")
class CartLine(Node):
    product_id: strawberry.ID = strawberry.field(description="The product.")
    product_title: str = strawberry.field(
        description="The product's name, in the caller's language."
    )
    variant_id: strawberry.ID = strawberry.field(description="The variant.")
    variant_title: str = strawberry.field(
        description="The variant's name, in the caller's language."
    )
    sku: str = strawberry.field(description="The brand's own article number.")
    kind: ProductKind = strawberry.field(
        description="What is handed over: what is VIRTUAL is ordered apart from everything else."
    )
    image: Image = strawberry.field(description="The product's main picture.")
    price_fen: Fen | None = strawberry.field(
        name="price",
        description="What one unit costs now, without the personalisation; null while UNAVAILABLE.",
    )
    personalisation_price_fen: Fen | None = strawberry.field(
        name="personalisationPrice",
        description="What the personalisation costs now for each unit; null while UNAVAILABLE.",
    )
    weight_grams: int = strawberry.field(
        description="What one unit weighs with its packaging; 0 where nobody has said."
    )
    units: int = strawberry.field(description="How many, from 1 to 999.")
    is_selected: bool = strawberry.field(description="Whether the next order shall have it.")
    personalisation: list[Engraving] = strawberry.field(
        description="What is wanted on each unit, at most 5; each list counts as 2.",
        metadata=sized(2),
    )
    is_returnable: bool = strawberry.field(
        description="Whether it is taken back where the shop is at no fault; what is made for its "
        "member is not, and of what is VIRTUAL nothing can come back."
    )
    review: ReviewStatus | None = strawberry.field(
        description="Whether the texts may be engraved; null without any."
    )
    problems: list[LineProblem] = strawberry.field(
        description="What keeps it from being ordered as it is.", metadata=sized(1)
    )
    available: int | None = strawberry.field(
        description="How many units there are, where it is SHORT or SOLD_OUT; null otherwise."
    )
    member_limit: int | None = strawberry.field(
        description="The most units of the product that one member may buy; null without a limit."
    )
    added_at: datetime = strawberry.field(description="When it was put into the cart.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, views.CartLineView)


@strawberry.type(
    description="The member's cart, the same on every channel. What is UNAVAILABLE does not count "
    "in its sums, whether or not it is selected."
)
class Cart:
    lines: list[CartLine] = strawberry.field(
        description="The lines, the newest first, at most 100; counts as 20 in a document's cost.",
        metadata=sized(20),
    )
    selected_lines: int = strawberry.field(description="How many lines are selected.")
    selected_units: int = strawberry.field(description="How many units they have.")
    selected_goods_fen: Fen = strawberry.field(
        name="selectedGoods",
        description="What they cost with their personalisation, before any reduction and freight; "
        "a quote tells what has to be paid.",
    )

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, views.CartView)
