"""Orders as rows of a table, one for each line of an order (`domain.kernel.spreadsheets`)."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from domain.kernel import spreadsheets
from domain.members.words import Channel
from domain.orders.words import CloseReason, DeliveryMethod, OrderStatus

COLUMNS: dict[str, str] = {
    "number": "订单号 Order number",
    "placed_at": "下单时间 Placed at",
    "status": "状态 Status",
    "paid_at": "付款时间 Paid at",
    "closed_at": "关闭时间 Closed at",
    "close_reason": "关闭原因 Close reason",
    "channel": "渠道 Channel",
    "delivery": "配送方式 Delivery",
    "place_code": "发货地点 Place",
    "member_name": "会员 Member",
    "member_phone": "会员手机 Member's phone",
    "recipient_phone": "收货手机 Recipient's phone",
    "region": "收货地区 Region",
    "line_number": "行号 Line",
    "sku": "货号 SKU",
    "product_title_zh": "商品 Product (zh)",
    "product_title_en": "商品英文名 Product (en)",
    "variant_title_zh": "规格 Variant (zh)",
    "variant_title_en": "规格英文名 Variant (en)",
    "units": "件数 Units",
    "refunding_units": "退款件数（含退款中） Units refunded or being refunded",
    "unit_yuan": "单价（元） Unit price (CNY)",
    "personalisation": "刻字 Personalisation",
    "personalisation_yuan": "刻字单价（元） Personalisation price (CNY)",
    "line_list_yuan": "行原价（元） Line list (CNY)",
    "line_payable_yuan": "行应付（元） Line payable (CNY)",
    "line_refunding_yuan": "行退款（元，含退款中） Line refunded or being refunded (CNY)",
    "list_yuan": "商品原价（元） Order list (CNY)",
    "discount_yuan": "商品优惠（元） Order discount (CNY)",
    "freight_yuan": "运费（元） Freight (CNY)",
    "payable_yuan": "订单应付（元） Order payable (CNY)",
    "member_note": "会员留言 Member's note",
}
"""The columns in their order; amounts of the order stand in each of its rows."""
_WORDS: dict[StrEnum, str] = {
    OrderStatus.PENDING_PAYMENT: "待付款 Pending payment",
    OrderStatus.PAID: "已付款 Paid",
    OrderStatus.PARTLY_SHIPPED: "部分发货 Partly shipped",
    OrderStatus.SHIPPED: "已发货 Shipped",
    OrderStatus.RECEIVED: "已收货 Received",
    OrderStatus.CLOSED: "已关闭 Closed",
    CloseReason.CANCELLED_BY_MEMBER: "会员取消 Cancelled by the member",
    CloseReason.CANCELLED_BY_STAFF: "商家取消 Cancelled by the shop",
    CloseReason.NOT_PAID_IN_TIME: "超时未付款 Not paid in time",
    CloseReason.PERSONALISATION_REJECTED: "刻字未通过审核 Engraving not approved",
    CloseReason.REFUNDED: "已全额退款 Refunded altogether",
    DeliveryMethod.DELIVERY: "快递 Delivery",
    DeliveryMethod.PICK_UP: "到店自提 Store pick-up",
    DeliveryMethod.VIRTUAL: "虚拟商品 Virtual goods",
    Channel.MINI_PROGRAM: "小程序 Mini-program",
    Channel.APP: "应用 App",
    Channel.PAD: "门店平板 Pad",
    Channel.WEB: "网页 Web",
}


def header() -> bytes:
    """What a file begins with."""
    return spreadsheets.header(COLUMNS)


def body(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Rows as they stand in a file; each has a value for every column, None for nothing."""
    return spreadsheets.body(COLUMNS, rows)


def word(value: StrEnum | None) -> str:
    """A word of orders in both languages; KeyError for one that nobody has translated."""
    return "" if value is None else _WORDS[value]
