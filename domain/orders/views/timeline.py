"""The history of an order as sentences to its member."""

from dataclasses import dataclass
from datetime import datetime

from domain.kernel.clock import SHOP_ZONE
from domain.kernel.language import Language, Sentence
from domain.orders.shipping.carriers import carrier_name
from domain.orders.views.gateways import NOBODY, gateway_names
from domain.orders.words import Carrier, CloseReason, OrderStatus, ShipmentKind

MOST_ENTRIES = 100
"""Moves of an order that its timeline tells, the latest."""

_PLACED = Sentence(
    zh="订单已提交，请在 {pay_by} 前付款。",
    en="Your order was placed; please pay by {pay_by}.",
)
_PAID = Sentence(zh="订单已付款。", en="The order has been paid.")
_PAID_THROUGH = Sentence(
    zh="订单已通过{gateway}付款。", en="The order has been paid through {gateway}."
)
_NOTHING_TO_PAY = Sentence(zh="订单无需付款。", en="There was nothing to pay for the order.")
_CLOSED = {
    CloseReason.CANCELLED_BY_MEMBER: Sentence(zh="您已取消订单。", en="You cancelled the order."),
    CloseReason.CANCELLED_BY_STAFF: Sentence(
        zh="商家已取消订单。", en="The shop cancelled the order."
    ),
    CloseReason.NOT_PAID_IN_TIME: Sentence(
        zh="超时未付款，订单已关闭。", en="The order was not paid in time and has been closed."
    ),
    CloseReason.PERSONALISATION_REJECTED: Sentence(
        zh="刻字内容未通过审核，订单已关闭：{why}",
        en="The engraving was not approved and the order has been closed: {why}",
    ),
    CloseReason.REFUNDED: Sentence(
        zh="款项已全部退回，订单已关闭。",
        en="All of the money has gone back and the order has been closed.",
    ),
}
_CANCELLED_BECAUSE = Sentence(zh="商家已取消订单：{why}", en="The shop cancelled the order: {why}")
_PARTLY_SHIPPED = Sentence(
    zh="包裹 {ordinal} 已发出：{parcel}，其余商品将稍后发出。",
    en="Parcel {ordinal} was sent: {parcel}. The rest will follow.",
)
_SHIPPED = Sentence(zh="商品已全部发出：{parcel}。", en="Everything has been sent: {parcel}.")
_REST_REFUNDED = Sentence(
    zh="其余商品已退款，已发出的商品请在 {receive_by} 前确认收货。",
    en="The rest was refunded; please confirm by {receive_by} that you have what was sent.",
)
_REST_WAS_REFUNDED = Sentence(
    zh="其余商品已退款，商品已全部发出。",
    en="The rest was refunded; everything else has been sent.",
)
_RECEIVE_BY = Sentence(
    zh="商品已全部发出：{parcel}。请在 {receive_by} 前确认收货，逾期将自动确认。",
    en="Everything has been sent: {parcel}. Please confirm that you have it by {receive_by}; "
    "after that it is taken for received.",
)
_HANDED_OVER = {
    ShipmentKind.PICK_UP: Sentence(zh="您已到店取货。", en="You fetched it at the store."),
    ShipmentKind.VIRTUAL: Sentence(
        zh="虚拟商品已交付，使用说明见商品明细。",
        en="It was delivered; each item says how to use it.",
    ),
}
_CONFIRMED = Sentence(zh="您已确认收货。", en="You confirmed that you have received it.")
_TAKEN_FOR_RECEIVED = Sentence(
    zh="已到期自动确认收货。", en="The time to confirm is over: it is taken for received."
)
_SAME_DAY = Sentence(zh="{time}", en="{time} Beijing time")
_OTHER_DAY = Sentence(zh="{month} 月 {day} 日 {time}", en="{date} {time} Beijing time")


@dataclass(frozen=True, slots=True)
class ToldParcel:
    """The parcel that was sent by a move."""

    ordinal: int
    kind: ShipmentKind
    carrier: Carrier | None
    tracking_number: str | None


@dataclass(frozen=True, slots=True)
class Around:
    """Until when the order of a move waited to be paid and waits to be received, what was sent."""

    pay_by: datetime
    receive_by: datetime | None = None
    parcel: ToldParcel | None = None


def told(
    status: OrderStatus,
    reason: CloseReason | None,
    *,
    actor: str,
    at: datetime,
    around: Around,
    why: str | None,
    language: Language,
) -> str:
    """Tell the move to a status at a moment, by ``actor``.

    ``why`` is what the staff said of texts that they rejected, or of why they cancelled.
    """
    if status is OrderStatus.PENDING_PAYMENT:
        return _PLACED.told_in(language, {"pay_by": _moment(around.pay_by, at, language)})
    if status is OrderStatus.PAID:
        return _paid(actor, language)
    if status is OrderStatus.RECEIVED:
        return _received(actor, around.parcel).told_in(language, {})
    if around.parcel is not None:
        return _sent(status, around.parcel, around.receive_by, at, language)
    if status is OrderStatus.SHIPPED:
        return _rest_refunded(around.receive_by, at, language)
    return _closed(reason, why).told_in(language, {"why": why or ""})


def _paid(actor: str, language: Language) -> str:
    if actor == NOBODY:
        return _NOTHING_TO_PAY.told_in(language, {})
    gateway = gateway_names(language).get(actor)
    sentence = _PAID if gateway is None else _PAID_THROUGH
    return sentence.told_in(language, {"gateway": gateway})


def _received(actor: str, handed_over: ToldParcel | None) -> Sentence:
    if handed_over is not None:
        return _HANDED_OVER[handed_over.kind]
    return _CONFIRMED if actor.startswith("member:") else _TAKEN_FOR_RECEIVED


def _sent(
    status: OrderStatus,
    parcel: ToldParcel,
    receive_by: datetime | None,
    at: datetime,
    language: Language,
) -> str:
    carrier = carrier_name(parcel.carrier, language) if parcel.carrier else ""
    particulars: dict[str, object] = {
        "ordinal": parcel.ordinal,
        "parcel": f"{carrier} {parcel.tracking_number or ''}".strip(),
    }
    if status is OrderStatus.PARTLY_SHIPPED:
        return _PARTLY_SHIPPED.told_in(language, particulars)
    if receive_by is None:
        return _SHIPPED.told_in(language, particulars)
    particulars["receive_by"] = _moment(receive_by, at, language)
    return _RECEIVE_BY.told_in(language, particulars)


def _rest_refunded(receive_by: datetime | None, at: datetime, language: Language) -> str:
    """Tell that nothing is left to be sent, since what was is refunded."""
    if receive_by is None:
        return _REST_WAS_REFUNDED.told_in(language, {})
    return _REST_REFUNDED.told_in(language, {"receive_by": _moment(receive_by, at, language)})


def _closed(reason: CloseReason | None, why: str | None) -> Sentence:
    assert reason is not None
    if reason is CloseReason.CANCELLED_BY_STAFF and why:
        return _CANCELLED_BECAUSE
    return _CLOSED[reason]


def _moment(moment: datetime, seen_from: datetime, language: Language) -> str:
    """A moment on the shop's clock, with its day where that is another one."""
    local = moment.astimezone(SHOP_ZONE)
    is_same_day = local.date() == seen_from.astimezone(SHOP_ZONE).date()
    particulars: dict[str, object] = {
        "time": f"{local:%H:%M}",
        "month": local.month,
        "day": local.day,
        "date": f"{local:%Y-%m-%d}",
    }
    return (_SAME_DAY if is_same_day else _OTHER_DAY).told_in(language, particulars)
