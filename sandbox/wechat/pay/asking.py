"""What the merchant sends, checked against the vendor's limits."""

import re
from typing import TypeVar

import msgspec
from msgspec import Struct

from sandbox.wechat.loopback import leads_to_loopback
from sandbox.wechat.pay.answering import Asked
from sandbox.wechat.pay.refusals import PayRefusal, bad_parameter

MOST_IN_ADDRESS = 255
_BodyT = TypeVar("_BodyT", bound=Struct)
_ORDER_NUMBER = re.compile(r"[0-9A-Za-z_\-|*]{6,32}")


def body_of(asked: Asked, type_: type[_BodyT]) -> tuple[_BodyT, dict[str, object]]:
    """Read what was sent, also as plain values to compare; PARAM_ERROR where it breaks a rule.

    A field that the vendor's page does not name is refused: the page leaves that open, and a
    field that is misspelt would do nothing there.
    """
    if not asked.sent.headers.get("content-type", "").startswith("application/json"):
        raise bad_parameter("Content-Type 必须为 application/json")
    try:
        particulars = msgspec.json.decode(asked.sent.body, type=dict[str, object])
        return msgspec.json.decode(asked.sent.body, type=type_), particulars
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise bad_parameter(f"参数错误：{error}") from None


def check_merchant(asked: Asked, merchant_id: str | None) -> None:
    """Refuse another merchant than the one that signed."""
    if not merchant_id:
        raise bad_parameter("mchid 不能为空")
    if merchant_id != asked.desk.keys.merchant_id:
        raise PayRefusal(400, "MCH_NOT_EXISTS", "商户号不存在")


def check_order_number(out_trade_no: str) -> None:
    """Refuse what no number of an order can be."""
    if not _ORDER_NUMBER.fullmatch(out_trade_no):
        raise bad_parameter("out_trade_no 只能是 6 至 32 位的数字、大小写字母或 _-|*")


def check_notify_address(url: str) -> None:
    """Refuse an address that notices cannot go to.

    The real one wants https; this one speaks to its own machine, over http, and to nobody else.
    """
    if len(url) > MOST_IN_ADDRESS or "?" in url or "#" in url or not leads_to_loopback(url):
        raise bad_parameter("notify_url 有误：本机的 http 地址，不带参数，不超过 255 个字符")
