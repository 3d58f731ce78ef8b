"""What the mall tells of its shipping, and what of that breaks the vendor's rules."""

from datetime import datetime

from msgspec import Struct

from sandbox.wechat.pay.orders import Order
from sandbox.wechat.refusals import Refusal

UNIFIED, SPLIT = 1, 2
MOST_PARCELS = 15
_EXPRESS = 1
_LOGISTICS = {1, 2, 3, 4}
_LONGEST_DESCRIPTION, _LONGEST_NUMBER = 120, 128
_NEEDS_CONTACT = "SF"
_BAD_TIME = "上传时间非法，请按照 RFC 3339 格式填写"


class OrderKey(Struct):
    """What a payment is known by: its number at WeChat Pay, or the merchant and its own."""

    order_number_type: int = 0
    transaction_id: str | None = None
    mchid: str | None = None
    out_trade_no: str | None = None


class Contact(Struct):
    """Parts of the number of who sends or who gets it."""

    consignor_contact: str | None = None
    receiver_contact: str | None = None


class Item(Struct):
    """One parcel."""

    item_desc: str = ""
    tracking_no: str | None = None
    express_company: str | None = None
    contact: Contact | None = None


class Payer(Struct):
    """Who has paid."""

    openid: str = ""


class Upload(Struct):
    """What was shipped of a payment."""

    order_key: OrderKey
    logistics_type: int
    delivery_mode: int
    shipping_list: list[Item]
    upload_time: str
    payer: Payer
    is_all_delivered: bool | None = None


def checked(request: Upload, order: Order) -> datetime:
    """Refuse what breaks the rules for one request; the time that it names."""
    is_split = request.delivery_mode == SPLIT
    is_express, parcels = request.logistics_type == _EXPRESS, len(request.shipping_list)
    rules = (
        (request.payer.openid == order.openid, 10060031, "该笔支付单不属于 openid 所指定的用户"),
        (request.logistics_type in _LOGISTICS, 10060005, "物流类型有误"),
        (request.delivery_mode in {UNIFIED, SPLIT}, 268485224, "发货模式非法"),
        (is_express or not is_split, 10060006, "非快递发货时不允许分拆发货"),
        (
            not is_split or request.is_all_delivered is not None,
            10060007,
            "分拆发货模式下必须填写 is_all_delivered",
        ),
        (is_split or parcels == 1, 268485228, "统一发货模式下，物流信息列表长度必须为 1"),
        (1 <= parcels <= MOST_PARCELS, 10060024, "物流信息列表太长"),
    )
    _hold(rules)
    for each in request.shipping_list:
        _check_item(each, is_express=is_express)
    return _time(request.upload_time)


def _check_item(item: Item, *, is_express: bool) -> None:
    described, company, number = item.item_desc, item.express_company or "", item.tracking_no or ""
    _hold(
        (
            (described != "", 10060008, "商品描述 item_desc 字段不能为空"),
            (len(described) <= _LONGEST_DESCRIPTION, 10060009, "商品描述 item_desc 字段太长"),
        )
    )
    if not is_express:
        return
    _hold(
        (
            (number != "", 268485226, "物流单号不能为空"),
            (company != "", 268485227, "物流公司编码不能为空"),
            (len(number) <= _LONGEST_NUMBER, 10060026, "物流单号太长"),
            (len(company) <= _LONGEST_NUMBER, 10060025, "物流公司编码太长"),
            (company != _NEEDS_CONTACT or _is_masked(item.contact), 10060014, "参数错误: contact"),
        )
    )


def _is_masked(contact: Contact | None) -> bool:
    told = (contact.receiver_contact or contact.consignor_contact or "") if contact else ""
    return "*" in told and told[-4:].isdigit()


def _hold(rules: tuple[tuple[bool, int, str], ...]) -> None:
    """Refuse with the first rule that does not hold."""
    for holds, code, message in rules:
        if not holds:
            raise Refusal(code, message)


def _time(written: str) -> datetime:
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        raise Refusal(268485216, _BAD_TIME) from None
    if moment.tzinfo is None:
        raise Refusal(268485216, _BAD_TIME)
    return moment
