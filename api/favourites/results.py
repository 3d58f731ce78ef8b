"""What changes of favourites answer with: successes, refusals, and their unions."""

from typing import Annotated

import msgspec
import strawberry

from api.catalog.results import ProductUnavailable
from api.members.results import MemberBlocked
from api.refusals import Refusal, refusal
from domain.favourites import errors
from domain.kernel.language import Sentence


class FavouriteSavedView(msgspec.Struct, frozen=True):
    """The struct behind `FavouriteSaved`."""

    product_id: str
    is_favourite: bool


@strawberry.type(description="It is so now, whether it was before or not.")
class FavouriteSaved:
    product_id: strawberry.ID = strawberry.field(description="The product.")
    is_favourite: bool = strawberry.field(description="Whether it is one of the favourites now.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, FavouriteSavedView)


@refusal(
    errors.TooManyFavourites,
    Sentence(
        zh="最多收藏 {most} 件商品，请先移除一些。",
        en="At most {most} products can be kept; remove some first.",
    ),
)
@strawberry.type(description="The member has as many favourites as one may have.")
class TooManyFavourites(Refusal):
    most: int = strawberry.field(description="How many that is.")


AddFavouriteResult = Annotated[
    FavouriteSaved | ProductUnavailable | TooManyFavourites | MemberBlocked,
    strawberry.union("AddFavouriteResult", description="How adding the product went."),
]
RemoveFavouriteResult = Annotated[
    FavouriteSaved,
    strawberry.union("RemoveFavouriteResult", description="How removing the product went."),
]
