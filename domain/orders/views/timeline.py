"""The history of an order as sentences to its member."""

from datetime import datetime

from domain.kernel.clock import SHOP_ZONE
from domain.kernel.language import Language, Sentence
from domain.orders.views.gateways import NOBODY, gateway_names
from domain.orders.words import CloseReason, OrderStatus

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
}
_CANCELLED_BECAUSE = Sentence(zh="商家已取消订单：{why}", en="The shop cancelled the order: {why}")
_SAME_DAY = Sentence(zh="{time}", en="{time} Beijing time")
_OTHER_DAY = Sentence(zh="{month} 月 {day} 日 {time}", en="{date} {time} Beijing time")


def told(
    status: OrderStatus,
    reason: CloseReason | None,
    *,
    actor: str,
    at: datetime,
    pay_by: datetime,
    why: str | None,
    language: Language,
) -> str:
    """Tell the move to a status at a moment, by ``actor``.

    ``pay_by`` is until when the order waited for its payment, ``why`` what the staff said of
    texts that they rejected, or of why they cancelled.
    """
    if status is OrderStatus.PENDING_PAYMENT:
        return _PLACED.told_in(language, {"pay_by": _moment(pay_by, at, language)})
    if status is OrderStatus.PAID:
        return _paid(actor, language)
    return _closed(reason, why).told_in(language, {"why": why or ""})


def _paid(actor: str, language: Language) -> str:
    if actor == NOBODY:
        return _NOTHING_TO_PAY.told_in(language, {})
    gateway = gateway_names(language).get(actor)
    sentence = _PAID if gateway is None else _PAID_THROUGH
    return sentence.told_in(language, {"gateway": gateway})


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
