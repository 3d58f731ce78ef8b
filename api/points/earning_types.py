"""The GraphQL types of what orders and products earn."""

from datetime import datetime

import msgspec
import strawberry

from api.enums import described
from api.limits import sized
from domain.catalog.views.structs import PRODUCT, VARIANT
from domain.kernel.ids import public_id
from domain.kernel.language import Language
from domain.kernel.points import Points
from domain.orders.earning.showing import ProductPoints
from domain.points.earning.programme import Bonus
from domain.points.earning.rules import Cap

described(
    Cap,
    "Which cap keeps an order from the points that it would earn.",
    name="PointsCap",
    ORDER="That of one order.",
    DAY="That of a day.",
    MONTH="That of a calendar month.",
    LIFETIME="That of all orders ever.",
    BALANCE="That of what a member may have.",
)


@strawberry.type(description="What comes on top of the points by the rates.")
class EarningBonus:
    title: str = strawberry.field(description="Its name, in the caller's language.")
    bonus_basis_points: int = strawberry.field(
        description="How much of the points of its goods; 10,000 is as many again."
    )
    ends_at: datetime | None = strawberry.field(
        description="Before when an order has to be placed; null where it has no end."
    )


@strawberry.type(description="What one unit of a variant earns.")
class VariantPointsToEarn:
    variant_id: strawberry.ID = strawberry.field(description="The variant.")
    points: Points = strawberry.field(description="At its list price, bought alone.")


@strawberry.type(description="What one unit of a product earns, by its variants.")
class ProductPointsToEarn:
    product_id: strawberry.ID = strawberry.field(description="The product.")
    from_points: Points = strawberry.field(description="The least of its variants.")
    variants: list[VariantPointsToEarn] = strawberry.field(
        description="Each variant, in the brand's order; counts as 5.", metadata=sized(5)
    )
    bonuses: list[EarningBonus] = strawberry.field(
        description="What comes on top, and is counted in.", metadata=sized(2)
    )


class EarningBonusView(msgspec.Struct, frozen=True):
    """The struct behind `EarningBonus`."""

    title: str
    bonus_basis_points: int
    ends_at: datetime | None


class VariantPointsView(msgspec.Struct, frozen=True):
    """The struct behind `VariantPointsToEarn`."""

    variant_id: str
    points: int


class ProductPointsView(msgspec.Struct, frozen=True):
    """The struct behind `ProductPointsToEarn`."""

    product_id: str
    from_points: int
    variants: list[VariantPointsView]
    bonuses: list[EarningBonusView]


def bonus_view(bonus: Bonus, language: Language) -> EarningBonusView:
    """A bonus as its member is told it."""
    return EarningBonusView(bonus.title.told_in(language), bonus.bonus_bp, bonus.ends_at)


def product_points_view(earned: ProductPoints, language: Language) -> ProductPointsView:
    """What a product earns, as its member is told it."""
    return ProductPointsView(
        product_id=public_id(PRODUCT, earned.product_id),
        from_points=min(each.points for each in earned.variants),
        variants=[
            VariantPointsView(public_id(VARIANT, each.variant_id), each.points)
            for each in earned.variants
        ],
        bonuses=[bonus_view(each, language) for each in earned.bonuses],
    )
