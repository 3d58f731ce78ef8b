"""What was shipped of a payment, told to WeChat's order centre (WeChat Pay 2.12)."""

from collections.abc import Mapping
from datetime import datetime
from typing import cast

from typing_extensions import override

from domain.gateways.wechat.access import MiniProgram
from domain.gateways.wechat.answers import Content, object_in, read_content
from domain.kernel.clock import SHOP_ZONE
from domain.kernel.outside import OutsideRejected, OutsideUnavailable
from domain.shipping_duty.ports import (
    Parcels,
    PaymentKey,
    ShippingInformationPort,
    ShippingProblem,
    ShippingRefused,
    Standing,
)
from domain.shipping_duty.rules import ToldParcel
from domain.shipping_duty.words import LogisticsType, PlatformState

_UPLOAD = "/wxa/sec/order/upload_shipping_info"
_ASK = "/wxa/sec/order/get_order"
_REPORT = "/wxa/sec/order/opspecialorder"
_BY_OUR_NUMBER = 1
_UNIFIED, _SPLIT = 1, 2
_SOLD_AHEAD = 1
_LOGISTICS = {LogisticsType.EXPRESS: 1, LogisticsType.VIRTUAL: 3, LogisticsType.PICK_UP: 4}
_STATES = {
    1: PlatformState.TO_SHIP,
    2: PlatformState.SHIPPED,
    3: PlatformState.CONFIRMED,
    4: PlatformState.COMPLETED,
    5: PlatformState.REFUNDED,
    6: PlatformState.SETTLING,
}
_PROBLEMS = {
    "10060001": ShippingProblem.UNKNOWN_PAYMENT,
    "10060002": ShippingProblem.ALREADY_TOLD,
    "10060003": ShippingProblem.ALREADY_TOLD,
    "10060023": ShippingProblem.ALREADY_TOLD,
    "10060004": ShippingProblem.NOT_SHIPPABLE,
}
_BUSY = {"10060012", "10060019"}
"""What WeChat says besides -1 where it is busy."""


class ShippingInformation(ShippingInformationPort):
    """Tells WeChat what was shipped by one mini-program."""

    def __init__(self, program: MiniProgram) -> None:
        self._program = program

    @override
    async def upload(self, parcels: Parcels) -> None:
        """Tell what was shipped: `domain.shipping_duty.ports.ShippingInformationPort`."""
        content, key = parcels.content, parcels.key
        contact = parcels.contact
        body: dict[str, object] = {
            "order_key": {
                "order_number_type": _BY_OUR_NUMBER,
                "mchid": key.merchant_id,
                "out_trade_no": key.number,
            },
            "logistics_type": _LOGISTICS[content.logistics],
            "delivery_mode": _SPLIT if content.is_split else _UNIFIED,
            "shipping_list": [_parcel(each, contact) for each in content.parcels],
            "upload_time": parcels.upload_at.astimezone(SHOP_ZONE).isoformat(
                timespec="milliseconds"
            ),
            "payer": {"openid": parcels.payer},
        }
        if content.is_split:
            body["is_all_delivered"] = content.is_whole
        await self._post(_UPLOAD, body)

    @override
    async def ask(self, key: PaymentKey) -> Standing:
        """How a payment stands: `domain.shipping_duty.ports.ShippingInformationPort`."""
        body = {"merchant_id": key.merchant_id, "merchant_trade_no": key.number}
        return _standing(object_in(await self._post(_ASK, body), "order"))

    @override
    async def report_late(self, key: PaymentKey, *, until: datetime) -> None:
        """Report a late shipment: `domain.shipping_duty.ports.ShippingInformationPort`."""
        body = {
            "order_id": key.transaction_id or key.number,
            "type": _SOLD_AHEAD,
            "delay_to": int(until.timestamp()),
        }
        await self._post(_REPORT, body)

    async def _post(self, endpoint: str, body: Mapping[str, object]) -> Content:
        try:
            return await self._program.post(endpoint, body, read_content)
        except OutsideRejected as error:
            if error.code in _BUSY:
                raise OutsideUnavailable(
                    error.code, may_have_happened=True, reference=error.reference
                ) from None
            problem = _PROBLEMS.get(error.code, ShippingProblem.OTHER)
            raise ShippingRefused(problem, error.code) from error


def _parcel(parcel: ToldParcel, contact: str | None) -> dict[str, object]:
    """A parcel; the number of whoever gets it is masked but for its end, as WeChat wants it."""
    told: dict[str, object] = {"item_desc": parcel.description}
    if parcel.company and parcel.tracking_number:
        told |= {"tracking_no": parcel.tracking_number, "express_company": parcel.company}
        if contact:
            told["contact"] = {"receiver_contact": f"****{contact}"}
    return told


def _standing(order: Content) -> Standing:
    state = order.get("order_state")
    if not isinstance(state, int) or state not in _STATES:
        raise OutsideUnavailable("no_order_state", may_have_happened=True)
    told = order.get("shipping")
    nothing: Content = {}
    shipping = cast("Content", told) if isinstance(told, dict) else nothing
    listed = shipping.get("shipping_list")
    parcels = cast("list[object]", listed) if isinstance(listed, list) else []
    return Standing(
        _STATES[state],
        shipping.get("finish_shipping") is True,
        frozenset(pair for each in parcels if (pair := _pair(each)) is not None),
    )


def _pair(parcel: object) -> tuple[str, str] | None:
    """The company and the number of a parcel; None for one that has none."""
    if not isinstance(parcel, dict):
        return None
    told = cast("Content", parcel)
    company, number = told.get("express_company"), told.get("tracking_no")
    if isinstance(company, str) and isinstance(number, str) and company and number:
        return company, number
    return None
