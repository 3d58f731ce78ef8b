"""The fake WeChat Pay answers its merchant alone, and signs every answer."""

import base64
import json
from datetime import timedelta

import pytest
from cryptography.x509 import load_pem_x509_certificate

from tests.sandbox.pay_client import (
    NUMBER,
    Merchant,
    certificate_serial,
    opened,
    private,
    signature,
    verified,
)
from tests.wechat_pay import CERTIFICATES, PREPAY, QUERY

TARGET = f"{QUERY.format(out_trade_no=NUMBER)}?mchid=1900000109"


async def code_of(merchant: Merchant, **changes: str) -> tuple[int, str]:
    headers = merchant.headers("GET", TARGET, b"", **changes)
    answer = verified(merchant, await merchant.http.get(TARGET, headers=headers))
    return answer.status_code, answer.json()["code"]


async def test_a_call_that_is_signed_well_comes_in(merchant: Merchant):
    assert await code_of(merchant) == (404, "ORDER_NOT_EXIST")


@pytest.mark.parametrize(
    "change",
    [
        {"mchid": "1900000110"},
        {"serial_no": "A" * 40},
        {"timestamp": "now"},
        {"signature": base64.b64encode(b"x" * 256).decode()},
        {"signature": "not base64"},
        {"signature": ""},
        {"colour": "blue"},
    ],
)
async def test_a_call_that_is_signed_otherwise_does_not(merchant: Merchant, change: dict[str, str]):
    assert await code_of(merchant, **change) == (401, "SIGN_ERROR")


@pytest.mark.parametrize("header", ["", "Bearer x", "WECHATPAY2-SHA256-RSA2048 mchid"])
async def test_a_call_without_a_whole_authorization_does_not(merchant: Merchant, header: str):
    answer = await merchant.http.get(TARGET, headers={"authorization": header})

    assert (answer.status_code, answer.json()["code"]) == (401, "SIGN_ERROR")


async def test_another_key_than_the_merchants_does_not(merchant: Merchant):
    now, nonce = str(int(merchant.wechat.world.clock().timestamp())), "a-nonce"
    message = f"GET\n{TARGET}\n{now}\n{nonce}\n\n".encode()
    keys = merchant.wechat.pay.keys
    own = signature(private(keys.merchant_key), message)
    stranger = signature(private(keys.public_key), message)

    said = {"timestamp": now, "nonce_str": nonce}

    assert (await code_of(merchant, **said, signature=stranger))[0] == 401
    assert (await code_of(merchant, **said, signature=own))[0] == 404


@pytest.mark.parametrize(
    ("away", "code"), [(299, "ORDER_NOT_EXIST"), (302, "SIGN_ERROR"), (-302, "SIGN_ERROR")]
)
async def test_a_timestamp_is_good_for_five_minutes(merchant: Merchant, away: int, code: str):
    now = merchant.wechat.world.clock() + timedelta(seconds=away)

    assert (await code_of(merchant, timestamp=str(int(now.timestamp()))))[1] == code


async def test_a_nonce_is_good_once(merchant: Merchant):
    headers = merchant.headers("GET", TARGET)

    answers = [await merchant.http.get(TARGET, headers=headers) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [404, 401]


async def test_the_signature_is_of_the_bytes_that_come_and_of_the_query(merchant: Merchant):
    body = json.dumps(merchant.body()).encode()
    headers = merchant.headers("POST", PREPAY, body)
    spaced = await merchant.http.post(PREPAY, content=body + b" ", headers=headers)
    signed = merchant.headers("GET", TARGET)
    changed = await merchant.http.get(f"{TARGET}&more=1", headers=signed)

    assert (spaced.status_code, changed.status_code) == (401, 401)
    assert list(merchant.wechat.pay.desk.orders) == []


async def test_the_key_that_is_asked_for_signs_the_answer(merchant: Merchant):
    for serial in (merchant.wechat.pay.keys.public_key_id, certificate_serial(merchant.wechat)):
        merchant.answered_by = serial
        assert (await merchant.prepay()).headers["wechatpay-serial"] == serial


async def test_a_serial_that_nobody_has_is_refused(merchant: Merchant):
    headers = merchant.headers("GET", TARGET) | {"wechatpay-serial": "PUB_KEY_ID_0"}

    answer = verified(merchant, await merchant.http.get(TARGET, headers=headers))

    assert (answer.status_code, answer.json()["code"]) == (400, "PARAM_ERROR")


async def test_the_certificate_is_told_encrypted(merchant: Merchant):
    (told,) = (await merchant.certificates()).json()["data"]

    pem = opened(merchant.wechat, told["encrypt_certificate"])

    certificate = load_pem_x509_certificate(pem)
    assert told["serial_no"] == f"{certificate.serial_number:X}"
    assert told["serial_no"] == certificate_serial(merchant.wechat)
    assert told["encrypt_certificate"]["associated_data"] == "certificate"


async def test_calls_are_told_with_the_number_in_their_path(merchant: Merchant):
    await merchant.query()
    await merchant.certificates()

    asked, _ = merchant.wechat.calls()

    assert asked.path == QUERY
    assert asked.query == {"mchid": "1900000109", "out_trade_no": NUMBER}
    assert (asked.status, asked.code) == (404, "ORDER_NOT_EXIST")
    assert merchant.wechat.calls(CERTIFICATES)[0].code is None
