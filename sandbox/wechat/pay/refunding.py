"""``/v3/refund/domestic/refunds``: money goes back, and how that stands."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Literal

from msgspec import Meta, Struct

from sandbox.wechat.pay.answering import Asked
from sandbox.wechat.pay.asking import body_of, check_notify_address
from sandbox.wechat.pay.cashier import new_number
from sandbox.wechat.pay.desk import PayDesk
from sandbox.wechat.pay.orders import Order, TradeState
from sandbox.wechat.pay.refunds import Refund
from sandbox.wechat.pay.refusals import bad_parameter, bad_request, too_often, unknown_resource
from sandbox.wechat.pay.told import Told, refund_told

PATH = "/v3/refund/domestic/refunds"
BY_NUMBER = f"{PATH}/{{out_refund_no}}"
MOST_REFUNDS = 50
BETWEEN_REFUNDS = timedelta(minutes=1)
LATEST = timedelta(days=365)
_NUMBER = re.compile(r"[0-9A-Za-z_\-|*@]{1,64}")


class _Amount(Struct, forbid_unknown_fields=True):
    refund: Annotated[int, Meta(ge=1)]
    total: Annotated[int, Meta(ge=1)]
    currency: Literal["CNY"]


class _Request(Struct, forbid_unknown_fields=True):
    out_refund_no: str
    amount: _Amount
    transaction_id: str | None = None
    out_trade_no: str | None = None
    reason: Annotated[str, Meta(max_length=80)] = ""
    notify_url: str | None = None
    funds_account: Literal["AVAILABLE"] | None = None
    goods_detail: list[dict[str, object]] | None = None


def refund(asked: Asked) -> Told:
    """Accept a refund, or tell how the one with this number stands.

    It goes its way from then on; the reply says that it has begun.
    """
    request, particulars = body_of(asked, _Request)
    if not _NUMBER.fullmatch(request.out_refund_no):
        raise bad_parameter("out_refund_no 只能是 1 至 64 位的数字、大小写字母或 _-|*@")
    if request.notify_url is not None:
        check_notify_address(request.notify_url)
    order = _paid_order(asked.desk, request)
    if begun := asked.desk.refund_numbered(request.out_refund_no):
        _check_same(begun, order, particulars)
        return refund_told(begun, order)
    _check_rules(asked.desk, order, request)
    begun = _begun(asked, request, order, particulars)
    order.refunds.append(begun)
    order.state = TradeState.REFUND
    asked.cashier.accept(asked.desk, begun)
    return refund_told(begun, order)


def query_refund(asked: Asked) -> Told:
    """Tell how a refund stands."""
    if not (begun := asked.desk.refund_numbered(asked.sent.parts["out_refund_no"])):
        raise unknown_resource("退款单不存在")
    order = asked.desk.orders.numbered(begun.out_trade_no)
    assert order, "every refund is of an order"
    return refund_told(begun, order)


def _paid_order(desk: PayDesk, request: _Request) -> Order:
    if (request.transaction_id is None) == (request.out_trade_no is None):
        raise bad_parameter("transaction_id 和 out_trade_no 必须二选一")
    order = (
        desk.orders.paid_by(request.transaction_id)
        if request.transaction_id is not None
        else desk.orders.numbered(request.out_trade_no or "")
    )
    if not order:
        raise unknown_resource("订单不存在")
    if not order.is_paid:
        raise bad_request("订单未支付，不能退款")
    return order


def _check_same(begun: Refund, order: Order, particulars: Mapping[str, object]) -> None:
    if begun.out_trade_no != order.out_trade_no or begun.particulars != particulars:
        raise bad_request("订单金额或退款金额与之前请求不一致，请核实后再试")


def _check_rules(desk: PayDesk, order: Order, request: _Request) -> None:
    assert order.paid_at, "the order is paid"
    now = desk.clock()
    if request.amount.total != order.total:
        raise bad_request("订单金额与之前请求不一致，请核实后再试")
    if request.amount.refund > order.total - order.returned:
        raise bad_request("申请退款金额大于订单剩余可退金额")
    if len(order.refunds) >= MOST_REFUNDS:
        raise bad_request("部分退款次数超过 50 次")
    if now - order.paid_at > LATEST:
        raise bad_request("订单已超过可退款的最大期限")
    if order.refunds and _is_too_soon(desk, order.refunds[-1], now):
        raise too_often()


def _is_too_soon(desk: PayDesk, last: Refund, now: datetime) -> bool:
    return now - last.created_at < desk.scaled(BETWEEN_REFUNDS)


def _begun(
    asked: Asked, request: _Request, order: Order, particulars: Mapping[str, object]
) -> Refund:
    return Refund(
        out_refund_no=request.out_refund_no,
        out_trade_no=order.out_trade_no,
        refund_id=new_number(asked.desk.random, "50000", 29),
        particulars=particulars,
        amount=request.amount.refund,
        notify_url=request.notify_url,
        signed_by=asked.signer.serial,
        created_at=asked.desk.clock(),
    )
