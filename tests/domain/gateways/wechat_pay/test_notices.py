"""What is posted to us: only WeChat Pay's, only new, only for this merchant."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from prometheus_client import REGISTRY
from structlog.typing import EventDict
from wechatpayv3.core import Core

from domain.payments.ports import (
    MOST_NOTICE_BYTES,
    GatewayPayment,
    GatewayRefund,
    GatewayState,
    Notice,
    RefundState,
    UntrustedNotice,
)
from tests.domain.gateways.wechat_pay.desks import (
    API_KEY,
    APP_ID,
    MERCHANT_ID,
    PROBE,
    PUBLIC_KEY_ID,
    SERIAL,
    TOLD_REFUND,
    TRANSACTION,
    VENDOR,
    Vendor,
    open_gateway,
    private_pem,
    public_pem,
    rsa_key,
)
from tests.domain.gateways.wires import Wire
from tests.make import NOON

PAID = "TRANSACTION.SUCCESS"
PAYMENT = GatewayPayment(
    "P202611280001",
    GatewayState.PAID,
    MERCHANT_ID,
    APP_ID,
    transaction_id="1217752501201407033233368018",
    amount_fen=888,
    currency="CNY",
    paid_at=datetime(2026, 11, 12, 4, 0, 1, tzinfo=UTC),
)


async def read(headers: dict[str, str], body: bytes, *, at: datetime = NOON) -> Notice:
    """Read one notice; WeChat Pay is not to be asked for it."""
    wire = Wire([])
    async with open_gateway(wire) as pay:
        try:
            return await pay.read_notice(headers, body, at=at)
        finally:
            assert wire.requests == []


async def refused(headers: dict[str, str], body: bytes, *, at: datetime = NOON) -> str:
    """Why a notice is refused."""
    with pytest.raises(UntrustedNotice) as caught:
        await read(headers, body, at=at)
    return caught.value.reason


@pytest.mark.parametrize("associated_data", ["transaction", ""])
async def test_a_payment_is_read_as_the_independent_client_reads_it(associated_data: str):
    headers, body = VENDOR.notice(PAID, TRANSACTION, associated_data=associated_data)
    other = Core(
        MERCHANT_ID,
        SERIAL,
        private_pem(rsa_key("merchant")),
        API_KEY,
        public_key=public_pem(rsa_key("vendor").public_key()),
        public_key_id=PUBLIC_KEY_ID,
    ).decrypt_callback(headers, body)
    assert orjson.loads(str(other)) == TRANSACTION
    notice = await read(headers, body)
    assert (notice.id, notice.event_type) == ("EV-2018022511223320873", PAID)
    assert notice.created_at == datetime(2026, 11, 12, 4, tzinfo=UTC)
    assert notice.about == PAYMENT


async def test_associated_data_may_be_left_out():
    _, body = VENDOR.notice(PAID, TRANSACTION, associated_data="")
    content = orjson.loads(body)
    del content["resource"]["associated_data"]
    body = orjson.dumps(content)
    assert (await read(VENDOR.headers(body), body)).about == PAYMENT


@pytest.mark.parametrize(
    ("event_type", "status", "state"),
    [
        ("REFUND.SUCCESS", "SUCCESS", RefundState.SUCCEEDED),
        ("REFUND.ABNORMAL", "ABNORMAL", RefundState.ABNORMAL),
        ("REFUND.CLOSED", "CLOSED", RefundState.CLOSED),
    ],
)
async def test_a_refund_is_told_with_what_the_payer_gets(
    event_type: str, status: str, state: RefundState
):
    told = TOLD_REFUND | {"refund_status": status}
    succeeded_at = datetime(2026, 11, 12, 4, 5, 1, tzinfo=UTC)
    if state is not RefundState.SUCCEEDED:
        del told["success_time"]
        succeeded_at = None
    notice = await read(*VENDOR.notice(event_type, told, associated_data="refund"))
    assert notice.about == GatewayRefund(
        "R202611280001",
        "P202611280001",
        state,
        "50000000382019052709732678859",
        888,
        880,
        succeeded_at,
    )


@pytest.mark.parametrize("event_type", ["COUPON.USE", "TRANSACTION.PAYSCORE", "SECURITY.ECHO"])
async def test_a_kind_that_nobody_knows_is_about_nothing(event_type: str):
    headers, body = VENDOR.notice(event_type, b"whatever")
    assert (await read(headers, body)).about is None


async def test_names_of_headers_are_read_in_any_case():
    headers, body = VENDOR.notice(PAID, TRANSACTION)
    for change in (str.lower, str.upper):
        changed = {change(name): value for name, value in headers.items()}
        assert (await read(changed, body)).about == PAYMENT
    del headers["Wechatpay-Signature-Type"]
    assert (await read(headers, body)).about == PAYMENT


@pytest.mark.parametrize("seconds", [-300, 0, 300])
async def test_a_signature_is_good_for_five_minutes(seconds: int):
    vendor = replace(VENDOR, at=NOON + timedelta(seconds=seconds))
    assert (await read(*vendor.notice(PAID, TRANSACTION))).about == PAYMENT


@pytest.mark.parametrize("seconds", [-36_000, -301, 301])
async def test_and_not_for_a_second_more(seconds: int):
    vendor = replace(VENDOR, at=NOON + timedelta(seconds=seconds))
    assert await refused(*vendor.notice(PAID, TRANSACTION)) == "old"


async def test_a_fraction_of_a_second_more_is_too_old():
    at = NOON + timedelta(seconds=300, milliseconds=1)
    assert await refused(*VENDOR.notice(PAID, TRANSACTION), at=at) == "old"


async def test_no_byte_of_a_notice_can_be_changed():
    headers, body = VENDOR.notice(PAID, TRANSACTION)
    async with open_gateway(Wire([])) as pay:
        for position in range(len(body)):
            changed = bytearray(body)
            changed[position] ^= 1
            with pytest.raises(UntrustedNotice, match="signature"):
                await pay.read_notice(headers, bytes(changed), at=NOON)
        for changed in (b"", body + b"\n", body[:-1], b" " + body, b"\xef\xbb\xbf" + body):
            with pytest.raises(UntrustedNotice, match="signature"):
                await pay.read_notice(headers, bytes(changed), at=NOON)


async def test_nothing_beside_a_notice_can_be_changed():
    headers, body = VENDOR.notice(PAID, TRANSACTION)
    signature = headers["Wechatpay-Signature"]
    changes = {
        "Wechatpay-Timestamp": str(int(NOON.timestamp()) + 1),
        "Wechatpay-Nonce": VENDOR.nonce + "0",
        "Wechatpay-Signature": signature[:-4] + "AA==",
    }
    for name, value in changes.items():
        assert await refused(headers | {name: value}, body) == "signature", name
    for each in ("not base64!", "AAAA", signature[1:], signature[::-1], signature.rstrip("=")):
        assert await refused(headers | {"Wechatpay-Signature": each}, body) in {
            "signature",
            "headers",
        }


ODD = ["", " ", "\n", "٣", "-1", "1e9", "9" * 400, "\x00", "\ud800", "é", "a" * 10_000, "soon"]


@pytest.mark.parametrize(
    "name",
    [
        "Wechatpay-Timestamp",
        "Wechatpay-Nonce",
        "Wechatpay-Serial",
        "Wechatpay-Signature",
        "Wechatpay-Signature-Type",
    ],
)
async def test_missing_and_odd_headers_are_refused_and_never_break(name: str):
    headers, body = VENDOR.notice(PAID, TRANSACTION)
    for value in ODD:
        await refused(headers | {name: value}, body)
    if name != "Wechatpay-Signature-Type":
        del headers[name]
        assert await refused(headers, body) == "headers"
    assert await refused({}, body) == "headers"


async def test_another_algorithm_is_not_believed():
    headers, body = VENDOR.notice(PAID, TRANSACTION)
    headers["Wechatpay-Signature-Type"] = "WECHATPAY2-SM2-WITH-SM3"
    assert await refused(headers, body) == "scheme"


async def test_probes_are_refused_and_counted_and_wake_nobody(logged: list[EventDict]):
    def count(reason: str) -> float:
        labels = {"kind": "notice", "reason": reason}
        return REGISTRY.get_sample_value("mall_wechat_pay_untrusted_total", labels) or 0

    before = count("probe"), count("signature")
    headers, body = VENDOR.notice(PAID, TRANSACTION)
    assert await refused(headers | {"Wechatpay-Signature": PROBE}, body) == "probe"
    assert await refused(*replace(VENDOR, key="stranger").notice(PAID, TRANSACTION)) == "signature"
    assert (count("probe"), count("signature")) == (before[0] + 1, before[1] + 1)
    assert {line["log_level"] for line in logged} == {"info"}


async def test_what_was_sealed_with_another_key_is_not_read():
    headers, body = VENDOR.notice(PAID, TRANSACTION, key=API_KEY[::-1])
    assert await refused(headers, body) == "sealed"


async def test_a_refund_of_another_merchant_is_not_read():
    told = TOLD_REFUND | {"mchid": "1900000110"}
    assert await refused(*VENDOR.notice("REFUND.SUCCESS", told)) == "other_merchant"


async def test_too_much_is_not_looked_at():
    body = b" " * (MOST_NOTICE_BYTES + 1)
    assert await refused(VENDOR.headers(body), body) == "too_large"


NO_TRANSACTION = {
    "nothing": b"",
    "no JSON": b"<xml/>",
    "a list": b"[]",
    "deep": b"[" * 6_000,
    "half": orjson.dumps(TRANSACTION)[:-1],
    "another state": orjson.dumps(TRANSACTION | {"trade_state": "DREAMING"}),
    "no amount": orjson.dumps({k: v for k, v in TRANSACTION.items() if k != "amount"}),
    "no transaction": orjson.dumps(TRANSACTION | {"transaction_id": None}),
    "a wrong amount": orjson.dumps(TRANSACTION | {"amount": {"total": "888"}}),
    "an amount that is true": orjson.dumps(TRANSACTION | {"amount": {"total": True}}),
    "a part of a fen": orjson.dumps(TRANSACTION | {"amount": {"total": 888.5}}),
    "less than nothing": orjson.dumps(TRANSACTION | {"amount": {"total": -1}}),
    "too much money": b'{"amount":{"total":' + b"9" * 400 + b"}}",
    "a moment of nowhere": orjson.dumps(TRANSACTION | {"success_time": "2026-11-12T12:00:01"}),
    "no moment": orjson.dumps(TRANSACTION | {"success_time": "yesterday"}),
    "a number with a line": orjson.dumps(TRANSACTION | {"out_trade_no": "P1\n"}),
    "half a character": orjson.dumps(TRANSACTION).replace(b"JSAPI", b"\\ud800"),
    "no text": orjson.dumps(TRANSACTION).replace(b"P2026", b"\xff\xfe"),
}


@pytest.mark.parametrize("content", NO_TRANSACTION.values(), ids=NO_TRANSACTION)
async def test_a_payment_that_makes_no_sense_is_refused_though_it_is_signed(content: bytes):
    assert await refused(*VENDOR.notice(PAID, content)) == "no_sense"


ENVELOPE = orjson.loads(VENDOR.notice(PAID, TRANSACTION)[1])
NO_ENVELOPE = {
    "nothing": b"",
    "no JSON": b"hello",
    "null": b"null",
    "deep": b'{"id":' + b"[" * 6_000,
    "no id": orjson.dumps(ENVELOPE | {"id": ""}),
    "no moment": orjson.dumps(ENVELOPE | {"create_time": 5}),
    "no kind": orjson.dumps(ENVELOPE | {"event_type": None}),
    "no resource": orjson.dumps({k: v for k, v in ENVELOPE.items() if k != "resource"}),
    "an odd resource": orjson.dumps(ENVELOPE | {"resource": "x"}),
}


@pytest.mark.parametrize("body", NO_ENVELOPE.values(), ids=NO_ENVELOPE)
async def test_an_envelope_that_makes_no_sense_is_refused(body: bytes):
    assert await refused(VENDOR.headers(body), body) == "no_sense"


@pytest.mark.parametrize(
    "change",
    [
        {"algorithm": "AEAD_SM4_GCM"},
        {"ciphertext": "no base64"},
        {"ciphertext": "长"},
        {"ciphertext": ""},
        {"nonce": ""},
        {"nonce": "n" * 1000},
        {"nonce": "fdasflkja485"},
        {"associated_data": "other"},
    ],
)
async def test_a_resource_that_does_not_open_is_refused(change: dict[str, str]):
    body = orjson.dumps(ENVELOPE | {"resource": ENVELOPE["resource"] | change})
    assert await refused(VENDOR.headers(body), body) == "sealed"


async def test_the_serial_of_nobody_is_not_looked_for_among_certificates():
    vendor = Vendor(serial="PUB_KEY_ID_0119000001092026112800000001")
    assert await refused(*vendor.notice(PAID, TRANSACTION)) == "unknown_serial"
