"""What goes wrong with calls of the fake WeChat Pay when it is asked to."""

import json

import httpx
import pytest
from cryptography.exceptions import InvalidSignature

from sandbox.wechat.faults import FaultKind
from tests.sandbox.pay_client import NUMBER, Merchant
from tests.wechat_pay import CLOSE, PREPAY, REFUND

SOON = httpx.Timeout(0.1)


async def sent(merchant: Merchant, path: str, body: object) -> httpx.Response:
    """Call without a look at the signature of the answer."""
    content = json.dumps(body).encode()
    headers = merchant.headers("POST", path, content)
    return await merchant.http.post(path, content=content, headers=headers, timeout=SOON)


@pytest.mark.parametrize(
    ("kind", "more", "expected"),
    [
        (FaultKind.BUSY, {}, (500, "SYSTEM_ERROR")),
        (FaultKind.LIMITED, {}, (429, "FREQUENCY_LIMITED")),
        (FaultKind.REFUSED, {"code": "NO_AUTH", "status": 403}, (403, "NO_AUTH")),
    ],
)
async def test_any_refusal_can_be_had_as_often_as_asked_and_nothing_happens(
    merchant: Merchant, kind: FaultKind, more: dict[str, object], expected: tuple[int, str]
):
    merchant.wechat.fail(PREPAY, kind, times=2, **more)  # pyright: ignore[reportArgumentType]

    answers = [await merchant.prepay() for _ in range(2)]

    assert [(each.status_code, each.json()["code"]) for each in answers] == [expected] * 2
    assert list(merchant.wechat.pay.desk.orders) == []
    assert (await merchant.prepay()).status_code == 200


async def test_a_broken_one_answers_500_without_a_signature(merchant: Merchant):
    merchant.wechat.fail(PREPAY, "broken")

    answer = await sent(merchant, PREPAY, merchant.body())

    assert answer.status_code == 500
    assert "wechatpay-signature" not in answer.headers
    assert list(merchant.wechat.pay.desk.orders) == []


async def test_an_answer_may_be_lost_after_the_order_was_made_or_closed(merchant: Merchant):
    target = CLOSE.format(out_trade_no=NUMBER)
    merchant.wechat.fail(PREPAY, "lost")
    merchant.wechat.fail(CLOSE, "lost")

    with pytest.raises(httpx.ReadTimeout):
        await sent(merchant, PREPAY, merchant.body())
    assert (await merchant.query()).json()["trade_state"] == "NOTPAY"

    with pytest.raises(httpx.ReadTimeout):
        await sent(merchant, target, {"mchid": merchant.wechat.pay.keys.merchant_id})
    assert (await merchant.query()).json()["trade_state"] == "CLOSED"


async def test_a_lost_refund_is_begun_once_however_often_it_is_tried(merchant: Merchant):
    await merchant.paid()
    merchant.wechat.fail(REFUND, "lost")
    with pytest.raises(httpx.ReadTimeout):
        await sent(merchant, REFUND, merchant.refund_body())

    assert (await merchant.refund()).status_code == 200

    assert len(merchant.wechat.pay.desk.refunds) == 1


async def test_garbage_cannot_be_read_and_it_happened(merchant: Merchant):
    merchant.wechat.fail(PREPAY, "garbage")

    answer = await sent(merchant, PREPAY, merchant.body())

    assert b"\xff" in answer.content
    assert (await merchant.query()).status_code == 200


async def test_a_slow_answer_is_right(merchant: Merchant):
    merchant.wechat.fail(PREPAY, "slow", seconds=0.05)

    assert (await merchant.prepay()).status_code == 200


async def test_an_answer_may_be_signed_by_somebody_else(merchant: Merchant):
    merchant.wechat.fail(PREPAY, "forged")

    with pytest.raises(InvalidSignature):
        await merchant.prepay()

    assert (await merchant.query()).status_code == 200
