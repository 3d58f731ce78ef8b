"""The GraphQL types of shipping duties, and what seeing to one answers with."""

from datetime import datetime
from typing import Annotated

import msgspec
import strawberry

from api.orders.enums import OrderStatus
from api.refusals import InvalidInput, Refusal, refusal
from api.shipping_duty.enums import Age, Attention, DutyStatus, PlatformState, ReportStatus
from domain.kernel.language import Sentence
from domain.kernel.money import Fen
from domain.shipping_duty import errors


class DutySeenToView(msgspec.Struct, frozen=True):
    """The struct behind `ShippingDutySeenTo`."""

    duty_id: str


@strawberry.type(
    description="What WeChat has to be told of one payment: until then, and until the member has "
    "confirmed there, it keeps the money."
)
class ShippingDuty:
    id: strawberry.ID = strawberry.field(description="Which one.")
    order_id: strawberry.ID = strawberry.field(description="The order that was paid for.")
    order_number: str = strawberry.field(description="What people call the order.")
    order_status: OrderStatus = strawberry.field(description="How far the order has come.")
    number: str = strawberry.field(description="What WeChat knows the payment by, `out_trade_no`.")
    status: DutyStatus = strawberry.field(description="How far it has come.")
    attention: list[Attention] = strawberry.field(
        description="Why somebody has to look; nothing where nobody has to."
    )
    frozen_fen: Fen = strawberry.field(
        name="frozen", description="What WeChat keeps of the payment, as far as is known."
    )
    paid_at: datetime = strawberry.field(description="When it was paid.")
    due_at: datetime = strawberry.field(
        description="By when WeChat wants to be told: two days after the payment, or the day of "
        "an accepted special report."
    )
    told_parcels: int = strawberry.field(description="How many parcels WeChat has.")
    told_at: datetime | None = strawberry.field(
        description="When it took the last of what it was told; null where it has nothing."
    )
    tries: int = strawberry.field(description="Tries in vain since the last that was not.")
    try_at: datetime | None = strawberry.field(
        description="When it is tried or asked about next; null where there is nothing to do."
    )
    problem: str | None = strawberry.field(
        description="Why the last try was in vain: WeChat's own code, or a word; null where it "
        "was not."
    )
    is_corrected: bool = strawberry.field(
        description="Whether the one correction that WeChat takes is used."
    )
    platform_state: PlatformState | None = strawberry.field(
        description="How WeChat said last that it stands; null where it was not asked."
    )
    freed_at: datetime | None = strawberry.field(
        description="When WeChat was seen to have let go of the money; null until then."
    )
    report_status: ReportStatus | None = strawberry.field(
        description="How far the special report of a late shipment has come; null without one."
    )
    report_until: datetime | None = strawberry.field(
        description="By when goods are shipped by that report; null without one."
    )
    handled_at: datetime | None = strawberry.field(
        description="When somebody said that they had told it elsewhere; null where nobody did."
    )


@strawberry.type(description="Payments of one state and age whose money WeChat keeps.")
class FrozenMoney:
    status: DutyStatus = strawberry.field(description="How far their duties have come.")
    age: Age = strawberry.field(description="How long ago they were paid.")
    payments: int = strawberry.field(description="How many there are.")
    frozen_fen: Fen = strawberry.field(name="frozen", description="What WeChat keeps of them.")


@strawberry.type(description="It is noted; a worker does what it asks for in the next second.")
class ShippingDutySeenTo:
    duty_id: strawberry.ID = strawberry.field(description="Which one.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, DutySeenToView)


@refusal(
    errors.ShippingDutyUnavailable,
    Sentence(zh="没有这条发货信息义务。", en="There is no such shipping duty."),
)
@strawberry.type(description="There is no shipping duty with that id.")
class ShippingDutyUnavailable(Refusal):
    pass


@refusal(
    errors.ShippingDutyNotOpen,
    Sentence(zh="以其目前状态无需此操作。", en="As it stands there is nothing like that to do."),
)
@strawberry.type(description="As the duty stands there is nothing of that kind to do for it.")
class ShippingDutyNotOpen(Refusal):
    status: DutyStatus = strawberry.field(description="How far it has come.")


SeeToShippingDutyResult = Annotated[
    ShippingDutySeenTo | ShippingDutyUnavailable | ShippingDutyNotOpen | InvalidInput,
    strawberry.union("SeeToShippingDutyResult", description="How seeing to a duty went."),
]
