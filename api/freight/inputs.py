"""What staff send to arrange freight and pick-up."""

from uuid import UUID

import strawberry

from api.bilingual import BilingualInput
from api.ids import key
from domain.freight.pick_up import PickUpPoint
from domain.freight.rules import FreightRule, Rules
from domain.kernel.money import Fen
from domain.stores.views import PLACE

_REQUEST_ID = "An id of the client's own for this request: sent again, it gets the first answer."
_REASON = "Why, in words for colleagues: it stands in the audit trail. At most 500 characters."


@strawberry.input(description="What delivery to some regions costs, at most 100 rules.")
class FreightRuleInput:
    title: BilingualInput = strawberry.field(description="Its name, at most 60 characters.")
    region_codes: list[str] = strawberry.field(
        description="The regions, by the beginnings of their codes: 2 digits of a province, 4 of "
        "a city, 6 of a district; empty in the one rule for everywhere else. No code twice, at "
        "most 4,000 in all rules."
    )
    is_delivered: bool = strawberry.field(
        default=True, description="Whether anything is delivered there; if not, it has no prices."
    )
    first_grams: int = strawberry.field(
        default=1_000, description="How many grams the first price is for, at most 1,000,000."
    )
    first_fee: Fen = strawberry.field(
        default=Fen(0), description="What the first grams cost, at most 1,000,000 fen."
    )
    step_grams: int = strawberry.field(
        default=1_000, description="How many grams a further step has, from 100 to 1,000,000."
    )
    step_fee: Fen = strawberry.field(
        default=Fen(0),
        description="What each further step costs that is begun, at most 100,000 fen.",
    )
    free_from: Fen | None = strawberry.field(
        default=None,
        description="From which value of the goods on delivery costs nothing; null for never.",
    )

    def value(self) -> FreightRule:
        """The domain's value."""
        return FreightRule(
            title=self.title.value(),
            region_codes=tuple(self.region_codes),
            is_delivered=self.is_delivered,
            first_grams=self.first_grams,
            first_fen=self.first_fee,
            step_grams=self.step_grams,
            step_fen=self.step_fee,
            free_from_fen=self.free_from,
        )


@strawberry.input(description="All freight rules, in the place of those in force.")
class ArrangeFreightInput:
    request_id: UUID = strawberry.field(description=_REQUEST_ID)
    reason: str = strawberry.field(description=_REASON)
    number: int = strawberry.field(
        description="The version that was in force when the rules were read, so that nobody's "
        "change is overwritten unseen; 0 where none was arranged yet."
    )
    rules: list[FreightRuleInput] = strawberry.field(
        description="The rules, at most 100, of which exactly one is for everywhere else."
    )

    def value(self) -> Rules:
        """The domain's value."""
        return tuple(rule.value() for rule in self.rules)


@strawberry.input(description="What members are told of a store, in the place of what they are.")
class ArrangePickUpInput:
    request_id: UUID = strawberry.field(description=_REQUEST_ID)
    reason: str = strawberry.field(description=_REASON)
    store_id: strawberry.ID = strawberry.field(description="The store.")
    offers_pick_up: bool = strawberry.field(
        description="Whether orders are handed out there, at 100 stores at the most."
    )
    address: BilingualInput = strawberry.field(
        description="Where it is, at most 200 characters; may be empty without pick-up."
    )
    opening_hours: BilingualInput = strawberry.field(
        description="When it is open, at most 100 characters; may be empty without pick-up."
    )

    @property
    def store_key(self) -> UUID:
        """The store's key; a BAD_INPUT fault for an id that is none."""
        return key(self.store_id, PLACE, argument="storeId")

    def value(self) -> PickUpPoint:
        """The domain's value."""
        return PickUpPoint(
            offers_pick_up=self.offers_pick_up,
            address=self.address.value(),
            opening_hours=self.opening_hours.value(),
        )
