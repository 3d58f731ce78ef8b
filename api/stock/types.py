"""The GraphQL types of stock, and what changing it answers with."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
import strawberry

from api.enums import described
from api.limits import sized
from api.refusals import InvalidInput, Refusal, refusal
from domain.kernel.ids import public_id
from domain.kernel.language import Sentence
from domain.stock import adjusting, errors, views
from domain.stock.rules import Reason
from domain.stores.views import PLACE

described(
    Reason,
    "Why units moved.",
    RECEIVED="A delivery came in.",
    WRITTEN_OFF="Broken, lost or stolen.",
    ADJUSTED="A count found more or fewer.",
    HELD="An order reserved them.",
    RELEASED="The order ended without them.",
    SOLD="The order was paid.",
    TAKEN_BACK="They came back and can be sold again.",
)


class AdjustmentKind(StrEnum):
    """What staff do to stock by hand."""

    RECEIVED = Reason.RECEIVED.value
    WRITTEN_OFF = Reason.WRITTEN_OFF.value
    ADJUSTED = Reason.ADJUSTED.value


described(
    AdjustmentKind,
    "What staff do to stock by hand.",
    RECEIVED="A delivery came in.",
    WRITTEN_OFF="Broken, lost or stolen.",
    ADJUSTED="A count found more, or fewer: units below zero.",
)


@strawberry.type(description="What of one variant is at one place, in units.")
class StockLevel:
    variant_id: strawberry.ID = strawberry.field(description="The variant.")
    place_id: strawberry.ID = strawberry.field(description="The place.")
    on_hand: int = strawberry.field(description="Units that are there.")
    held: int = strawberry.field(description="Of these, units held for orders.")
    sold: int = strawberry.field(description="Units that were sold from there.")
    available: int = strawberry.field(description="Units that an order can still have.")


@strawberry.type(description="One movement of one variant at one place.")
class StockEntry:
    number: int = strawberry.field(description="Its number in the level's ledger, from 1.")
    reason: Reason = strawberry.field(description="Why the units moved.")
    units: int = strawberry.field(description="How many; below zero where a count found fewer.")
    source: str = strawberry.field(description="The business fact that moved them.")
    actor: str = strawberry.field(description="Who did it.")
    note: str | None = strawberry.field(description="Why, in their words.")
    recorded_at: datetime = strawberry.field(description="When.")
    on_hand_before: int = strawberry.field(description="Units on hand before.")
    on_hand_after: int = strawberry.field(description="Units on hand after.")
    held_after: int = strawberry.field(description="Units held after.")
    sold_after: int = strawberry.field(description="Units sold after.")


@strawberry.input(description="Units of one variant at one place.")
class AdjustmentLineInput:
    variant_id: strawberry.ID = strawberry.field(description="The variant.")
    place_id: strawberry.ID = strawberry.field(description="The place.")
    units: int = strawberry.field(
        description="How many, at most 1,000,000; below zero only where a count found fewer."
    )


@strawberry.input(description="Movements of stock by hand, all of them or none.")
class AdjustStockInput:
    request_id: UUID = strawberry.field(
        description="An id of the client's own for this request: sent again, it moves nothing "
        "and gets the first answer."
    )
    reason: str = strawberry.field(description="Why, in words for colleagues.")
    kind: AdjustmentKind = strawberry.field(description="What happened.")
    lines: list[AdjustmentLineInput] = strawberry.field(
        description="What moved, at most 100 lines, one for each variant and place."
    )


class StockAdjustedView(msgspec.Struct, frozen=True):
    """The struct behind `StockAdjusted`."""

    levels: list[views.LevelView]


@strawberry.type(description="The stock was adjusted.")
class StockAdjusted:
    levels: list[StockLevel] = strawberry.field(
        description="The levels right after it, in the order of the lines.", metadata=sized(10)
    )

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, StockAdjustedView)


@refusal(
    errors.StockShort,
    Sentence(
        zh="库存不足：需要 {wanted} 件，可用 {available} 件。",
        en="Not enough stock: {wanted} wanted, {available} available.",
    ),
    lambda refused, _: {
        "variant_id": public_id(views.VARIANT, refused.variant_id),
        "place_id": public_id(PLACE, refused.place_id),
        "available": refused.available,
        "wanted": refused.wanted,
    },
)
@strawberry.type(description="A place does not have the units; nothing was moved.")
class StockShort(Refusal):
    variant_id: strawberry.ID = strawberry.field(description="Of which variant.")
    place_id: strawberry.ID = strawberry.field(description="At which place.")
    available: int = strawberry.field(description="How many units it could have given.")
    wanted: int = strawberry.field(description="How many were wanted.")


AdjustStockResult = Annotated[
    StockAdjusted | StockShort | InvalidInput,
    strawberry.union("AdjustStockResult", description="How adjusting stock went."),
]


def level_now(level: adjusting.LevelNow) -> views.LevelView:
    """A level as the answer to its adjustment tells it."""
    return views.LevelView(
        variant_id=public_id(views.VARIANT, level.variant_id),
        place_id=public_id(PLACE, level.place_id),
        on_hand=level.on_hand,
        held=level.held,
        sold=level.sold,
        available=level.on_hand - level.held,
    )
