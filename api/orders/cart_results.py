"""What changes of a cart answer with: successes, refusals, and their unions."""

from typing import Annotated

import msgspec
import strawberry

from api.limits import sized
from api.members.results import MemberBlocked
from api.orders.cart_types import Cart
from api.refusals import InvalidInput, Refusal, refusal
from domain.kernel.language import Sentence
from domain.orders.cart import errors
from domain.orders.cart.views import CartView


class CartLineAddedView(msgspec.Struct, frozen=True):
    """The struct behind `CartLineAdded`."""

    line_id: str
    cart: CartView


class CartSavedView(msgspec.Struct, frozen=True):
    """The struct behind `CartSaved`."""

    cart: CartView


@strawberry.type(description="It is in the cart.")
class CartLineAdded:
    line_id: strawberry.ID = strawberry.field(description="The line that has it.")
    cart: Cart = strawberry.field(description="The cart as it is now.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, CartLineAddedView)


@strawberry.type(description="The cart was changed.")
class CartSaved:
    cart: Cart = strawberry.field(description="The cart as it is now.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, CartSavedView)


@refusal(
    errors.VariantUnavailable, Sentence(zh="该商品已下架。", en="This is not sold at this moment.")
)
@strawberry.type(description="There is no such variant, or it is not sold at this moment.")
class VariantUnavailable(Refusal):
    pass


@refusal(errors.NotOrderable, Sentence(zh="该商品暂不支持下单。", en="This cannot be ordered yet."))
@strawberry.type(description="The product is of a kind that cannot be ordered yet.")
class NotOrderable(Refusal):
    pass


@refusal(
    errors.CartFull,
    Sentence(
        zh="购物车最多 {most} 种商品，请先清理。",
        en="A cart has at most {most} lines; take something out first.",
    ),
)
@strawberry.type(description="The cart has as many lines as a cart may have.")
class CartFull(Refusal):
    most: int = strawberry.field(description="How many lines that is.")


@refusal(
    errors.TooManyUnits,
    Sentence(
        zh="单种商品最多 {most} 件，购物车中已有 {in_cart} 件。",
        en="A line has at most {most} units; {in_cart} are in the cart already.",
    ),
)
@strawberry.type(description="The line would have more units than a line may have.")
class TooManyUnits(Refusal):
    most: int = strawberry.field(description="The most units of a line.")
    in_cart: int = strawberry.field(description="How many the cart has already.")


@refusal(
    errors.CartLineUnavailable,
    Sentence(zh="该商品已不在购物车中。", en="This is not in the cart any more."),
)
@strawberry.type(description="The cart has no such line.")
class CartLineUnavailable(Refusal):
    pass


@refusal(
    errors.PersonalisationNotAllowed,
    Sentence(
        zh="刻字内容未通过审核，请修改后再试。",
        en="This text cannot be engraved; please change it.",
    ),
)
@strawberry.type(description="The check of texts does not let some of the texts through.")
class PersonalisationNotAllowed(Refusal):
    codes: list[str] = strawberry.field(
        description="The fields whose texts it does not let through.", metadata=sized(2)
    )


AddToCartResult = Annotated[
    CartLineAdded
    | VariantUnavailable
    | NotOrderable
    | CartFull
    | TooManyUnits
    | PersonalisationNotAllowed
    | MemberBlocked
    | InvalidInput,
    strawberry.union("AddToCartResult", description="How putting it into the cart went."),
]
ChangeCartLineResult = Annotated[
    CartSaved | CartLineUnavailable | MemberBlocked | InvalidInput,
    strawberry.union("ChangeCartLineResult", description="How changing the line went."),
]
SelectCartLinesResult = Annotated[
    CartSaved | MemberBlocked | InvalidInput,
    strawberry.union("SelectCartLinesResult", description="How selecting the lines went."),
]
RemoveCartLinesResult = Annotated[
    CartSaved | MemberBlocked | InvalidInput,
    strawberry.union("RemoveCartLinesResult", description="How taking the lines out went."),
]
