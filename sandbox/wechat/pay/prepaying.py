"""``POST /v3/pay/transactions/jsapi``: asks a person to pay an order in the mini-program."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Literal

from msgspec import Meta, Struct

from sandbox.wechat.pay.answering import Asked
from sandbox.wechat.pay.asking import (
    body_of,
    check_merchant,
    check_notify_address,
    check_order_number,
)
from sandbox.wechat.pay.orders import Order, TradeState
from sandbox.wechat.pay.refusals import PayRefusal, number_used, order_closed, order_paid

PATH = "/v3/pay/transactions/jsapi"
SHORTEST = timedelta(minutes=1)
USUAL = timedelta(days=7)
_MOST_FEN = 10**10


class _Amount(Struct, forbid_unknown_fields=True):
    total: Annotated[int, Meta(ge=1, le=_MOST_FEN)]
    currency: Literal["CNY"] = "CNY"


class _Payer(Struct, forbid_unknown_fields=True):
    openid: Annotated[str, Meta(min_length=1, max_length=128)]


class _Request(Struct, forbid_unknown_fields=True):
    appid: Annotated[str, Meta(min_length=1, max_length=32)]
    mchid: Annotated[str, Meta(min_length=1, max_length=32)]
    description: Annotated[str, Meta(min_length=1, max_length=127)]
    out_trade_no: str
    notify_url: str
    amount: _Amount
    payer: _Payer
    time_expire: Annotated[datetime, Meta(tz=True)] | None = None
    attach: Annotated[str, Meta(max_length=128)] = ""
    goods_tag: Annotated[str, Meta(max_length=32)] = ""
    support_fapiao: bool = False
    detail: dict[str, object] | None = None
    scene_info: dict[str, object] | None = None
    settle_info: dict[str, object] | None = None


def prepay(asked: Asked) -> dict[str, object]:
    """Answer with the prepay id of an order, made if there is none with this number.

    The same particulars again, in whatever order, answer with an id that is good now.
    """
    request, particulars = body_of(asked, _Request)
    check_order_number(request.out_trade_no)
    check_notify_address(request.notify_url)
    check_merchant(asked, request.mchid)
    _check_app_and_payer(asked, request)
    order = asked.desk.orders.numbered(request.out_trade_no)
    if order:
        _check_same(order, particulars)
    else:
        order = _order(asked, request, particulars)
        asked.desk.orders.add(order)
    return {"prepay_id": order.prepay_id(asked.desk.clock(), asked.desk.random)}


def _check_app_and_payer(asked: Asked, request: _Request) -> None:
    if request.appid != asked.world.app.app_id:
        raise PayRefusal(400, "APPID_MCHID_NOT_MATCH", "appid和mch_id不匹配")
    if not asked.world.people.with_openid(request.payer.openid):
        raise PayRefusal(400, "OPENID_MISMATCH", "openid和appid不匹配")


def _check_same(order: Order, particulars: Mapping[str, object]) -> None:
    if order.is_paid:
        raise order_paid()
    if order.state is TradeState.CLOSED:
        raise order_closed()
    if order.particulars != particulars:
        raise number_used()


def _order(asked: Asked, request: _Request, particulars: Mapping[str, object]) -> Order:
    now = asked.desk.clock()
    wanted = request.time_expire or now + USUAL
    return Order(
        out_trade_no=request.out_trade_no,
        particulars=particulars,
        description=request.description,
        total=request.amount.total,
        openid=request.payer.openid,
        notify_url=request.notify_url,
        attach=request.attach,
        payable_until=max(wanted, now + SHORTEST),
        signed_by=asked.signer.serial,
    )
