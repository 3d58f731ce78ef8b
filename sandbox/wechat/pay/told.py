"""Orders and refunds as WeChat Pay tells them, in replies and in notices."""

from datetime import datetime, timedelta, timezone

from sandbox.wechat.pay.orders import Order, TradeState
from sandbox.wechat.pay.refunds import Refund

CURRENCY = "CNY"
ACCOUNT = "支付用户零钱"
_BEIJING = timezone(timedelta(hours=8))
_DESCRIPTIONS = {
    TradeState.NOTPAY: "订单未支付",
    TradeState.SUCCESS: "支付成功",
    TradeState.REFUND: "转入退款",
    TradeState.CLOSED: "订单已关闭",
}

Told = dict[str, object]


def beijing(moment: datetime) -> str:
    """Return a moment as WeChat Pay writes it: to the second, at its own place."""
    return moment.astimezone(_BEIJING).isoformat(timespec="seconds")


def order_told(order: Order, app_id: str, merchant_id: str) -> Told:
    """Return an order; what it was paid by is left out until it is."""
    told: Told = {
        "appid": app_id,
        "mchid": merchant_id,
        "out_trade_no": order.out_trade_no,
        "trade_state": order.state.value,
        "trade_state_desc": _DESCRIPTIONS[order.state],
        "promotion_detail": [],
        "attach": order.attach,
    }
    if not order.paid_at:
        return told | {"amount": {"total": order.total, "currency": CURRENCY}}
    return told | {
        "transaction_id": order.transaction_id,
        "trade_type": "JSAPI",
        "bank_type": "OTHERS",
        "success_time": beijing(order.paid_at),
        "payer": {"openid": order.openid},
        "amount": {
            "total": order.total,
            "payer_total": order.total,
            "currency": CURRENCY,
            "payer_currency": CURRENCY,
        },
    }


def refund_told(refund: Refund, order: Order) -> Told:
    """Return a refund as a reply does."""
    told: Told = {
        "refund_id": refund.refund_id,
        "out_refund_no": refund.out_refund_no,
        "transaction_id": order.transaction_id,
        "out_trade_no": order.out_trade_no,
        "channel": "ORIGINAL",
        "user_received_account": ACCOUNT,
        "create_time": beijing(refund.created_at),
        "status": refund.status.value,
        "funds_account": "AVAILABLE",
        "amount": {
            **_amount(refund, order),
            "settlement_refund": refund.amount,
            "settlement_total": order.total,
            "discount_refund": 0,
            "currency": CURRENCY,
        },
        "promotion_detail": [],
    }
    return told | _success(refund)


def refund_noticed(refund: Refund, order: Order, merchant_id: str) -> Told:
    """Return a refund as a notice does, which names some things differently."""
    told: Told = {
        "mchid": merchant_id,
        "out_trade_no": order.out_trade_no,
        "transaction_id": order.transaction_id,
        "out_refund_no": refund.out_refund_no,
        "refund_id": refund.refund_id,
        "refund_status": refund.status.value,
        "user_received_account": ACCOUNT,
        "amount": _amount(refund, order),
    }
    return told | _success(refund)


def _amount(refund: Refund, order: Order) -> Told:
    return {
        "total": order.total,
        "refund": refund.amount,
        "payer_total": order.total,
        "payer_refund": refund.amount,
    }


def _success(refund: Refund) -> Told:
    return {"success_time": beijing(refund.succeeded_at)} if refund.succeeded_at else {}
