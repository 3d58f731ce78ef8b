"""What staff send to publish the rules of earning."""

from datetime import datetime
from uuid import UUID

import strawberry

from api.bilingual import BilingualInput
from api.ids import key
from domain.catalog.views.structs import CATEGORY, PRODUCT
from domain.kernel.points import Points
from domain.members.words import Channel
from domain.points.earning.programme import (
    DEFAULT_WINDOW_DAYS,
    Bonus,
    Caps,
    GoodsRate,
    GoodsScope,
    Programme,
)
from domain.points.rules.validity import Validity, ValidityKind

_REQUEST_ID = "An id of the client's own for this request: sent again, it gets the first answer."
_REASON = "Why, in words for colleagues: it stands in the audit trail. At most 500 characters."
_PRODUCTS = "Products by id; with the categories at most 200."
_CATEGORIES = "Categories by id, each with all that stand below it."


def _goods(products: list[strawberry.ID], categories: list[strawberry.ID]) -> GoodsScope:
    """The goods of the ids; a BAD_INPUT fault for what is none."""
    return GoodsScope(
        tuple(key(each, PRODUCT, argument="productIds") for each in products),
        tuple(key(each, CATEGORY, argument="categoryIds") for each in categories),
    )


@strawberry.input(
    description="What some goods earn in the place of the base rate. A product's own rate goes "
    "before its category's, and the nearest category's before those above it. Nothing may be "
    "named twice, in all rates."
)
class PointsRateInput:
    title: BilingualInput = strawberry.field(description="Its name, at most 60 characters.")
    product_ids: list[strawberry.ID] = strawberry.field(default_factory=list, description=_PRODUCTS)
    category_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description=_CATEGORIES
    )
    rate_basis_points: int = strawberry.field(
        description="By 10,000 a yuan earns one point, by 0 nothing; at most 1,000,000."
    )
    window_days: int | None = strawberry.field(
        default=None,
        description="How many days after receipt their points stay pending, at most 180; null as "
        "for all goods.",
    )

    def value(self) -> GoodsRate:
        """The domain's value."""
        return GoodsRate(
            title=self.title.value(),
            goods=_goods(self.product_ids, self.category_ids),
            rate_bp=self.rate_basis_points,
            window_days=self.window_days,
        )


@strawberry.input(
    description="What comes on top of the points by the rates, where all of its conditions hold. "
    "Bonuses are added, never multiplied."
)
class PointsBonusInput:
    title: BilingualInput = strawberry.field(description="Its name, at most 60 characters.")
    bonus_basis_points: int = strawberry.field(
        description="10,000 is as many points again; from 1 to 100,000."
    )
    starts_at: datetime | None = strawberry.field(
        default=None, description="From when on; null from the beginning."
    )
    ends_at: datetime | None = strawberry.field(
        default=None, description="Until before when; null for no end."
    )
    channels: list[Channel] = strawberry.field(
        default_factory=list, description="For orders placed there; empty for everywhere."
    )
    tiers: list[str] = strawberry.field(
        default_factory=list,
        description="For members of these tiers, by key, at most 20 of 40 characters; empty for "
        "all.",
    )
    product_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description=f"{_PRODUCTS} Empty, as the categories, for all goods."
    )
    category_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description=_CATEGORIES
    )

    def value(self) -> Bonus:
        """The domain's value."""
        return Bonus(
            title=self.title.value(),
            bonus_bp=self.bonus_basis_points,
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            channels=tuple(self.channels),
            tiers=tuple(self.tiers),
            goods=_goods(self.product_ids, self.category_ids),
        )


@strawberry.input(
    description="How many points orders may earn a member at most, each up to 1,000,000,000; null "
    "for any number. Days and months are the shop's."
)
class PointsCapsInput:
    order: Points | None = strawberry.field(default=None, description="By one order.")
    day: Points | None = strawberry.field(default=None, description="In a day.")
    month: Points | None = strawberry.field(default=None, description="In a calendar month.")
    lifetime: Points | None = strawberry.field(default=None, description="Ever.")
    balance: Points | None = strawberry.field(
        default=None, description="Which no order lifts a member's points above."
    )

    def value(self) -> Caps:
        """The domain's value."""
        return Caps(
            order=self.order,
            day=self.day,
            month=self.month,
            lifetime=self.lifetime,
            balance=self.balance,
        )


@strawberry.input(description="How long points hold that have become active.")
class PointsValidityInput:
    kind: ValidityKind = strawberry.field(description="By what their end is found.")
    count: int | None = strawberry.field(
        default=None,
        description="How many days for DAYS and SLIDING, at most 3,660; how many months for "
        "MONTHS, at most 120.",
    )
    cut_month: int | None = strawberry.field(
        default=None, description="For YEAR_END: the month of the cut; null without one."
    )
    cut_day: int | None = strawberry.field(
        default=None, description="For YEAR_END: the day of the cut; null without one."
    )

    def value(self) -> Validity:
        """The domain's value."""
        cut = 100 * (self.cut_month or 0) + (self.cut_day or 0)
        return Validity(self.kind, self.count or 0, cut)


@strawberry.input(description="All rules of earning points, as a new version.")
class PublishPointsRulesInput:
    request_id: UUID = strawberry.field(description=_REQUEST_ID)
    reason: str = strawberry.field(description=_REASON)
    number: int = strawberry.field(
        description="The newest version when the rules were read, also a scheduled one, so that "
        "nobody's change is passed over unseen; 0 where none was published yet."
    )
    valid_from: datetime | None = strawberry.field(
        default=None, description="From when on they are in force, not in the past; null for now."
    )
    base_rate_basis_points: int = strawberry.field(
        description="What all other goods earn: by 10,000 a yuan earns one point; at most "
        "1,000,000."
    )
    rates: list[PointsRateInput] = strawberry.field(
        default_factory=list, description="Rates of some goods, at most 50."
    )
    bonuses: list[PointsBonusInput] = strawberry.field(
        default_factory=list, description="Channels, campaigns and tiers, at most 50."
    )
    caps: PointsCapsInput = strawberry.field(
        default_factory=PointsCapsInput, description="How many points there may be at most."
    )
    validity: PointsValidityInput = strawberry.field(description="How long points hold.")
    window_days: int = strawberry.field(
        default=DEFAULT_WINDOW_DAYS,
        description="How many days after receipt points stay pending, at most 180.",
    )

    def value(self) -> Programme:
        """The domain's value."""
        return Programme(
            base_rate_bp=self.base_rate_basis_points,
            rates=tuple(each.value() for each in self.rates),
            bonuses=tuple(each.value() for each in self.bonuses),
            caps=self.caps.value(),
            validity=self.validity.value(),
            window_days=self.window_days,
        )
