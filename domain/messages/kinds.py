"""Each kind of message: what it is about, how it is told, and where it leads."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from domain.kernel.clock import SHOP_ZONE
from domain.kernel.ids import public_id
from domain.kernel.language import Bilingual, Language, Sentence
from domain.kernel.money import Money
from domain.messages.words import (
    CaseNews,
    ClosedBecause,
    MessageKind,
    PaidFor,
    RefundedBecause,
    Topic,
)

ORDER = "order"
"""The kind in the public id of what messages are about; orders themselves lie above."""
_ORDER_PAGE = "pages/order/order"
_POINTS_PAGE = "pages/points/points"
_CHINESE_ALWAYS = "phrase"
"""Fields of this type take Chinese characters alone, whoever reads them."""


class Parameters(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a message says, as data; each kind has those that its sentences name."""

    order_number: str = ""
    amount_fen: int | None = None
    reason: str | None = None
    parcel: int | None = None
    is_whole: bool | None = None
    note: str | None = None
    product: Bilingual | None = None
    until: datetime | None = None
    points: int | None = None


class Told(msgspec.Struct, frozen=True, gc=False):
    """A message in words."""

    title: str
    body: str


@dataclass(frozen=True, slots=True)
class KindRules:
    """How a kind is told outside the mall.

    What ``answers_the_member`` (they have just done something and look for the answer) is sent at
    night too. ``most_a_day`` bounds messages of this kind to one member.
    """

    topic: Topic
    answers_the_member: bool
    most_a_day: int


@dataclass(frozen=True, slots=True)
class _Words:
    title: Sentence
    body: Sentence
    values: frozenset[str]


KINDS: Mapping[MessageKind, KindRules] = {
    MessageKind.ORDER_PAID: KindRules(Topic.ORDERS, answers_the_member=True, most_a_day=5),
    MessageKind.ORDER_CLOSED: KindRules(Topic.ORDERS, answers_the_member=False, most_a_day=3),
    MessageKind.PAYMENT_REFUNDED: KindRules(Topic.ORDERS, answers_the_member=False, most_a_day=5),
    MessageKind.ORDER_SHIPPED: KindRules(Topic.ORDERS, answers_the_member=False, most_a_day=5),
    MessageKind.CASE_MOVED: KindRules(Topic.ORDERS, answers_the_member=False, most_a_day=5),
    MessageKind.ORDER_READY: KindRules(Topic.ORDERS, answers_the_member=False, most_a_day=5),
    MessageKind.ORDER_FETCHED: KindRules(Topic.ORDERS, answers_the_member=True, most_a_day=5),
    MessageKind.INVOICE_ISSUED: KindRules(Topic.ORDERS, answers_the_member=False, most_a_day=3),
    MessageKind.INVOICE_REJECTED: KindRules(Topic.ORDERS, answers_the_member=False, most_a_day=3),
    MessageKind.ORDER_DELIVERED: KindRules(Topic.ORDERS, answers_the_member=True, most_a_day=5),
    MessageKind.POINTS_EXPIRING: KindRules(Topic.ORDERS, answers_the_member=False, most_a_day=1),
}
"""The rules of each kind."""

_REASONS: Mapping[str, Sentence] = {
    PaidFor.VIRTUAL_GOODS: Sentence("虚拟商品", "Virtual goods"),
    ClosedBecause.CANCELLED_BY_MEMBER: Sentence("您已取消", "You cancelled it"),
    ClosedBecause.CANCELLED_BY_STAFF: Sentence("商家取消", "The shop cancelled it"),
    ClosedBecause.NOT_PAID_IN_TIME: Sentence("超时未付款", "It was not paid in time"),
    ClosedBecause.PERSONALISATION_REJECTED: Sentence("刻字未通过", "Its engraving cannot be made"),
    ClosedBecause.REFUNDED: Sentence("已全额退款", "All of it was refunded"),
    RefundedBecause.ORDER_WAS_CLOSED: Sentence("订单已关闭", "The order was closed"),
    RefundedBecause.PAID_TWICE: Sentence("重复付款", "It was paid twice"),
    RefundedBecause.ORDER_REFUND: Sentence("订单退款", "The order was refunded"),
    RefundedBecause.PAID_OTHERWISE: Sentence("已另行退还", "It could not go back the way it came"),
    RefundedBecause.OTHER: Sentence("商家退款", "The shop gave it back"),
    CaseNews.TEXTS_REJECTED: Sentence("刻字未通过", "Its engraving cannot be made"),
    CaseNews.OPENED: Sentence("已代您申请", "The shop opened a case for you"),
    CaseNews.SEND_BACK: Sentence("请寄回商品", "The shop agrees: please send the goods back"),
    CaseNews.REFUSED: Sentence("售后未通过", "The shop does not agree"),
    CaseNews.RECEIVED: Sentence("商家已收货", "The shop has the goods and looks at them"),
    CaseNews.REFUNDING: Sentence("退款处理中", "The money is on its way"),
    CaseNews.EXCHANGED: Sentence("换货已寄出", "What comes in exchange is on its way"),
    CaseNews.EXPIRED: Sentence("超时已关闭", "The goods were not sent back in time: it is closed"),
}
"""At most five Chinese characters each: what a template's phrase takes."""

_MORE: Mapping[str, Sentence] = {
    CaseNews.TEXTS_REJECTED: Sentence(
        "{product}不会制作，您可以申请退款。",
        "{product} will not be made; you can ask for your money back.",
    ),
}
"""What to do about a reason, for the inbox alone."""
_NAMED = Sentence("“{product}”", "“{product}”")
_IT = Bilingual("该商品", "It")
"""What is said of a product that is not named."""

_WORDS: Mapping[MessageKind, _Words] = {
    MessageKind.ORDER_PAID: _Words(
        Sentence("订单已付款", "Order paid"),
        Sentence(
            "订单 {order_number} 已付款 {amount}，我们正在为您备货。",
            "We have received {amount} for order {order_number} and are getting it ready.",
        ),
        frozenset({"order_number", "amount", "time", "title"}),
    ),
    MessageKind.ORDER_CLOSED: _Words(
        Sentence("订单已关闭", "Order closed"),
        Sentence(
            "订单 {order_number} 已关闭：{reason}。",
            "Order {order_number} was closed. {reason}.",
        ),
        frozenset({"order_number", "reason", "time", "title"}),
    ),
    MessageKind.PAYMENT_REFUNDED: _Words(
        Sentence("退款成功", "Refund made"),
        Sentence(
            "订单 {order_number} 的 {amount} 已退回原支付账户：{reason}。",
            "{amount} for order {order_number} went back to where it came from. {reason}.",
        ),
        frozenset({"order_number", "amount", "reason", "time", "title"}),
    ),
    MessageKind.ORDER_SHIPPED: _Words(
        Sentence("订单已发货", "Order shipped"),
        Sentence(
            "订单 {order_number} 的包裹 {parcel} 已发出。{rest}。",
            "Parcel {parcel} of order {order_number} is on its way. {rest}.",
        ),
        frozenset({"order_number", "parcel", "rest", "time", "title"}),
    ),
    MessageKind.CASE_MOVED: _Words(
        Sentence("售后进展", "News of your case"),
        Sentence(
            "订单 {order_number} 的售后：{reason}。{note} {more}",
            "After-sales of order {order_number}. {reason}. {note} {more}",
        ),
        frozenset({"order_number", "reason", "time", "title"}),
    ),
    MessageKind.ORDER_READY: _Words(
        Sentence("可以到店取货了", "Ready to be fetched"),
        Sentence(
            "订单 {order_number} 已备好，请在 {until} 前到店出示取货码。",
            "Order {order_number} is ready. Please show its code at the store by {until}, "
            "Beijing time.",
        ),
        frozenset({"order_number", "until", "time", "title"}),
    ),
    MessageKind.ORDER_FETCHED: _Words(
        Sentence("订单已取货", "Order fetched"),
        Sentence(
            "订单 {order_number} 已在门店取走。若非本人操作，请联系门店。",
            "Order {order_number} was fetched at the store. If that was not you, please call them.",
        ),
        frozenset({"order_number", "time", "title"}),
    ),
    MessageKind.INVOICE_ISSUED: _Words(
        Sentence("发票已开具", "Invoice issued"),
        Sentence(
            "订单 {order_number} 的发票已开具，金额 {amount}。",
            "The invoice of order {order_number} was issued, for {amount}.",
        ),
        frozenset({"order_number", "amount", "time", "title"}),
    ),
    MessageKind.INVOICE_REJECTED: _Words(
        Sentence("发票申请未通过", "No invoice yet"),
        Sentence(
            "订单 {order_number} 的发票未能开具，请查看原因后重新申请。",
            "The invoice of order {order_number} could not be issued. See why, and ask again.",
        ),
        frozenset({"order_number", "time", "title"}),
    ),
    MessageKind.ORDER_DELIVERED: _Words(
        Sentence("虚拟商品已交付", "Virtual goods delivered"),
        Sentence(
            "订单 {order_number} 已交付，使用说明见订单详情。",
            "Order {order_number} was delivered. The order itself says how to use what is in it.",
        ),
        frozenset({"order_number", "time", "title"}),
    ),
    MessageKind.POINTS_EXPIRING: _Words(
        Sentence("积分即将到期", "Points about to expire"),
        Sentence(
            "您有 {points} 积分将于 {until} 到期，请及时使用。",
            "{points} of your points are good until {until}, Beijing time.",
        ),
        frozenset({"points", "until", "time", "title"}),
    ),
}
_OTHER_BODIES: Mapping[tuple[MessageKind, str], Sentence] = {
    (MessageKind.ORDER_PAID, PaidFor.VIRTUAL_GOODS): Sentence(
        "订单 {order_number} 已付款 {amount}，虚拟商品即将交付，届时请在订单详情查看使用说明。",
        "We have received {amount} for order {order_number}. It is about to be delivered: the "
        "order then says how to use what is in it.",
    ),
    (MessageKind.PAYMENT_REFUNDED, RefundedBecause.PAID_OTHERWISE): Sentence(
        "订单 {order_number} 的 {amount} 无法退回原支付账户，商家已以其他方式退还给您。",
        "{amount} for order {order_number} could not go back to where it came from. The shop has "
        "paid it back to you by other means.",
    ),
}
"""What is said instead for some reasons, where the usual words would not be true."""
_REST: Mapping[bool, Sentence] = {
    True: Sentence("商品已全部发出", "All of it was sent"),
    False: Sentence("其余商品稍后发出", "The rest will follow"),
}
"""Whether more follows a parcel: at most twenty characters, what a thing takes."""


def told(kind: MessageKind, parameters: Parameters, language: Language) -> Told:
    """A message in a reader's language."""
    particulars = _particulars(parameters, language)
    words = _WORDS[kind]
    body = _OTHER_BODIES.get((kind, parameters.reason or ""), words.body)
    return Told(
        words.title.told_in(language, particulars),
        body.told_in(language, particulars).rstrip(),
    )


def page_for(order_id: UUID | None) -> str:
    """The page of the mini-program that a message leads to: its order's, or that of points."""
    if order_id is None:
        return _POINTS_PAGE
    return f"{_ORDER_PAGE}?id={public_id(ORDER, order_id)}"


def values_of(kind: MessageKind) -> frozenset[str]:
    """The values that a template of this kind can have fields for."""
    return _WORDS[kind].values


def template_data(
    kind: MessageKind,
    parameters: Parameters,
    fields: Mapping[str, str],
    *,
    at: datetime,
    language: Language,
) -> dict[str, str]:
    """The values by the names of a template's fields; ``fields`` names the value of each.

    ``at`` is when it happened. KeyError for a value that the kind does not have.
    """
    made: dict[str, str] = {}
    for field, name in fields.items():
        is_chinese = field.startswith(_CHINESE_ALWAYS)
        reader = Language.ZH if is_chinese else language
        made[field] = _values(kind, parameters, at, reader)[name]
    return made


def _values(
    kind: MessageKind, parameters: Parameters, at: datetime, language: Language
) -> dict[str, str]:
    """Everything that a field can have; an amount without commas, for which it has no room."""
    found = {each: str(value) for each, value in _particulars(parameters, language).items()}
    found["time"] = f"{at.astimezone(SHOP_ZONE):%Y-%m-%d %H:%M}"
    found["title"] = _WORDS[kind].title.told_in(language, {})
    if "amount" in found:
        found["amount"] = found["amount"].replace(",", "")
    return found


def _particulars(parameters: Parameters, language: Language) -> dict[str, object]:
    found: dict[str, object] = {"order_number": parameters.order_number}
    if parameters.amount_fen is not None:
        found["amount"] = Money(parameters.amount_fen)
    if parameters.reason is not None:
        found["reason"] = _REASONS[parameters.reason].told_in(language, {})
        more = _MORE.get(parameters.reason)
        named = parameters.product.told_in(language) if parameters.product else None
        product = _NAMED.told_in(language, {"product": named}) if named else _IT.told_in(language)
        found["more"] = more.told_in(language, {"product": product}) if more else ""
    found["note"] = parameters.note or ""
    if parameters.parcel is not None:
        found["parcel"] = parameters.parcel
        found["rest"] = _REST[bool(parameters.is_whole)].told_in(language, {})
    if parameters.points is not None:
        found["points"] = parameters.points
    if parameters.until is not None:
        found["until"] = f"{parameters.until.astimezone(SHOP_ZONE):%Y-%m-%d %H:%M}"
    return found
