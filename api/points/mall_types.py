"""The GraphQL types of the points mall; behind each is a struct of `redeeming.views`."""

from datetime import datetime

import strawberry

from api.bilingual import Bilingual
from api.catalog.enums import ProductKind
from api.catalog.types import Image
from api.node import Node
from domain.kernel.money import Fen
from domain.kernel.points import Points
from domain.orders.redeeming import views

_POINTS = "The points that a unit costs."
_CASH = "The cash that a unit costs besides; 0 where points are all."
_LIST_PRICE = "What a unit costs without points."
_OPENS = "From when on it can be redeemed."
_CLOSES = "Until before when; null where it has no end."
_LIMIT = "The most units that one member may have; null without a limit."


@strawberry.type(description="An offer of the points mall: units of a variant for points.")
class PointsOffer(Node):
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
        description="What is handed over: what is VIRTUAL needs no address."
    )
    image: Image = strawberry.field(description="The product's main picture.")
    list_price_fen: Fen = strawberry.field(name="listPrice", description=_LIST_PRICE)
    points: Points = strawberry.field(description=_POINTS)
    cash_fen: Fen = strawberry.field(name="cash", description=_CASH)
    left: int = strawberry.field(
        description="How many units it still has to give; there may be fewer in stock."
    )
    member_limit: int | None = strawberry.field(description=_LIMIT)
    opens_at: datetime = strawberry.field(description=_OPENS)
    closes_at: datetime | None = strawberry.field(description=_CLOSES)

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, views.OfferView)


@strawberry.type(description="An offer of the points mall, whole.")
class StaffPointsOffer(Node):
    product_id: strawberry.ID = strawberry.field(description="The product.")
    product_title: Bilingual = strawberry.field(description="The product's name.")
    variant_id: strawberry.ID = strawberry.field(description="The variant.")
    variant_title: Bilingual = strawberry.field(description="The variant's name.")
    sku: str = strawberry.field(description="The brand's own article number.")
    list_price_fen: Fen = strawberry.field(name="listPrice", description=_LIST_PRICE)
    points: Points = strawberry.field(description=_POINTS)
    cash_fen: Fen = strawberry.field(name="cash", description=_CASH)
    allocated: int = strawberry.field(description="How many units it has to give in all.")
    taken: int = strawberry.field(description="How many of them are in orders that stand.")
    member_limit: int | None = strawberry.field(description=_LIMIT)
    opens_at: datetime = strawberry.field(description=_OPENS)
    closes_at: datetime | None = strawberry.field(description=_CLOSES)
    is_hidden: bool = strawberry.field(
        description="Whether it is kept from everybody but the staff."
    )
    withdrawn_at: datetime | None = strawberry.field(
        description="When it was ended for good; null while it was not."
    )
    revision: int = strawberry.field(description="Its revision, which a change has to name.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, views.StaffOfferView)
