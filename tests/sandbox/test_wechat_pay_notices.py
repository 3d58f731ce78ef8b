"""What the fake WeChat Pay tells the mall by itself, and how it goes wrong when asked to."""

import json
from datetime import timedelta
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from starlette.responses import JSONResponse

from sandbox.wechat.pay.desk import SignedBy
from sandbox.wechat.pay.notifier import RETRY_SECONDS
from tests.sandbox.pay_client import (
    NUMBER,
    Mall,
    Merchant,
    certificate_serial,
    check_signed,
    opened,
)
from tests.wechat import FakeWeChat

PATIENCE_SECONDS = 30
"""How long something may take that takes a moment."""


class Waiting:
    """Takes no time, and keeps how long it would have been."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


@pytest.fixture
def waiting(wechat: FakeWeChat) -> Waiting:
    wechat.pay.desk.sleep = waiting = Waiting()
    return waiting


async def pay(merchant: Merchant) -> None:
    """Let the order be paid and everything be told."""
    await merchant.paid()
    await merchant.wechat.pay.settled()


def read(merchant: Merchant, notice: tuple[dict[str, str], bytes]) -> dict[str, Any]:
    """Verify and open a notice."""
    headers, body = notice
    check_signed(merchant.wechat, headers, body)
    return json.loads(opened(merchant.wechat, json.loads(body)["resource"]))


async def test_a_payment_is_told_signed_and_encrypted(merchant: Merchant, mall_for_notices: Mall):
    await pay(merchant)

    (notice,) = mall_for_notices.notices
    envelope = json.loads(notice[1])
    assert read(merchant, notice) == (await merchant.query()).json()
    assert envelope["event_type"] == "TRANSACTION.SUCCESS"
    assert envelope["resource_type"] == "encrypt-resource"
    assert envelope["resource"]["original_type"] == "transaction"
    assert envelope["id"]
    assert envelope["summary"]
    (delivery,) = merchant.wechat.pay.deliveries
    assert (delivery.status, delivery.is_received, delivery.attempt) == (204, True, 1)
    assert delivery.notice_id == envelope["id"]
    assert 0 <= delivery.seconds < 5


@pytest.mark.parametrize("status", ["SUCCESS", "ABNORMAL", "CLOSED"])
async def test_the_end_of_a_refund_is_told(merchant: Merchant, mall_for_notices: Mall, status: str):
    merchant.wechat.pay.settings.refund_seconds = None
    await pay(merchant)
    await merchant.refund()

    merchant.wechat.pay.finish_refund("R1", status)
    await merchant.wechat.pay.settled()

    notice = mall_for_notices.notices[-1]
    assert json.loads(notice[1])["event_type"] == f"REFUND.{status}"
    refund = read(merchant, notice)
    assert (refund["out_refund_no"], refund["refund_status"]) == ("R1", status)
    assert refund["amount"] == {"total": 100, "refund": 30, "payer_total": 100, "payer_refund": 30}
    assert ("success_time" in refund) == (status == "SUCCESS")


async def test_a_refund_without_an_address_is_told_nobody(
    merchant: Merchant, mall_for_notices: Mall, waiting: Waiting
):
    await pay(merchant)
    await merchant.refund(notify_url=None)
    await merchant.wechat.pay.settled()

    assert len(mall_for_notices.notices) == 1
    assert (await merchant.query_refund()).json()["status"] == "SUCCESS"


async def test_what_is_not_understood_is_told_again_by_the_vendors_plan(
    merchant: Merchant, mall_for_notices: Mall, waiting: Waiting
):
    merchant.wechat.pay.settings.factor = 60
    mall_for_notices.answers = [500] * 99

    await pay(merchant)

    assert waiting.seconds == [seconds / 60 for seconds in RETRY_SECONDS]
    assert timedelta(seconds=sum(RETRY_SECONDS)) == timedelta(hours=24, minutes=4)
    assert len(mall_for_notices.notices) == 1 + 15
    assert len({json.loads(body)["id"] for _, body in mall_for_notices.notices}) == 1
    assert len({headers["wechatpay-nonce"] for headers, _ in mall_for_notices.notices}) == 16
    deliveries = merchant.wechat.pay.deliveries
    assert [each.attempt for each in deliveries] == list(range(1, 17))
    assert {(each.status, each.is_received) for each in deliveries} == {(500, False)}


async def test_an_answer_is_200_or_204_without_a_failure_in_time(
    merchant: Merchant, mall_for_notices: Mall, waiting: Waiting
):
    failure = JSONResponse({"code": "FAIL", "message": "no"})
    mall_for_notices.answers = [400, 302, 202, failure, 200]

    await pay(merchant)

    statuses = [each.status for each in merchant.wechat.pay.deliveries]
    assert statuses == [400, 302, 202, 200, 200]


async def test_a_mall_that_is_slow_or_away_has_not_understood(
    merchant: Merchant, mall_for_notices: Mall, waiting: Waiting
):
    async def wait_and_be_patient(seconds: float) -> None:
        await waiting(seconds)
        merchant.wechat.pay.settings.answer_seconds = PATIENCE_SECONDS

    merchant.wechat.pay.settings.answer_seconds = 0.5
    merchant.wechat.pay.desk.sleep = wait_and_be_patient
    mall_for_notices.slow = [PATIENCE_SECONDS]
    await pay(merchant)
    merchant.notify_url = "http://127.0.0.1:9/"
    await merchant.prepay(out_trade_no="another-order")
    merchant.wechat.pay.pay("another-order")
    await merchant.wechat.pay.settled()

    slow, again, *away = merchant.wechat.pay.deliveries
    assert (slow.status, slow.problem) == (None, "TimeoutError")
    assert again.is_received
    assert len(away) == 16
    assert {each.problem for each in away} == {"ConnectError: All connection attempts failed"}


async def test_a_notice_is_signed_by_the_key_that_the_merchant_names_or_by_the_one_that_is_set(
    merchant: Merchant, mall_for_notices: Mall
):
    public, certificate = (
        merchant.wechat.pay.keys.public_key_id,
        certificate_serial(merchant.wechat),
    )
    merchant.answered_by = public
    for number, (setting, expected) in enumerate(
        [("as_asked", public), ("certificate", certificate), ("public_key", public)]
    ):
        merchant.wechat.pay.settings.signed_by = SignedBy(setting)
        await merchant.prepay(out_trade_no=f"order-{number}")
        merchant.wechat.pay.pay(f"order-{number}")
        await merchant.wechat.pay.settled()

        notice = mall_for_notices.notices[-1]
        assert notice[0]["wechatpay-serial"] == expected
        assert read(merchant, notice)["out_trade_no"] == f"order-{number}"


async def test_a_duplicate_comes_several_times(merchant: Merchant, mall_for_notices: Mall):
    merchant.wechat.pay.trick("duplicate", copies=5)

    await pay(merchant)

    assert len(mall_for_notices.notices) == 5
    assert len({json.loads(body)["id"] for _, body in mall_for_notices.notices}) == 1


async def test_a_late_one_comes_after_the_one_that_follows_it(
    merchant: Merchant, mall_for_notices: Mall
):
    merchant.wechat.pay.trick("late")
    await pay(merchant)
    assert mall_for_notices.notices == []

    await merchant.refund()
    await merchant.wechat.pay.settled()

    told = [json.loads(body)["event_type"] for _, body in mall_for_notices.notices]
    assert told == ["REFUND.SUCCESS", "TRANSACTION.SUCCESS"]


async def test_a_silent_one_never_comes_until_it_is_sent_again(
    merchant: Merchant, mall_for_notices: Mall
):
    merchant.wechat.pay.trick("silent")
    await pay(merchant)
    assert mall_for_notices.notices == []

    merchant.wechat.pay.resend(NUMBER, copies=3)
    await merchant.wechat.pay.settled()

    told = [read(merchant, notice) for notice in mall_for_notices.notices]
    assert [each["trade_state"] for each in told] == ["SUCCESS"] * 3


@pytest.mark.parametrize("kind", ["forged", "probe"])
async def test_before_the_right_one_may_come_one_with_a_wrong_signature(
    merchant: Merchant, mall_for_notices: Mall, kind: str
):
    merchant.wechat.pay.trick(kind)
    mall_for_notices.answers = [401]

    await pay(merchant)

    wrong, right = mall_for_notices.notices
    with pytest.raises((InvalidSignature, ValueError)):
        read(merchant, wrong)
    signature = wrong[0]["wechatpay-signature"]
    assert signature.startswith("WECHATPAY/SIGNTEST/") == (kind == "probe")
    assert read(merchant, right)["trade_state"] == "SUCCESS"
    deliveries = merchant.wechat.pay.deliveries
    assert [(each.trick, each.status) for each in deliveries] == [(kind, 401), (None, 204)]


async def test_a_tampered_one_is_signed_well_and_tells_of_another_amount(
    merchant: Merchant, mall_for_notices: Mall
):
    merchant.wechat.pay.trick("tampered", instead=True)

    await pay(merchant)

    (notice,) = mall_for_notices.notices
    assert read(merchant, notice)["amount"]["total"] == 101
    assert (await merchant.query()).json()["amount"]["total"] == 100


async def test_an_old_one_was_signed_hours_ago(merchant: Merchant, mall_for_notices: Mall):
    merchant.wechat.pay.trick("old")

    await pay(merchant)

    old, right = (int(headers["wechatpay-timestamp"]) for headers, _ in mall_for_notices.notices)
    assert right - old == pytest.approx(36_000, abs=5)


async def test_a_reset_stops_what_is_under_way(merchant: Merchant, mall_for_notices: Mall):
    mall_for_notices.answers = [500] * 99
    await merchant.paid()
    old = merchant.wechat.pay.desk

    merchant.wechat.reset()

    await old.settle()
    assert len(mall_for_notices.notices) <= 1
    assert merchant.wechat.pay.deliveries == []
