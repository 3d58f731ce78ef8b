"""What WeChat Pay tells the mall by itself: what a notice says, and how it is wrapped."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from random import Random
from uuid import UUID

import msgspec

from sandbox.wechat.pay.orders import Order
from sandbox.wechat.pay.refunds import Refund, RefundStatus
from sandbox.wechat.pay.signing import encrypted
from sandbox.wechat.pay.told import Told, beijing, order_told, refund_noticed

_SUMMARIES = {
    RefundStatus.SUCCESS: "退款成功",
    RefundStatus.ABNORMAL: "退款异常",
    RefundStatus.CLOSED: "退款关闭",
}


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to tell; every attempt of it has the same id."""

    id: str
    event_type: str
    original_type: str
    summary: str
    created_at: datetime
    resource: Mapping[str, object]
    url: str
    signed_by: str
    out_trade_no: str
    out_refund_no: str | None = None


def paid_notice(
    order: Order, app_id: str, merchant_id: str, *, now: datetime, random: Random
) -> Notice:
    """Return the notice that an order is paid."""
    return Notice(
        id=new_notice_id(random),
        event_type="TRANSACTION.SUCCESS",
        original_type="transaction",
        summary="支付成功",
        created_at=now,
        resource=order_told(order, app_id, merchant_id),
        url=order.notify_url,
        signed_by=order.signed_by,
        out_trade_no=order.out_trade_no,
    )


def refund_notice(
    refund: Refund, order: Order, merchant_id: str, *, now: datetime, random: Random
) -> Notice | None:
    """Return the notice of how a refund ended; None where the merchant asked for none."""
    if not refund.notify_url:
        return None
    return Notice(
        id=new_notice_id(random),
        event_type=f"REFUND.{refund.status}",
        original_type="refund",
        summary=_SUMMARIES[refund.status],
        created_at=now,
        resource=refund_noticed(refund, order, merchant_id),
        url=refund.notify_url,
        signed_by=refund.signed_by,
        out_trade_no=order.out_trade_no,
        out_refund_no=refund.out_refund_no,
    )


def enveloped(notice: Notice, api_key: str, random: Random, *, too_much: int = 0) -> bytes:
    """Return the body of one attempt; ``too_much`` is added to the total that it tells."""
    resource: Told = dict(notice.resource)
    if too_much:
        amount = msgspec.convert(resource["amount"], dict[str, object])
        total = msgspec.convert(amount["total"], int)
        resource["amount"] = {**amount, "total": total + too_much, "payer_total": total + too_much}
    clear = msgspec.json.encode(resource)
    sealed = encrypted(api_key, clear, notice.original_type, random)
    return msgspec.json.encode(
        {
            "id": notice.id,
            "create_time": beijing(notice.created_at),
            "resource_type": "encrypt-resource",
            "event_type": notice.event_type,
            "summary": notice.summary,
            "resource": {"original_type": notice.original_type, **sealed},
        }
    )


def new_notice_id(random: Random) -> str:
    """Return an id that no other notice has."""
    return str(UUID(int=random.getrandbits(128), version=4))
