"""What the mall calls of the order centre: ``/wxa/sec/order/…``."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct

from sandbox.wechat.pay.orders import Order
from sandbox.wechat.refusals import Refusal
from sandbox.wechat.sent import Sent
from sandbox.wechat.shipping.checking import MOST_PARCELS, UNIFIED, OrderKey, Upload, checked
from sandbox.wechat.shipping.records import OrderState, Parcel, Shipping
from sandbox.wechat.tokens import check_token
from sandbox.wechat.world import World

UPLOAD = "/wxa/sec/order/upload_shipping_info"
GET_ORDER = "/wxa/sec/order/get_order"
SPECIAL_ORDER = "/wxa/sec/order/opspecialorder"
_BY_MERCHANT, _BY_TRANSACTION = 1, 2
_SOLD_AHEAD, _FOR_A_TEST = 1, 2
_DELAYED_FROM, _DELAYED_TO = timedelta(days=15), timedelta(days=330)


class _Question(Struct):
    transaction_id: str | None = None
    merchant_id: str | None = None
    merchant_trade_no: str | None = None


class _Special(Struct):
    order_id: str = ""
    type: int = 0
    delay_to: int | None = None


def upload_shipping_info(world: World, sent: Sent) -> dict[str, object]:
    """Answer ``POST /wxa/sec/order/upload_shipping_info``."""
    check_token(world, sent)
    request = sent.json(Upload)
    order = _by_key(world, request.order_key)
    uploaded_at = checked(request, order)
    before = world.shippings.of(order.out_trade_no)
    state = world.shippings.state(order)
    if state is OrderState.REFUNDED:
        raise Refusal(10060004, "支付单处于不可发货的状态")
    told = _told(request, before, uploaded_at)
    is_late = before.uploaded_at is not None and uploaded_at <= before.uploaded_at
    if is_late or told.content() == before.content():
        raise Refusal(10060023, "发货信息未更新")
    _take(world, order, before, told, state)
    return {"errcode": 0, "errmsg": "ok"}


def get_order(world: World, sent: Sent) -> dict[str, object]:
    """Answer ``POST /wxa/sec/order/get_order``."""
    check_token(world, sent)
    asked = sent.json(_Question)
    if not asked.transaction_id and not (asked.merchant_id and asked.merchant_trade_no):
        raise Refusal(10060014, "请求参数非法")
    if asked.transaction_id:
        order = _by_transaction(world, asked.transaction_id)
    else:
        order = _by_number(world, asked.merchant_id, asked.merchant_trade_no)
    return {"errcode": 0, "errmsg": "ok", "order": order_told(world, order)}


def report_special_order(world: World, sent: Sent) -> dict[str, object]:
    """Answer ``POST /wxa/sec/order/opspecialorder``: by either number."""
    check_token(world, sent)
    asked = sent.json(_Special)
    if asked.type not in {_SOLD_AHEAD, _FOR_A_TEST}:
        raise Refusal(10060014, "参数错误")
    order = _by_either(world, asked.order_id)
    shipping = world.shippings.of(order.out_trade_no)
    if world.shippings.state(order) is not OrderState.TO_SHIP:
        raise Refusal(10060004, "支付单处于不可发货的状态")
    if asked.type == _SOLD_AHEAD:
        shipping.delayed_to = _delay(order, asked.delay_to)
    return {"errcode": 0, "errmsg": "ok"}


def order_told(world: World, order: Order) -> dict[str, object]:
    """A payment with its shipping, as ``get_order`` tells it."""
    shipping = world.shippings.of(order.out_trade_no)
    assert order.paid_at is not None
    assert world.pay is not None
    return {
        "transaction_id": order.transaction_id,
        "merchant_id": world.pay.keys.merchant_id,
        "sub_merchant_id": "",
        "merchant_trade_no": order.out_trade_no,
        "description": "；".join(each.item_desc for each in shipping.parcels)[:123],
        "paid_amount": order.total,
        "openid": order.openid,
        "trade_create_time": int(order.paid_at.timestamp()),
        "pay_time": int(order.paid_at.timestamp()),
        "order_state": int(world.shippings.state(order)),
        "in_complaint": False,
        "shipping": {
            "delivery_mode": shipping.delivery_mode,
            "logistics_type": shipping.logistics_type,
            "finish_shipping": shipping.is_finished,
            "finish_shipping_count": shipping.finished,
            "goods_desc": "",
            "shipping_list": [_parcel_told(each) for each in shipping.parcels],
        },
    }


def _parcel_told(parcel: Parcel) -> dict[str, Any]:
    return {
        "tracking_no": parcel.tracking_no,
        "express_company": parcel.express_company,
        "goods_desc": parcel.item_desc,
        "upload_time": int(parcel.upload_time.timestamp()),
        "contact": {"receiver_contact": parcel.contact},
    }


def _take(world: World, order: Order, before: Shipping, told: Shipping, state: OrderState) -> None:
    """Keep what was told, unless it is told again once too often or too late."""
    is_other_way = bool(before.parcels) and (
        (before.logistics_type, before.delivery_mode) != (told.logistics_type, told.delivery_mode)
    )
    if before.is_finished or is_other_way:
        if state is not OrderState.SHIPPED and before.is_finished:
            raise Refusal(10060002, "支付单已完成发货，无法继续发货")
        if before.is_resent:
            raise Refusal(10060003, "支付单已使用重新发货机会")
        told.is_resent = True
    if told.is_finished:
        told.finished += 1
    before.logistics_type, before.delivery_mode = told.logistics_type, told.delivery_mode
    before.parcels, before.is_finished, before.finished = (
        told.parcels,
        told.is_finished,
        told.finished,
    )
    before.is_resent, before.uploaded_at = told.is_resent, told.uploaded_at
    assert world.shippings.of(order.out_trade_no) is before


def _told(request: Upload, before: Shipping, at: datetime) -> Shipping:
    """What is known once this is taken: of what is not finished, parcels are added."""
    parcels = [
        Parcel(
            each.express_company or "",
            each.tracking_no or "",
            each.item_desc,
            (each.contact.receiver_contact or each.contact.consignor_contact or "")
            if each.contact
            else "",
            at,
        )
        for each in request.shipping_list
    ]
    is_same_way = (before.logistics_type, before.delivery_mode) == (
        request.logistics_type,
        request.delivery_mode,
    )
    if is_same_way and not before.is_finished:
        by_key = {each.key: each for each in before.parcels} | {each.key: each for each in parcels}
        parcels = list(by_key.values())
    if len(parcels) > MOST_PARCELS:
        raise Refusal(10060024, "物流信息列表太长")
    is_finished = request.delivery_mode == UNIFIED or bool(request.is_all_delivered)
    return replace(
        before,
        logistics_type=request.logistics_type,
        delivery_mode=request.delivery_mode,
        parcels=parcels,
        is_finished=is_finished,
        uploaded_at=at,
    )


def _delay(order: Order, delay_to: int | None) -> datetime:
    assert order.paid_at is not None
    if delay_to is None:
        raise Refusal(10060014, "参数错误: delay_to")
    until = datetime.fromtimestamp(delay_to, tz=order.paid_at.tzinfo)
    if not _DELAYED_FROM < until - order.paid_at <= _DELAYED_TO:
        raise Refusal(10060014, "参数错误: delay_to")
    return until


def _by_key(world: World, key: OrderKey) -> Order:
    if key.order_number_type == _BY_TRANSACTION:
        if not key.transaction_id:
            raise Refusal(268485195, "transaction_id 字段不能为空")
        return _by_transaction(world, key.transaction_id)
    if key.order_number_type != _BY_MERCHANT:
        raise Refusal(268485194, "订单单号类型非法")
    if not key.mchid:
        raise Refusal(268485196, "mchid 字段不能为空")
    if not key.out_trade_no:
        raise Refusal(268485197, "out_trade_no 字段不能为空")
    return _by_number(world, key.mchid, key.out_trade_no)


def _by_number(world: World, merchant_id: str | None, number: str | None) -> Order:
    is_merchant = world.pay is not None and world.pay.keys.merchant_id == merchant_id
    order = world.pay.orders.numbered(number or "") if world.pay and is_merchant else None
    return _paid(order)


def _by_transaction(world: World, transaction_id: str) -> Order:
    return _paid(world.pay.orders.paid_by(transaction_id) if world.pay else None)


def _by_either(world: World, number: str) -> Order:
    if world.pay is None:
        return _paid(None)
    return _paid(world.pay.orders.paid_by(number) or world.pay.orders.numbered(number))


def _paid(order: Order | None) -> Order:
    if order is None or not order.is_paid:
        raise Refusal(10060001, "支付单不存在")
    return order
