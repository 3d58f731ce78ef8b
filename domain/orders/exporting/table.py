"""Orders as rows of a table: what spreadsheets in this market open as it is meant.

A row is one line of an order. UTF-8 with a mark, for without it Excel takes the file for GBK; no
cell can begin a formula; and what has more digits than a spreadsheet keeps ends with a tab, so
that it is read as text.
"""

import csv
from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from io import StringIO
from typing import Any

from domain.kernel.clock import SHOP_ZONE
from domain.members.words import Channel
from domain.orders.words import CloseReason, DeliveryMethod, OrderStatus

MARK = "\ufeff"
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
    "unit_yuan": "单价（元） Unit price (CNY)",
    "personalisation": "刻字 Personalisation",
    "personalisation_yuan": "刻字单价（元） Personalisation price (CNY)",
    "line_list_yuan": "行原价（元） Line list (CNY)",
    "line_payable_yuan": "行应付（元） Line payable (CNY)",
    "list_yuan": "商品原价（元） Order list (CNY)",
    "discount_yuan": "商品优惠（元） Order discount (CNY)",
    "freight_yuan": "运费（元） Freight (CNY)",
    "payable_yuan": "订单应付（元） Order payable (CNY)",
    "member_note": "会员留言 Member's note",
}
"""The columns in their order; amounts of the order stand in each of its rows."""
_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
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
    return (MARK + _written([list(COLUMNS.values())])).encode()


def body(rows: Iterable[dict[str, Any]]) -> bytes:
    """Rows as they stand in a file; each has a value for every column, None for nothing."""
    return _written([_cells(row) for row in rows]).encode()


def word(value: StrEnum | None) -> str:
    """A word of orders in both languages; KeyError for one that nobody has translated."""
    return "" if value is None else _WORDS[value]


def yuan(fen: int) -> str:
    """An amount that spreadsheets calculate with: ``1299.00``."""
    return f"{fen // 100}.{fen % 100:02d}"


def moment(at: datetime | None) -> str:
    """A moment on the shop's clock."""
    return "" if at is None else f"{at.astimezone(SHOP_ZONE):%Y-%m-%d %H:%M:%S}"


def as_text(digits: str) -> str:
    """Digits that a spreadsheet does not take for an amount."""
    return f"{digits}\t"


def safe(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_BEGINS_A_FORMULA) else text


def _cells(row: dict[str, Any]) -> list[str]:
    return [safe(str(row[name])) if row[name] is not None else "" for name in COLUMNS]


def _written(rows: Sequence[Sequence[str]]) -> str:
    text = StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue()
