"""The sheet that ``wx.requestPayment`` opens: what it takes, and what it refuses to open with."""

import re
from typing import Annotated

from msgspec import Meta, Struct

from sandbox.wechat.pay.cashier import Cashier, NotPayable
from sandbox.wechat.pay.desk import PayDesk
from sandbox.wechat.pay.orders import Order
from sandbox.wechat.pay.signing import is_signed, lines
from sandbox.wechat.people import Person

_PACKAGE = "prepay_id="
_SECONDS = re.compile("[0-9]{10}")
_Text = Annotated[str, Meta(max_length=1024)]


class Parameters(Struct, rename="camel"):
    """What the mini-program hands to ``wx.requestPayment``; callbacks may stand beside it."""

    time_stamp: _Text
    nonce_str: _Text
    package: _Text
    sign_type: _Text
    pay_sign: _Text


class SheetRefused(Exception):
    """The sheet does not open; the message says why, in Chinese and English."""


def opened(
    desk: PayDesk, cashier: Cashier, app_id: str, person: Person, given: Parameters
) -> Order:
    """Return the order that the sheet is opened for; `SheetRefused` where it is not.

    The app is not among the parameters but is signed all the same: it is the one that asks.
    """
    _check_form(given)
    message = lines(app_id, given.time_stamp, given.nonce_str, given.package)
    if not is_signed(desk.ring.merchant, message, given.pay_sign):
        raise SheetRefused("paySign 验证失败。paySign does not verify against the merchant's key.")
    prepay_id = given.package.removeprefix(_PACKAGE)
    if not (order := desk.orders.prepaid(prepay_id)):
        raise SheetRefused("没有这个 prepay_id。There is no such prepay_id.")
    if desk.clock() >= order.prepaid[prepay_id]:
        raise SheetRefused("prepay_id 已过期。The prepay_id is older than two hours.")
    check_payer(desk, cashier, person, order)
    return order


def check_payer(desk: PayDesk, cashier: Cashier, person: Person, order: Order) -> None:
    """Raise `SheetRefused` unless this person can pay this order now."""
    if order.openid != person.openid:
        raise SheetRefused("订单应由另一个人支付。Somebody else is to pay this order.")
    try:
        cashier.check_payable(desk, order)
    except NotPayable as error:
        raise SheetRefused(str(error)) from None


def _check_form(given: Parameters) -> None:
    if given.sign_type != "RSA":
        raise SheetRefused("signType 必须是 RSA。signType has to be RSA.")
    if not _SECONDS.fullmatch(given.time_stamp):
        raise SheetRefused("timeStamp 必须是秒数字符串。timeStamp has to be seconds, as a text.")
    if not 1 <= len(given.nonce_str) <= 32:  # noqa: PLR2004 - the vendor's limit
        raise SheetRefused("nonceStr 为 1 至 32 个字符。nonceStr has 1 to 32 characters.")
    if not given.package.startswith(_PACKAGE):
        raise SheetRefused("package 必须是 prepay_id=…。package has to be prepay_id=….")
