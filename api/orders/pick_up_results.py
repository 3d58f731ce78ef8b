"""How handing orders over and giving more time went."""

from datetime import datetime
from typing import Annotated

import msgspec
import strawberry

from api.orders.enums import HandoverObstacle
from api.orders.refusals import OrderUnavailable
from api.orders.staff_types import StaffOrder
from api.refusals import InvalidInput, Refusal, refusal
from domain.kernel.ids import public_id
from domain.kernel.language import Language, Sentence
from domain.orders.picking_up import errors
from domain.orders.shipping.errors import OrderNotHandedOver as NotHandedOver
from domain.orders.views import staff
from domain.orders.views.structs import ORDER

_OBSTACLES = {
    HandoverObstacle.NOT_PAID: Sentence(zh="订单尚未付款。", en="The order is not paid yet."),
    HandoverObstacle.CLOSED: Sentence(zh="订单已关闭。", en="The order is closed."),
    HandoverObstacle.HANDED_OVER: Sentence(
        zh="订单已取货。", en="The order was handed over already."
    ),
    HandoverObstacle.DELIVERED: Sentence(
        zh="该订单为快递配送，不能到店取货。", en="The order is sent to an address."
    ),
    HandoverObstacle.VIRTUAL: Sentence(
        zh="虚拟商品订单付款后自动交付，无需取货。",
        en="The order is of virtual goods: it is delivered by itself once it is paid for.",
    ),
    HandoverObstacle.TEXTS_WAIT: Sentence(
        zh="刻字内容待审核，审核后才能取货。",
        en="Texts of the order wait to be looked at; nothing is handed over before.",
    ),
    HandoverObstacle.TEXTS_REJECTED: Sentence(
        zh="刻字内容未通过审核，请先处理该商品。",
        en="The texts of a line were rejected; see to that line first.",
    ),
    HandoverObstacle.REFUNDED: Sentence(
        zh="订单已退款或正在退款，不能取货。",
        en="All of the order is refunded, or is being refunded.",
    ),
}


class PickUpHandedOverView(msgspec.Struct, frozen=True):
    """The struct behind `PickUpHandedOver`."""

    order_id: str


class OrderHandedOverView(msgspec.Struct, frozen=True):
    """The struct behind `OrderHandedOver`."""

    order: staff.StaffOrderView


class PickUpExtendedView(msgspec.Struct, frozen=True):
    """The struct behind `PickUpExtended`."""

    order_id: str
    fetch_by: datetime


@strawberry.type(description="The order is handed over: its units are sold, and it is received.")
class PickUpHandedOver:
    order_id: strawberry.ID = strawberry.field(description="The order.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, PickUpHandedOverView)


@strawberry.type(description="The order is handed over without its code.")
class OrderHandedOver:
    order: StaffOrder = strawberry.field(description="The order, as it is now.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, OrderHandedOverView)


@strawberry.type(description="The order is kept ready for longer.")
class PickUpExtended:
    order_id: strawberry.ID = strawberry.field(description="The order.")
    fetch_by: datetime = strawberry.field(description="Until when.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, PickUpExtendedView)


def handover_obstacle_told(obstacle: HandoverObstacle, language: Language) -> str:
    """What is in the way, in a sentence."""
    return _OBSTACLES[obstacle].told_in(language, {})


@refusal(
    errors.PickUpCodeUnknown,
    Sentence(zh="本店没有此取货码对应的订单。", en="The code fetches nothing in this store."),
)
@strawberry.type(description="The code fetches nothing in this store.")
class PickUpCodeUnknown(Refusal):
    pass


@refusal(
    errors.PickUpOver,
    Sentence(
        zh="取货期限已过，请由店长延长期限或凭订单号交付。",
        en="The time to fetch it is over; a manager can give more, or hand it over by its number.",
    ),
    lambda refused, _: {
        "order_id": public_id(ORDER, refused.order_id),
        "fetch_by": refused.fetch_by,
    },
)
@strawberry.type(description="The time to fetch the order is over; a manager can give more.")
class PickUpOver(Refusal):
    order_id: strawberry.ID = strawberry.field(description="The order.")
    fetch_by: datetime = strawberry.field(description="Until when the code fetched it.")


@refusal(
    errors.PickUpUnavailable,
    Sentence(zh="该订单不在待取货状态。", en="The order does not wait to be fetched."),
    lambda refused, _: {"order_id": public_id(ORDER, refused.order_id)},
)
@strawberry.type(description="The order does not wait to be fetched.")
class PickUpUnavailable(Refusal):
    order_id: strawberry.ID = strawberry.field(description="The order.")


@refusal(
    NotHandedOver,
    Sentence(zh="订单目前不能取货。", en="The order cannot be handed over as it is."),
    lambda refused, language: {
        "order_id": public_id(ORDER, refused.order_id),
        "obstacle": refused.obstacle,
        "why": handover_obstacle_told(refused.obstacle, language),
    },
)
@strawberry.type(description="The order cannot be handed over as it is; nothing was.")
class OrderNotHandedOver(Refusal):
    order_id: strawberry.ID = strawberry.field(description="The order.")
    obstacle: HandoverObstacle = strawberry.field(description="What is in the way.")
    why: str = strawberry.field(description="The same in a sentence, in the caller's language.")


HandOverPickUpResult = Annotated[
    PickUpHandedOver | PickUpCodeUnknown | PickUpOver | OrderNotHandedOver,
    strawberry.union("HandOverPickUpResult", description="How handing over by a code went."),
]
HandOverOrderResult = Annotated[
    OrderHandedOver | OrderUnavailable | OrderNotHandedOver | InvalidInput,
    strawberry.union("HandOverOrderResult", description="How handing over by a number went."),
]
ExtendPickUpResult = Annotated[
    PickUpExtended | OrderUnavailable | PickUpUnavailable | InvalidInput,
    strawberry.union("ExtendPickUpResult", description="How giving more time went."),
]
