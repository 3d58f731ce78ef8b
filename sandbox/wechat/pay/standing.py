"""How an order stands, and its end: queries by either number, and closing."""

from typing import Annotated

from msgspec import Meta, Struct

from sandbox.wechat.pay.answering import Asked
from sandbox.wechat.pay.asking import body_of, check_merchant, check_order_number
from sandbox.wechat.pay.orders import Order, TradeState
from sandbox.wechat.pay.refusals import order_closed, order_paid, unknown_order
from sandbox.wechat.pay.told import Told, order_told

BY_NUMBER = "/v3/pay/transactions/out-trade-no/{out_trade_no}"
BY_TRANSACTION = "/v3/pay/transactions/id/{transaction_id}"
CLOSE = f"{BY_NUMBER}/close"


class _Close(Struct, forbid_unknown_fields=True):
    mchid: Annotated[str, Meta(max_length=32)]


def query_by_number(asked: Asked) -> Told:
    """Tell an order by the merchant's number."""
    check_merchant(asked, asked.sent.query.get("mchid"))
    return _told(asked, _numbered(asked))


def query_by_transaction(asked: Asked) -> Told:
    """Tell a paid order by the number of its payment; an unpaid one has none."""
    check_merchant(asked, asked.sent.query.get("mchid"))
    if not (order := asked.desk.orders.paid_by(asked.sent.parts["transaction_id"])):
        raise unknown_order()
    return _told(asked, order)


def close(asked: Asked) -> None:
    """Let nobody pay an order any more.

    One that is closed already is refused: the vendor's page does not say, its old one did so.
    """
    request, _ = body_of(asked, _Close)
    check_merchant(asked, request.mchid)
    order = _numbered(asked)
    if order.is_paid:
        raise order_paid()
    if order.state is TradeState.CLOSED:
        raise order_closed()
    order.state = TradeState.CLOSED


def _numbered(asked: Asked) -> Order:
    number = asked.sent.parts["out_trade_no"]
    check_order_number(number)
    if not (order := asked.desk.orders.numbered(number)):
        raise unknown_order()
    return order


def _told(asked: Asked, order: Order) -> Told:
    return order_told(order, asked.world.app.app_id, asked.desk.keys.merchant_id)
