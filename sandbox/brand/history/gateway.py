"""WeChat Pay and its order centre as they were in the past: all goes well there, and at once.

What becomes of it is in the fake WeChat's own words, so that it can be told.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from random import Random

import msgspec

from domain.kernel.clock import Clock
from domain.payments.bills import Bill, BillKind
from domain.payments.ports import (
    CURRENCY,
    GatewayPayment,
    GatewayRefund,
    GatewayState,
    Notice,
    PrepayWish,
    RefundState,
    RefundWish,
)
from domain.payments.words import PaymentProvider
from domain.shipping_duty.ports import Parcels, PaymentKey, Standing
from domain.shipping_duty.rules import ToldParcel
from domain.shipping_duty.words import LogisticsType, PlatformState
from sandbox.wechat.keeping import Kept
from sandbox.wechat.pay.cashier import new_number
from sandbox.wechat.pay.orders import Order, TradeState
from sandbox.wechat.pay.refunds import Refund, RefundStatus
from sandbox.wechat.shipping.checking import SPLIT, UNIFIED
from sandbox.wechat.shipping.records import OrderState, Parcel, Shipping

_BY_CERTIFICATE = ""
_LOGISTICS = {LogisticsType.EXPRESS: 1, LogisticsType.VIRTUAL: 3, LogisticsType.PICK_UP: 4}


@dataclass(frozen=True, slots=True)
class Account:
    """The merchant and the mini-program, and where the mall takes notices."""

    merchant_id: str
    app_id: str
    notify_url: str


class _Prepay(msgspec.Struct):
    """What is sent to begin a payment, as far as it is read again."""

    out_trade_no: str
    description: str
    total: int
    openid: str
    time_expire: datetime


class PastGateway:
    """`PaymentGateway` in the past, and what it knows in the end."""

    provider = PaymentProvider.WECHAT_PAY

    def __init__(self, account: Account, clock: Clock, random: Random) -> None:
        self.merchant_id = account.merchant_id
        self.app_id = account.app_id
        self.kept = Kept()
        self._account = account
        self._clock = clock
        self._random = random
        self._orders: dict[str, Order] = {}

    def prepay_request(self, wish: PrepayWish) -> bytes:
        """What is kept of a payment to begin it with."""
        return msgspec.json.encode(
            _Prepay(wish.number, wish.description, wish.amount_fen, wish.payer, wish.expires_at)
        )

    async def prepay(self, request: bytes) -> str:
        """Know the payment."""
        asked = msgspec.json.decode(request, type=_Prepay)
        order = Order(
            out_trade_no=asked.out_trade_no,
            particulars=msgspec.to_builtins(asked),
            description=asked.description,
            total=asked.total,
            openid=asked.openid,
            notify_url=self._account.notify_url,
            attach="",
            payable_until=asked.time_expire,
            signed_by=_BY_CERTIFICATE,
        )
        self._orders[order.out_trade_no] = order
        self.kept.payments.append(order)
        return order.prepay_id(self._clock(), self._random)

    def pay(self, number: str) -> None:
        """Let the payer pay."""
        order = self._orders[number]
        order.state, order.paid_at = TradeState.SUCCESS, self._clock()
        order.transaction_id = new_number(self._random, "42000", 28)

    async def query(self, number: str) -> GatewayPayment:
        """How a payment stands."""
        order = self._orders[number]
        return GatewayPayment(
            number,
            GatewayState.PAID if order.is_paid else GatewayState.NOT_PAID,
            self.merchant_id,
            self.app_id,
            order.transaction_id,
            order.total,
            CURRENCY,
            order.paid_at,
        )

    async def close(self, number: str) -> None:
        """See that it cannot be paid."""
        self._orders[number].state = TradeState.CLOSED

    async def refund(self, wish: RefundWish) -> GatewayRefund:
        """Give money back at once."""
        order, now = self._orders[wish.payment_number], self._clock()
        order.refunds.append(
            Refund(
                out_refund_no=wish.number,
                out_trade_no=order.out_trade_no,
                refund_id=new_number(self._random, "50000", 29),
                particulars={"reason": wish.reason},
                amount=wish.amount_fen,
                notify_url=self._account.notify_url,
                signed_by=_BY_CERTIFICATE,
                created_at=now,
                status=RefundStatus.SUCCESS,
                succeeded_at=now,
            )
        )
        order.state = TradeState.REFUND
        return self._told(order.refunds[-1])

    async def query_refund(self, number: str) -> GatewayRefund:
        """How a refund stands: the money is back."""
        refunds = (each for order in self.kept.payments for each in order.refunds)
        return self._told(next(each for each in refunds if each.out_refund_no == number))

    def client_parameters(self, prepay_id: str, *, at: datetime, random: Random) -> dict[str, str]:
        """Nobody opened a payment sheet: `pay` does what it leads to."""
        raise NotImplementedError

    async def read_notice(self, headers: Mapping[str, str], body: bytes, *, at: datetime) -> Notice:
        """Nothing was posted."""
        raise NotImplementedError

    async def bill(self, kind: BillKind, day: date) -> Bill | None:
        """The bills of those days are the fake WeChat's to write."""
        raise NotImplementedError

    @staticmethod
    def _told(refund: Refund) -> GatewayRefund:
        return GatewayRefund(
            refund.out_refund_no,
            refund.out_trade_no,
            RefundState.SUCCEEDED,
            refund.refund_id,
            refund.amount,
            refund.amount,
            refund.succeeded_at,
        )


class PastOrderCentre:
    """`ShippingInformationPort` in the past, of the payments of a gateway."""

    def __init__(self, gateway: PastGateway) -> None:
        self._gateway = gateway

    async def upload(self, parcels: Parcels) -> None:
        """Take what was shipped for known."""
        told, shipping = parcels.content, self._of(parcels.key.number)
        shipping.logistics_type = _LOGISTICS[told.logistics]
        shipping.delivery_mode = SPLIT if told.is_split else UNIFIED
        shipping.parcels = [
            _parcel(each, parcels.contact, parcels.upload_at) for each in told.parcels
        ]
        shipping.finished += told.is_whole
        shipping.is_finished, shipping.uploaded_at = told.is_whole, parcels.upload_at

    async def ask(self, key: PaymentKey) -> Standing:
        """How a payment stands there."""
        shipping = self._of(key.number)
        if shipping.received:
            state = PlatformState.CONFIRMED
        else:
            state = PlatformState.SHIPPED if shipping.is_finished else PlatformState.TO_SHIP
        parcels = frozenset(each.key for each in shipping.parcels)
        return Standing(state, shipping.is_finished, parcels)

    async def report_late(self, key: PaymentKey, *, until: datetime) -> None:
        """Nothing was sold ahead."""
        raise NotImplementedError

    def confirm(self, number: str) -> None:
        """Let the payer confirm at WeChat that all of it has come."""
        self._of(number).received = OrderState.CONFIRMED

    def _of(self, number: str) -> Shipping:
        return self._gateway.kept.shippings.setdefault(number, Shipping())


def _parcel(told: ToldParcel, contact: str | None, at: datetime) -> Parcel:
    masked = f"****{contact}" if contact and told.company else ""
    return Parcel(told.company or "", told.tracking_number or "", told.description, masked, at)
