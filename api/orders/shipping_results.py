"""How sending and putting right parcels went."""

from typing import Annotated

import msgspec
import strawberry

from api.orders.enums import ShippingObstacle
from api.orders.refusals import OrderUnavailable
from api.orders.staff_types import StaffOrder
from api.refusals import InvalidInput, Refusal, refusal
from domain.kernel.ids import public_id
from domain.kernel.language import Language, Sentence
from domain.orders.shipping import errors
from domain.orders.views import staff
from domain.orders.views.structs import ORDER


class OrderShippedView(msgspec.Struct, frozen=True):
    """The struct behind `OrderShipped`."""

    order: staff.StaffOrderView


class ShipmentCorrectedView(msgspec.Struct, frozen=True):
    """The struct behind `ShipmentCorrected`."""

    order: staff.StaffOrderView


@strawberry.type(description="The parcel is on its way, and its units are sold.")
class OrderShipped:
    order: StaffOrder = strawberry.field(description="The order, with its parcels.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, OrderShippedView)


@strawberry.type(description="The parcel has its right carrier and number.")
class ShipmentCorrected:
    order: StaffOrder = strawberry.field(description="The order, with its parcels.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, ShipmentCorrectedView)


def obstacle_told(obstacle: ShippingObstacle, language: Language) -> str:
    """What is in the way, in a sentence."""
    return errors.OBSTACLES_TOLD[obstacle].told_in(language, {})


@refusal(
    errors.OrderNotShippable,
    Sentence(zh="订单目前不能发货。", en="Nothing can be sent of the order as it is."),
    lambda refused, language: {
        "order_id": public_id(ORDER, refused.order_id),
        "obstacle": refused.obstacle,
        "why": obstacle_told(refused.obstacle, language),
    },
)
@strawberry.type(description="Nothing can be sent of the order as it is; nothing was.")
class OrderNotShippable(Refusal):
    order_id: strawberry.ID = strawberry.field(description="The order.")
    obstacle: ShippingObstacle = strawberry.field(description="What is in the way.")
    why: str = strawberry.field(description="The same in a sentence, in the caller's language.")


@refusal(
    errors.UnitsNotLeft,
    Sentence(
        zh="第 {line_number} 行仅剩 {left} 件未发货，不能发 {wanted} 件。",
        en="Line {line_number} has {left} units left to send, not {wanted}.",
    ),
    lambda refused, _: {
        "line_number": refused.line_number,
        "left": refused.left,
        "wanted": refused.wanted,
    },
)
@strawberry.type(description="There are not so many units of a line left; nothing was sent.")
class UnitsNotLeft(Refusal):
    line_number: int = strawberry.field(description="The line, by its place in the order.")
    left: int = strawberry.field(description="How many of its units were not sent yet.")
    wanted: int = strawberry.field(description="How many should be sent.")


@refusal(
    errors.ParcelKnown,
    Sentence(
        zh="该订单已有此运单号（包裹 {ordinal}）。",
        en="The order has this number already: parcel {ordinal}.",
    ),
    lambda refused, _: {
        "order_id": public_id(ORDER, refused.order_id),
        "ordinal": refused.ordinal,
    },
)
@strawberry.type(description="The order has a parcel with this number already.")
class ParcelKnown(Refusal):
    order_id: strawberry.ID = strawberry.field(description="The order.")
    ordinal: int = strawberry.field(description="Which of its parcels has it.")


@refusal(errors.ParcelUnavailable, Sentence(zh="包裹不存在。", en="There is no such parcel."))
@strawberry.type(description="The order has no such parcel.")
class ParcelUnavailable(Refusal):
    pass


ShipOrderResult = Annotated[
    OrderShipped | OrderUnavailable | OrderNotShippable | UnitsNotLeft | ParcelKnown | InvalidInput,
    strawberry.union("ShipOrderResult", description="How sending a parcel went."),
]
CorrectShipmentResult = Annotated[
    ShipmentCorrected | OrderUnavailable | ParcelUnavailable | ParcelKnown | InvalidInput,
    strawberry.union("CorrectShipmentResult", description="How putting a parcel right went."),
]
