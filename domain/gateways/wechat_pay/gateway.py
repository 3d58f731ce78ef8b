"""`PaymentGateway` by WeChat Pay: payments inside the mini-program (JSAPI), and their refunds."""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime
from random import Random
from typing import TypeVar
from urllib.parse import quote

import orjson

from domain.gateways.transport import Transport
from domain.gateways.wechat_pay import answers
from domain.gateways.wechat_pay.bills import fetch_bill
from domain.gateways.wechat_pay.calls import VerifiedCalls
from domain.gateways.wechat_pay.certificates import Certificates
from domain.gateways.wechat_pay.facts import payment_in, prepay_id_in, refund_in
from domain.gateways.wechat_pay.keys import PublicKey, VendorKeys
from domain.gateways.wechat_pay.merchant import Merchant
from domain.gateways.wechat_pay.notices import Notices
from domain.gateways.wechat_pay.requests import Call, SignedRequests
from domain.kernel.clock import SHOP_ZONE, Clock
from domain.kernel.outside import OutsideRejected, OutsideUnavailable
from domain.payments.bills import Bill, BillKind
from domain.payments.ports import (
    CURRENCY,
    AlreadyClosed,
    AlreadyPaid,
    GatewayPayment,
    GatewayRefund,
    Notice,
    NumberTaken,
    PrepayWish,
    RefundWish,
    UnknownPayment,
)
from domain.payments.words import PaymentProvider

_T = TypeVar("_T")
_PREPAY = "/v3/pay/transactions/jsapi"
_PAYMENT = "/v3/pay/transactions/out-trade-no"
_REFUNDS = "/v3/refund/domestic/refunds"
_MOST_DESCRIPTION = 127
_MOST_REASON = 80
_NONCE_BITS = 128

Meanings = Mapping[str, Callable[[], Exception]]
_OF_PREPAYING: Meanings = {
    answers.ORDER_PAID: AlreadyPaid,
    answers.ORDER_CLOSED: AlreadyClosed,
    answers.NUMBER_USED: NumberTaken,
}
_OF_ASKING: Meanings = {
    answers.ORDER_UNKNOWN: UnknownPayment,
    answers.RESOURCE_UNKNOWN: UnknownPayment,
}
_OF_CLOSING: Meanings = {
    **_OF_ASKING,
    answers.ORDER_PAID: AlreadyPaid,
    answers.ORDER_CLOSED: AlreadyClosed,
}


@dataclass(frozen=True, slots=True)
class Account:
    """What the mall is at WeChat Pay; without a public key its certificates are fetched."""

    merchant: Merchant
    app_id: str
    notify_url: str
    public_key: PublicKey | None = None


class WeChatPay:
    """Takes money for one merchant; made by `open_wechat_pay`."""

    def __init__(self, account: Account, calls: VerifiedCalls, notices: Notices) -> None:
        self.provider = PaymentProvider.WECHAT_PAY
        self.merchant_id = account.merchant.id
        self.app_id = account.app_id
        self._merchant = account.merchant
        self._notify_url = account.notify_url
        self._calls = calls
        self._notices = notices

    def prepay_request(self, wish: PrepayWish) -> bytes:
        """The body that makes a payment known; words that are too long for WeChat Pay are cut."""
        return orjson.dumps(
            {
                "appid": self.app_id,
                "mchid": self.merchant_id,
                "description": wish.description[:_MOST_DESCRIPTION],
                "out_trade_no": wish.number,
                "time_expire": wish.expires_at.astimezone(SHOP_ZONE).isoformat(timespec="seconds"),
                "notify_url": self._notify_url,
                "amount": {"total": wish.amount_fen, "currency": CURRENCY},
                "payer": {"openid": wish.payer},
            }
        )

    async def prepay(self, request: bytes) -> str:
        """Make the payment known; returns its prepay id, good for two hours."""
        return await self._ask(Call("POST", _PREPAY, _PREPAY, request), prepay_id_in, _OF_PREPAYING)

    def client_parameters(self, prepay_id: str, *, at: datetime, random: Random) -> dict[str, str]:
        """What ``wx.requestPayment`` takes, and the app that it is signed for."""
        timestamp, nonce = str(int(at.timestamp())), f"{random.getrandbits(_NONCE_BITS):032X}"
        package = f"prepay_id={prepay_id}"
        signed = (self.app_id, timestamp, nonce, package)
        return {
            "appId": self.app_id,
            "timeStamp": timestamp,
            "nonceStr": nonce,
            "package": package,
            "signType": "RSA",
            "paySign": self._merchant.sign(*(line.encode() for line in signed)),
        }

    async def query(self, number: str) -> GatewayPayment:
        """How a payment stands."""
        target = f"{_PAYMENT}/{quote(number, safe='')}?mchid={self.merchant_id}"
        payment = await self._ask(Call("GET", _PAYMENT, target), payment_in, _OF_ASKING)
        _require_same(payment.number, number)
        return payment

    async def close(self, number: str) -> None:
        """Make sure that a payment cannot be paid any more."""
        endpoint = f"{_PAYMENT}/close"
        target = f"{_PAYMENT}/{quote(number, safe='')}/close"
        body = orjson.dumps({"mchid": self.merchant_id})
        try:
            await self._ask(Call("POST", endpoint, target, body), _nothing, _OF_CLOSING)
        except AlreadyClosed:
            return

    async def refund(self, wish: RefundWish) -> GatewayRefund:
        """Begin to give money back, or tell how that stands."""
        body = orjson.dumps(
            {
                "out_trade_no": wish.payment_number,
                "out_refund_no": wish.number,
                "reason": wish.reason[:_MOST_REASON],
                "notify_url": self._notify_url,
                "amount": {
                    "refund": wish.amount_fen,
                    "total": wish.paid_fen,
                    "currency": CURRENCY,
                },
            }
        )
        refund = await self._ask(Call("POST", _REFUNDS, _REFUNDS, body), refund_in, _OF_ASKING)
        _require_same(refund.number, wish.number)
        return refund

    async def query_refund(self, number: str) -> GatewayRefund:
        """How a refund stands."""
        target = f"{_REFUNDS}/{quote(number, safe='')}"
        refund = await self._ask(Call("GET", _REFUNDS, target), refund_in, _OF_ASKING)
        _require_same(refund.number, number)
        return refund

    async def read_notice(self, headers: Mapping[str, str], body: bytes, *, at: datetime) -> Notice:
        """Verify and open what was posted."""
        return await self._notices.read(headers, body, at=at)

    async def bill(self, kind: BillKind, day: date) -> Bill | None:
        """What WeChat Pay says of a day that is over."""
        return await fetch_bill(self._calls, kind, day)

    async def _ask(self, call: Call, read: Callable[[bytes], _T], meanings: Meanings) -> _T:
        try:
            return await self._calls.ask(call, read)
        except OutsideRejected as error:
            meaning = meanings.get(error.code)
            if meaning is None:
                raise
            raise meaning() from None


@asynccontextmanager
async def open_wechat_pay(
    hosts: Sequence[Transport], account: Account, *, clock: Clock, random: Random
) -> AsyncGenerator[WeChatPay]:
    """WeChat Pay at the first of the hosts that can be reached; nothing is asked yet.

    ``clock`` is real time, and ``random`` a source that nobody can guess.
    """
    requests = SignedRequests(hosts, account.merchant, clock=clock, random=random)
    certificates = Certificates(
        requests, account.merchant, public_key=account.public_key, clock=clock
    )
    keys = VendorKeys(certificates.fetch, public_key=account.public_key, clock=clock)
    try:
        calls = VerifiedCalls(requests, keys, clock=clock)
        yield WeChatPay(account, calls, Notices(account.merchant, keys))
    finally:
        await keys.close()


def _require_same(told: str, asked: str) -> None:
    """An answer to another question is not believed, however well it is signed."""
    if told != asked:
        raise OutsideUnavailable("other_number", may_have_happened=True)


def _nothing(_: bytes) -> None:
    """There is nothing to read."""
