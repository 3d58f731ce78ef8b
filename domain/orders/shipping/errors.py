"""What sending parcels refuses, besides `InvalidInput` and `OrderUnavailable`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.kernel.errors import Refused
from domain.kernel.language import Sentence


class ShippingObstacle(StrEnum):
    """What is in the way of sending something."""

    NOT_PAID = "not_paid"
    CLOSED = "closed"
    ALL_SHIPPED = "all_shipped"
    PICKED_UP = "picked_up"
    TEXTS_WAIT = "texts_wait"
    TEXTS_REJECTED = "texts_rejected"
    TOO_MANY_PARCELS = "too_many_parcels"
    REFUNDED = "refunded"
    VIRTUAL = "virtual"


OBSTACLES_TOLD: Mapping[ShippingObstacle, Sentence] = {
    ShippingObstacle.NOT_PAID: Sentence(
        zh="订单尚未付款，不能发货。", en="The order is not paid yet."
    ),
    ShippingObstacle.CLOSED: Sentence(
        zh="订单已关闭，不能发货。", en="The order is closed: nothing is sent."
    ),
    ShippingObstacle.ALL_SHIPPED: Sentence(
        zh="订单已全部发货。", en="All of the order was sent already."
    ),
    ShippingObstacle.PICKED_UP: Sentence(
        zh="自提订单不需要发货。", en="The order is picked up at a store."
    ),
    ShippingObstacle.TEXTS_WAIT: Sentence(
        zh="刻字内容待审核，审核后才能发货。",
        en="Texts of the order wait to be looked at; nothing is sent before.",
    ),
    ShippingObstacle.TEXTS_REJECTED: Sentence(
        zh="刻字内容未通过审核，该商品不能发货。",
        en="The texts of a line were rejected; it cannot be sent.",
    ),
    ShippingObstacle.TOO_MANY_PARCELS: Sentence(
        zh="一个订单最多 15 个包裹，最后一个须包含全部剩余商品。",
        en="An order has at most 15 parcels; the last one has to have all that is left.",
    ),
    ShippingObstacle.REFUNDED: Sentence(
        zh="未发货的商品已退款或正在退款，不能发货。",
        en="All that was not sent is refunded, or is being refunded.",
    ),
    ShippingObstacle.VIRTUAL: Sentence(
        zh="虚拟商品订单付款后自动交付，不需要发货。",
        en="The order is of virtual goods: it is delivered by itself once it is paid for.",
    ),
}
"""What is in the way, for people."""


@dataclass(eq=False)
class OrderNotShippable(Refused):
    """Nothing can be sent of the order as it is; nothing was."""

    order_id: UUID
    obstacle: ShippingObstacle


class HandoverObstacle(StrEnum):
    """What is in the way of handing something over."""

    NOT_PAID = "not_paid"
    CLOSED = "closed"
    HANDED_OVER = "handed_over"
    DELIVERED = "delivered"
    VIRTUAL = "virtual"
    TEXTS_WAIT = "texts_wait"
    TEXTS_REJECTED = "texts_rejected"
    REFUNDED = "refunded"


@dataclass(eq=False)
class OrderNotHandedOver(Refused):
    """The order cannot be handed over as it is; nothing was."""

    order_id: UUID
    obstacle: HandoverObstacle


@dataclass(eq=False)
class UnitsNotLeft(Refused):
    """There are not so many units of a line that were not sent yet; nothing was sent."""

    line_number: int
    left: int
    wanted: int


@dataclass(eq=False)
class ParcelKnown(Refused):
    """The order has a parcel with this number of this carrier's already; nothing was changed."""

    order_id: UUID
    ordinal: int


@dataclass(eq=False)
class ParcelUnavailable(Refused):
    """The order has no such parcel."""


@dataclass(eq=False)
class OrderNotReceivable(Refused):
    """The order does not wait to be received."""

    order_id: UUID


@dataclass(eq=False)
class ReceiptNotExtendable(Refused):
    """The time to receive an order is not extended: not yet, or (None) it was already."""

    order_id: UUID
    from_at: datetime | None
