"""What a parcel is, and whether an order as it stands can have it: judged without a database."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from domain.kernel.errors import Problem, ProblemKind, Refused
from domain.kernel.language import Sentence
from domain.kernel.problems import MISSING, OUT_OF_RANGE, REPEATED
from domain.orders.errors import OrderUnavailable
from domain.orders.shipping.errors import (
    HandoverObstacle,
    OrderNotHandedOver,
    OrderNotShippable,
    ParcelKnown,
    ShippingObstacle,
    UnitsNotLeft,
)
from domain.orders.words import (
    Carrier,
    DeliveryMethod,
    OrderStatus,
    ReviewStatus,
    ShipmentKind,
)

MOST_PARCELS = 15
"""Parcels of one order: so many WeChat can be told of. The last one has all that is left."""
MOST_UNITS = 1_000_000
RECEIPT_AFTER = timedelta(days=10)
"""When an order that was sent is taken for received, unless the mall says otherwise."""
EXTENSION = timedelta(days=3)
"""How much longer an order waits to be received, where its member asks for that."""
_EXTENDABLE = timedelta(days=3)
"""How long before the deadline that can be asked for."""
NOT_A_TRACKING_NUMBER = ProblemKind(
    "not_a_tracking_number",
    Sentence(
        zh="运单号须为 6 到 32 位字母、数字或连字符。",
        en="A tracking number is 6 to 32 letters, digits and hyphens.",
    ),
)
_TRACKING_NUMBER = re.compile(r"[A-Z0-9-]{6,32}")
_SHIPPABLE = {OrderStatus.PAID, OrderStatus.PARTLY_SHIPPED}
_OBSTACLES = {
    OrderStatus.PENDING_PAYMENT: ShippingObstacle.NOT_PAID,
    OrderStatus.CLOSED: ShippingObstacle.CLOSED,
}
_NOT_TO_BE_MADE = {
    ReviewStatus.PENDING: ShippingObstacle.TEXTS_WAIT,
    ReviewStatus.REJECTED: ShippingObstacle.TEXTS_REJECTED,
}
_TAKEN_BY = {
    DeliveryMethod.PICK_UP: ShippingObstacle.PICKED_UP,
    DeliveryMethod.VIRTUAL: ShippingObstacle.VIRTUAL,
}
"""What no parcel is sent of."""
_HANDED_OVER_AS = {
    DeliveryMethod.PICK_UP: ShipmentKind.PICK_UP,
    DeliveryMethod.VIRTUAL: ShipmentKind.VIRTUAL,
}
_NOT_HANDED_OVER = {
    OrderStatus.PENDING_PAYMENT: HandoverObstacle.NOT_PAID,
    OrderStatus.CLOSED: HandoverObstacle.CLOSED,
}


class ParcelLine(msgspec.Struct, frozen=True):
    """So many units of one line of an order."""

    line_number: int
    units: int


class Parcel(msgspec.Struct, frozen=True):
    """Who brings what under which number; without lines, everything that was not sent yet."""

    carrier: Carrier
    tracking_number: str
    lines: tuple[ParcelLine, ...] | None = None


class Handover(msgspec.Struct, frozen=True):
    """All of an order at once, without a carrier; who has it then has received it."""

    kind: ShipmentKind


class Shipping(msgspec.Struct, frozen=True):
    """A wish to send a parcel of an order, or to hand it over, and who has it."""

    order_id: UUID
    parcel: Parcel | Handover
    actor: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of an order: whose units, how many, and whether its texts may be engraved."""

    variant_id: UUID
    units: int
    review: ReviewStatus | None


@dataclass(slots=True)
class Standing:
    """An order under lock, with what was sent of it; it moves with what is decided."""

    id: UUID
    member_id: UUID
    number: str
    status: OrderStatus
    delivery: DeliveryMethod
    place_id: UUID
    history: int
    lines: Mapping[int, Line]
    left: dict[int, int]
    """Units of each line that were neither sent nor refunded, nor are being refunded."""
    parcels: dict[tuple[Carrier | None, str | None], int]


def tracking_number(written: str) -> str:
    """The number of a parcel as it is kept: without spaces, in capitals."""
    return "".join(written.split()).upper()


def is_tracking_number(kept: str) -> bool:
    """Whether a number, as it is kept, can be one."""
    return _TRACKING_NUMBER.fullmatch(kept) is not None


def problems_of(parcel: Parcel) -> Iterator[Problem]:
    """What is wrong with a parcel, whatever the order."""
    if not is_tracking_number(parcel.tracking_number):
        yield NOT_A_TRACKING_NUMBER.at("trackingNumber")
    if parcel.lines is None:
        return
    if not parcel.lines:
        yield MISSING.at("lines")
    numbers = [each.line_number for each in parcel.lines]
    for place, line in enumerate(parcel.lines):
        if not 1 <= line.units <= MOST_UNITS:
            yield OUT_OF_RANGE.at(f"lines.{place}.units", least=1, most=MOST_UNITS)
        if line.line_number in numbers[:place]:
            yield REPEATED.at(f"lines.{place}.lineNumber", value=line.line_number)


def extendable_from(due_at: datetime) -> datetime:
    """From when on more time can be asked for until an order is taken for received."""
    return due_at - _EXTENDABLE


def decided(order: Standing | None, parcel: Parcel | Handover) -> Sequence[ParcelLine] | Refused:
    """What is in a parcel of an order, or why it cannot be sent or handed over."""
    if order is None:
        return OrderUnavailable()
    if isinstance(parcel, Handover):
        obstacle = _in_the_way(order, parcel.kind)
        return OrderNotHandedOver(order.id, obstacle) if obstacle else _left(order)
    known = order.parcels.get((parcel.carrier, parcel.tracking_number))
    if known is not None:
        return ParcelKnown(order.id, known)
    if order.status not in _SHIPPABLE:
        obstacle = _OBSTACLES.get(order.status, ShippingObstacle.ALL_SHIPPED)
        return OrderNotShippable(order.id, obstacle)
    if order.delivery in _TAKEN_BY:
        return OrderNotShippable(order.id, _TAKEN_BY[order.delivery])
    return _contents(order, parcel)


def _contents(order: Standing, parcel: Parcel) -> Sequence[ParcelLine] | Refused:
    lines = _left(order) if parcel.lines is None else parcel.lines
    for each in lines:
        left = order.left.get(each.line_number, 0)
        if each.units > left:
            return UnitsNotLeft(each.line_number, left, each.units)
    if not lines:
        return OrderNotShippable(order.id, ShippingObstacle.REFUNDED)
    obstacle = _of_texts(order, lines)
    if obstacle:
        return OrderNotShippable(order.id, obstacle)
    is_last = len(order.parcels) + 1 >= MOST_PARCELS
    if is_last and sum(each.units for each in lines) < sum(order.left.values()):
        return OrderNotShippable(order.id, ShippingObstacle.TOO_MANY_PARCELS)
    return lines


def _of_texts(order: Standing, lines: Sequence[ParcelLine]) -> ShippingObstacle | None:
    """What is in the way of sending lines because of texts of the order."""
    # What is refunded is made by nobody, so its texts are in nobody's way.
    reviews = {line.review for number, line in order.lines.items() if order.left[number]}
    if ReviewStatus.PENDING in reviews:
        return ShippingObstacle.TEXTS_WAIT
    for each in lines:
        obstacle = _NOT_TO_BE_MADE.get(order.lines[each.line_number].review or ReviewStatus.PASSED)
        if obstacle:
            return obstacle
    return None


def _left(order: Standing) -> Sequence[ParcelLine]:
    """All that was not sent yet."""
    return tuple(ParcelLine(number, left) for number, left in order.left.items() if left)


def _in_the_way(order: Standing, kind: ShipmentKind) -> HandoverObstacle | None:
    """What is in the way of handing an order over in that way; None where nothing is."""
    if _HANDED_OVER_AS.get(order.delivery) is not kind:
        is_virtual = order.delivery is DeliveryMethod.VIRTUAL
        return HandoverObstacle.VIRTUAL if is_virtual else HandoverObstacle.DELIVERED
    if order.status is not OrderStatus.PAID:
        return _NOT_HANDED_OVER.get(order.status, HandoverObstacle.HANDED_OVER)
    if not _left(order):
        return HandoverObstacle.REFUNDED
    # As of parcels: what is refunded is in nobody's way.
    reviews = {line.review for number, line in order.lines.items() if order.left[number]}
    if ReviewStatus.PENDING in reviews:
        return HandoverObstacle.TEXTS_WAIT
    return HandoverObstacle.TEXTS_REJECTED if ReviewStatus.REJECTED in reviews else None
