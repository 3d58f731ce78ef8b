"""The GraphQL types of freight and pick-up, and what changing them answers with."""

from datetime import datetime
from typing import Annotated

import msgspec
import strawberry

from api.bilingual import Bilingual
from api.limits import sized
from api.refusals import InvalidInput, Refusal, refusal
from domain.freight import errors
from domain.freight.rules import FreightRule
from domain.kernel.language import Language, Sentence
from domain.kernel.money import Fen


class RuleView(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """The struct behind `FreightRule`: a rule in one language."""

    title: str
    region_codes: tuple[str, ...]
    is_delivered: bool
    first_grams: int
    first_fen: int
    step_grams: int
    step_fen: int
    free_from_fen: int | None


class FreightArrangedView(msgspec.Struct, frozen=True):
    """The struct behind `FreightArranged`."""

    number: int


class PickUpArrangedView(msgspec.Struct, frozen=True):
    """The struct behind `PickUpArranged`."""

    store_id: str


@strawberry.type
class _Figures:
    region_codes: list[str] = strawberry.field(
        description="The regions, by the beginnings of their codes: 2 digits of a province, 4 of "
        "a city, 6 of a district, of which the longest decides; empty for everywhere else. "
        "Counts as 5.",
        metadata=sized(5),
    )
    is_delivered: bool = strawberry.field(description="Whether anything is delivered there.")
    first_grams: int = strawberry.field(description="How many grams the first price is for.")
    first_fen: Fen = strawberry.field(name="firstFee", description="What the first grams cost.")
    step_grams: int = strawberry.field(description="How many grams a further step has.")
    step_fen: Fen = strawberry.field(
        name="stepFee", description="What each further step costs that is begun."
    )
    free_from_fen: Fen | None = strawberry.field(
        name="freeFrom",
        description="From which value of the goods on, after reductions, delivery costs nothing; "
        "null for never.",
    )


@strawberry.type(name="FreightRule", description="What delivery to some regions costs.")
class FreightRuleType(_Figures):
    title: str = strawberry.field(description="Its name, in the caller's language.")


@strawberry.type(description="What delivery to some regions costs, in both languages.")
class StaffFreightRule(_Figures):
    title: Bilingual = strawberry.field(description="Its name.")


@strawberry.type(description="The freight rules as they were arranged at a moment.")
class FreightVersion:
    number: int = strawberry.field(
        description="Its number, which orders keep; 0 before operators have arranged any."
    )
    rules: list[StaffFreightRule] = strawberry.field(
        description="The rules, at most 100; counts as 5.", metadata=sized(5)
    )
    actor: str | None = strawberry.field(description="Who arranged them; null for version 0.")
    actor_name: str | None = strawberry.field(description="Their name then.")
    reason: str | None = strawberry.field(description="Why, in their words.")
    arranged_at: datetime | None = strawberry.field(description="When.")


@strawberry.type(description="The freight rules were arranged.")
class FreightArranged:
    number: int = strawberry.field(description="The version in force now.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, FreightArrangedView)


@strawberry.type(description="What members are told of the store was written.")
class PickUpArranged:
    store_id: strawberry.ID = strawberry.field(description="The store.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, PickUpArrangedView)


@refusal(
    errors.FreightChanged,
    Sentence(
        zh="运费规则已被他人修改（版本 {number}），请重新读取后再改。",
        en="Somebody has arranged the freight rules (version {number}); read them again first.",
    ),
)
@strawberry.type(description="Somebody has arranged the freight rules since they were read.")
class FreightChanged(Refusal):
    number: int = strawberry.field(description="The version in force now.")


@refusal(errors.StoreUnavailable, Sentence(zh="没有这家门店。", en="There is no such store."))
@strawberry.type(description="There is no store with that id.")
class StoreUnavailable(Refusal):
    pass


ArrangeFreightResult = Annotated[
    FreightArranged | FreightChanged | InvalidInput,
    strawberry.union("ArrangeFreightResult", description="How arranging freight went."),
]
ArrangePickUpResult = Annotated[
    PickUpArranged | StoreUnavailable | InvalidInput,
    strawberry.union("ArrangePickUpResult", description="How arranging pick-up went."),
]


def rule_view(rule: FreightRule, language: Language) -> RuleView:
    """A rule in one language."""
    return RuleView(
        title=rule.title.told_in(language),
        region_codes=rule.region_codes,
        is_delivered=rule.is_delivered,
        first_grams=rule.first_grams,
        first_fen=rule.first_fen,
        step_grams=rule.step_grams,
        step_fen=rule.step_fen,
        free_from_fen=rule.free_from_fen,
    )
