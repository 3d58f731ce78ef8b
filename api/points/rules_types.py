"""The GraphQL types of the rules of earning, and what publishing them answers with."""

from datetime import datetime
from typing import Annotated

import msgspec
import strawberry

from api.bilingual import Bilingual
from api.enums import described
from api.limits import sized
from api.refusals import InvalidInput, Refusal, refusal
from domain.catalog.views.structs import CATEGORY, PRODUCT
from domain.kernel.ids import public_id
from domain.kernel.language import Bilingual as Text
from domain.kernel.language import Sentence
from domain.kernel.points import Points
from domain.members.words import Channel
from domain.points.earning import errors
from domain.points.earning.programme import Bonus, Caps, GoodsRate, GoodsScope
from domain.points.earning.views import ProgrammeView
from domain.points.rules.validity import Validity, ValidityKind

described(
    ValidityKind,
    "By what the end of points is found that have become active; always a midnight of the shop.",
    name="PointsValidityKind",
    NEVER="They have none.",
    DAYS="So many days after they became active.",
    MONTHS="So many months after they became active.",
    SLIDING="So many days, anew for all of them whenever the member does what counts.",
    YEAR_END="The end of the year, or of the year after for what became active from the cut on.",
)
_PRODUCTS = "The products; counts as 2."
_CATEGORIES = "The categories, each with all that stand below it; counts as 2."


class PointsRateView(msgspec.Struct, frozen=True):
    """The struct behind `PointsRate`."""

    title: Text
    product_ids: list[str]
    category_ids: list[str]
    rate_basis_points: int
    window_days: int | None


class PointsBonusView(msgspec.Struct, frozen=True):
    """The struct behind `PointsBonus`."""

    title: Text
    bonus_basis_points: int
    starts_at: datetime | None
    ends_at: datetime | None
    channels: tuple[Channel, ...]
    tiers: tuple[str, ...]
    product_ids: list[str]
    category_ids: list[str]


class PointsValidityView(msgspec.Struct, frozen=True):
    """The struct behind `PointsValidity`."""

    kind: ValidityKind
    count: int | None
    cut_month: int | None
    cut_day: int | None


class PointsRulesView(msgspec.Struct, frozen=True):
    """The struct behind `PointsRules`."""

    number: int
    valid_from: datetime | None
    base_rate_basis_points: int
    rates: list[PointsRateView]
    bonuses: list[PointsBonusView]
    caps: Caps
    validity: PointsValidityView
    window_days: int
    actor: str | None
    actor_name: str | None
    reason: str | None
    published_at: datetime | None


class PointsRulesPublishedView(msgspec.Struct, frozen=True):
    """The struct behind `PointsRulesPublished`."""

    number: int
    valid_from: datetime


@strawberry.type(description="What some goods earn in the place of the base rate.")
class PointsRate:
    title: Bilingual = strawberry.field(description="Its name.")
    product_ids: list[strawberry.ID] = strawberry.field(description=_PRODUCTS, metadata=sized(2))
    category_ids: list[strawberry.ID] = strawberry.field(description=_CATEGORIES, metadata=sized(2))
    rate_basis_points: int = strawberry.field(
        description="By 10,000 a yuan earns one point, by 0 nothing."
    )
    window_days: int | None = strawberry.field(
        description="How many days after receipt their points stay pending; null as for all goods."
    )


@strawberry.type(
    description="What comes on top of the points by the rates, where all of its conditions hold."
)
class PointsBonus:
    title: Bilingual = strawberry.field(description="Its name.")
    bonus_basis_points: int = strawberry.field(description="10,000 is as many points again.")
    starts_at: datetime | None = strawberry.field(
        description="From when on; null from the beginning."
    )
    ends_at: datetime | None = strawberry.field(description="Until before when; null for no end.")
    channels: list[Channel] = strawberry.field(
        description="For orders placed there; empty for everywhere. Counts as 2.",
        metadata=sized(2),
    )
    tiers: list[str] = strawberry.field(
        description="For members of these tiers, by key; empty for all. Counts as 2.",
        metadata=sized(2),
    )
    product_ids: list[strawberry.ID] = strawberry.field(
        description=f"{_PRODUCTS[:-1]}. Empty, as the categories, for all goods.",
        metadata=sized(2),
    )
    category_ids: list[strawberry.ID] = strawberry.field(description=_CATEGORIES, metadata=sized(2))


@strawberry.type(
    description="How many points orders may earn a member at most; null for any number. Days and "
    "months are the shop's."
)
class PointsCaps:
    order: Points | None = strawberry.field(description="By one order.")
    day: Points | None = strawberry.field(description="In a day.")
    month: Points | None = strawberry.field(description="In a calendar month.")
    lifetime: Points | None = strawberry.field(description="Ever.")
    balance: Points | None = strawberry.field(
        description="Which no order lifts a member's points above."
    )


@strawberry.type(description="How long points hold that have become active.")
class PointsValidity:
    kind: ValidityKind = strawberry.field(description="By what their end is found.")
    count: int | None = strawberry.field(
        description="How many days of DAYS and SLIDING, how many months of MONTHS."
    )
    cut_month: int | None = strawberry.field(description="Of YEAR_END, where there is a cut.")
    cut_day: int | None = strawberry.field(description="Of YEAR_END, where there is a cut.")


@strawberry.type(description="The rules of earning points as they were published.")
class PointsRules:
    number: int = strawberry.field(
        description="Their version; 0 before operators have published any."
    )
    valid_from: datetime | None = strawberry.field(
        description="From when on they are in force, also in the future; null for version 0."
    )
    base_rate_basis_points: int = strawberry.field(
        description="What goods earn without a rate of their own: by 10,000 a yuan earns one point."
    )
    rates: list[PointsRate] = strawberry.field(
        description="Rates of some goods, at most 50; counts as 5.", metadata=sized(5)
    )
    bonuses: list[PointsBonus] = strawberry.field(
        description="Channels, campaigns and tiers, at most 50; counts as 5.", metadata=sized(5)
    )
    caps: PointsCaps = strawberry.field(description="How many points there may be at most.")
    validity: PointsValidity = strawberry.field(description="How long points hold.")
    window_days: int = strawberry.field(
        description="How many days after receipt points stay pending."
    )
    actor: str | None = strawberry.field(description="Who published them; null for version 0.")
    actor_name: str | None = strawberry.field(description="Their name then.")
    reason: str | None = strawberry.field(description="Why, in their words.")
    published_at: datetime | None = strawberry.field(description="When.")


@strawberry.type(description="The rules of earning points were published.")
class PointsRulesPublished:
    number: int = strawberry.field(description="Their version.")
    valid_from: datetime = strawberry.field(description="From when on they are in force.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, PointsRulesPublishedView)


@refusal(
    errors.PointsRulesChanged,
    Sentence(
        zh="积分规则已有新版本（版本 {number}），请重新读取后再改。",
        en="Somebody has published points rules (version {number}); read them again first.",
    ),
)
@strawberry.type(description="Somebody has published rules of earning since they were read.")
class PointsRulesChanged(Refusal):
    number: int = strawberry.field(description="The newest version, also where it is scheduled.")


PublishPointsRulesResult = Annotated[
    PointsRulesPublished | PointsRulesChanged | InvalidInput,
    strawberry.union("PublishPointsRulesResult", description="How publishing the rules went."),
]


def rules_view(version: ProgrammeView) -> PointsRulesView:
    """A version as staff read it."""
    programme = version.programme
    return PointsRulesView(
        number=version.number,
        valid_from=version.valid_from,
        base_rate_basis_points=programme.base_rate_bp,
        rates=[_rate(each) for each in programme.rates],
        bonuses=[_bonus(each) for each in programme.bonuses],
        caps=programme.caps,
        validity=_validity(programme.validity),
        window_days=programme.window_days,
        actor=version.actor,
        actor_name=version.actor_name,
        reason=version.reason,
        published_at=version.published_at,
    )


def _validity(validity: Validity) -> PointsValidityView:
    month, day = divmod(validity.cut, 100)
    return PointsValidityView(validity.kind, validity.count or None, month or None, day or None)


def _rate(rate: GoodsRate) -> PointsRateView:
    return PointsRateView(rate.title, *_ids(rate.goods), rate.rate_bp, rate.window_days)


def _bonus(bonus: Bonus) -> PointsBonusView:
    products, categories = _ids(bonus.goods)
    return PointsBonusView(
        title=bonus.title,
        bonus_basis_points=bonus.bonus_bp,
        starts_at=bonus.starts_at,
        ends_at=bonus.ends_at,
        channels=bonus.channels,
        tiers=bonus.tiers,
        product_ids=products,
        category_ids=categories,
    )


def _ids(goods: GoodsScope) -> tuple[list[str], list[str]]:
    return (
        [public_id(PRODUCT, each) for each in goods.product_ids],
        [public_id(CATEGORY, each) for each in goods.category_ids],
    )
