"""What we sign is what the independent client would have signed, byte for byte."""

import json
import re
import time
from random import Random

import pytest
from wechatpayv3 import utils
from wechatpayv3.core import Core

from domain.payments.ports import PrepayWish, RefundWish
from tests.domain.gateways.wechat_pay.desks import (
    API_KEY,
    APP_ID,
    MERCHANT_ID,
    NOTIFY_URL,
    PUBLIC_KEY_ID,
    REFUND,
    SERIAL,
    TRANSACTION,
    VENDOR,
    open_gateway,
    private_pem,
    public_pem,
    rsa_key,
)
from tests.domain.gateways.wires import Request, Wire
from tests.make import NOON

WISH = PrepayWish("P202611280001", 888, "山茶花 · 丝绒唇膏", "oUpF8uMu", NOON)


def independent() -> Core:
    """The other client, for the same merchant."""
    return Core(
        MERCHANT_ID,
        SERIAL,
        private_pem(rsa_key("merchant")),
        API_KEY,
        public_key=public_pem(rsa_key("vendor").public_key()),
        public_key_id=PUBLIC_KEY_ID,
    )


def authorization_by_the_other(request: Request) -> str:
    """What the other client says of the same request, of what is really sent."""
    nonce = re.search(r'nonce_str="([^"]+)"', request.headers["authorization"])
    assert nonce
    return utils.build_authorization(
        request.target,
        request.method,
        MERCHANT_ID,
        SERIAL,
        rsa_key("merchant"),
        data=request.content.decode(),
        nonce_str=nonce[1],
    )


@pytest.fixture
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other client's clock says noon as well."""
    monkeypatch.setattr(time, "time", NOON.timestamp)


@pytest.mark.usefixtures("_noon")
@pytest.mark.parametrize("number", ["P202611280001", "a-b_c|d*E"])
async def test_the_independent_client_signs_the_same(number: str):
    transaction, refund = TRANSACTION | {"out_trade_no": number}, REFUND | {"out_refund_no": number}
    wire = Wire(
        [
            VENDOR.reply({"prepay_id": "wx201410272009395522657a690389285100"}),
            VENDOR.reply(transaction),
            VENDOR.reply(),
            VENDOR.reply(refund),
            VENDOR.reply(refund),
        ]
    )
    async with open_gateway(wire) as pay:
        await pay.prepay(pay.prepay_request(WISH))
        await pay.query(number)
        await pay.close(number)
        await pay.refund(RefundWish(number, "P202611280001", 888, 888, "付款太晚"))
        await pay.query_refund(number)
    assert [request.method for request in wire.requests] == ["POST", "GET", "POST", "POST", "GET"]
    for request in wire.requests:
        assert request.headers["authorization"] == authorization_by_the_other(request)
        assert request.headers["wechatpay-serial"] == PUBLIC_KEY_ID
        assert request.headers["accept"] == "application/json"
    assert wire.requests[1].target.endswith("?mchid=1900000109")
    assert "山茶花".encode() in wire.requests[0].content
    assert wire.requests[1].content == b""


async def test_exactly_the_bytes_that_were_kept_are_sent_and_signed():
    wire = Wire([VENDOR.reply({"prepay_id": "wx1"})])
    kept = b'{ "description": "\xe5\x94\x87\xe8\x86\x8f", "amount":{"total" :1} }'
    async with open_gateway(wire) as pay:
        assert await pay.prepay(kept) == "wx1"
        assert await pay.prepay(kept) == "wx1"
    assert [request.content for request in wire.requests] == [kept, kept]
    first, second = (request.headers["authorization"] for request in wire.requests)
    assert first != second


async def test_a_wish_becomes_the_same_bytes_each_time():
    async with open_gateway(Wire([])) as pay:
        request = pay.prepay_request(WISH)
        assert pay.prepay_request(WISH) == request
    assert json.loads(request) == {
        "appid": APP_ID,
        "mchid": MERCHANT_ID,
        "description": "山茶花 · 丝绒唇膏",
        "out_trade_no": "P202611280001",
        "time_expire": "2026-11-11T12:00:00+08:00",
        "notify_url": NOTIFY_URL,
        "amount": {"total": 888, "currency": "CNY"},
        "payer": {"openid": "oUpF8uMu"},
    }


async def test_words_are_cut_to_what_is_taken():
    long = PrepayWish("P1", 1, "长" * 200, "o", NOON)
    wire = Wire([VENDOR.reply(REFUND)])
    async with open_gateway(wire) as pay:
        assert len(json.loads(pay.prepay_request(long))["description"]) == 127
        await pay.refund(RefundWish("R202611280001", "P202611280001", 888, 888, "长" * 200))
    assert json.loads(wire.requests[0].content) == {
        "out_trade_no": "P202611280001",
        "out_refund_no": "R202611280001",
        "reason": "长" * 80,
        "notify_url": NOTIFY_URL,
        "amount": {"refund": 888, "total": 888, "currency": "CNY"},
    }


async def test_the_payment_sheet_gets_what_the_independent_client_would_sign():
    async with open_gateway(Wire([])) as pay:
        given = pay.client_parameters("wx2014", at=NOON, random=Random(1))
        again = pay.client_parameters("wx2014", at=NOON, random=Random(1))
    assert given == again
    assert (given["appId"], given["signType"]) == (APP_ID, "RSA")
    assert (given["package"], given["timeStamp"]) == (
        "prepay_id=wx2014",
        str(int(NOON.timestamp())),
    )
    signed = [given[name] for name in ("appId", "timeStamp", "nonceStr", "package")]
    assert given["paySign"] == independent().sign(signed)
    assert re.fullmatch(r"[0-9A-F]{32}", given["nonceStr"])
