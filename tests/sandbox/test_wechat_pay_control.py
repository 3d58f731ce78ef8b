"""The control API steers the fake WeChat Pay, and tells what is wrong with what it is asked."""

from typing import Any

import httpx
import pytest

from sandbox.wechat.app import create_app
from sandbox.wechat.pay.desk import SignedBy
from sandbox.wechat.world import MiniProgram, World
from tests.sandbox.pay_client import NUMBER, Mall, Merchant
from tests.wechat import APP_ID
from tests.wechat_pay import PREPAY


async def ask(merchant: Merchant, action: str, /, **body: object) -> Any:
    """Ask for something that can be done."""
    answer = await merchant.http.post(f"/_control/pay/{action}", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def told(merchant: Merchant, subject: str, /, **query: str) -> Any:
    """What it tells of a subject."""
    return (await merchant.http.get(f"/_control/pay/{subject}", params=query)).json()


async def test_an_order_is_left_then_paid_and_the_mall_is_told(
    merchant: Merchant, mall_for_notices: Mall
):
    await merchant.prepay()
    left = await ask(merchant, "cancel", out_trade_no=NUMBER)

    paid = await ask(merchant, "pay", out_trade_no=NUMBER)
    await merchant.wechat.pay.settled()

    assert (left["trade_state"], left["cancelled"]) == ("NOTPAY", 1)
    assert (paid["trade_state"], paid["person"]) == ("SUCCESS", "李雷")
    assert await told(merchant, "orders") == [paid]
    (delivery,) = await told(merchant, "deliveries", out_trade_no=NUMBER)
    assert (delivery["status"], delivery["is_received"]) == (204, True)
    assert await told(merchant, "deliveries", out_trade_no="another") == []
    assert len(mall_for_notices.notices) == 1


async def test_a_refund_ends_by_hand_and_an_abnormal_one_may_end_again(merchant: Merchant):
    await ask(merchant, "settings", refund_seconds=None)
    await merchant.paid()
    await merchant.refund()

    await ask(merchant, "refunds/finish", out_refund_no="R1", status="ABNORMAL")
    ended = await ask(merchant, "refunds/finish", out_refund_no="R1")

    assert ended["status"] == "SUCCESS"
    assert await told(merchant, "refunds") == [ended]
    again = await merchant.http.post(
        "/_control/pay/refunds/finish", json={"out_refund_no": "R1", "status": "CLOSED"}
    )
    assert (again.status_code, again.json()["error"]) == (400, "refund R1 is SUCCESS for good")


async def test_notices_are_spoiled_and_sent_again(merchant: Merchant, mall_for_notices: Mall):
    assert await ask(merchant, "notices/tricks", kind="silent") == {"planned": 1}
    await merchant.paid()

    sent = await ask(merchant, "notices/resend", out_trade_no=NUMBER, copies=2)
    await merchant.wechat.pay.settled()

    deliveries = await told(merchant, "deliveries")
    assert {each["notice_id"] for each in deliveries} == {sent["notice_id"]}
    assert len(mall_for_notices.notices) == len(deliveries) == 2


async def test_what_is_left_out_of_the_settings_stays_and_a_reset_forgets_them(
    merchant: Merchant,
):
    await ask(merchant, "settings", factor=60, signed_by="certificate")
    settings = await ask(merchant, "settings", answer_seconds=1)

    assert settings == await told(merchant, "settings")
    assert (settings["factor"], settings["answer_seconds"]) == (60, 1)
    assert merchant.wechat.pay.settings.signed_by is SignedBy.CERTIFICATE

    await merchant.http.post("/_control/reset", json={})

    assert (await told(merchant, "settings"))["factor"] == 1


@pytest.mark.parametrize(
    ("path", "body", "status", "reason"),
    [
        ("pay/pay", {"out_trade_no": "never-made"}, 404, "no order never-made"),
        ("pay/cancel", {"out_trade_no": ""}, 400, "length >= 1"),
        ("pay/refunds/finish", {"out_refund_no": "R9"}, 404, "no refund R9"),
        ("pay/refunds/finish", {"out_refund_no": "R9", "status": "PROCESSING"}, 400, "enum"),
        ("pay/notices/resend", {"out_trade_no": "never-made"}, 404, "no such notice"),
        ("pay/notices/tricks", {"kind": "odd"}, 400, "enum"),
        ("pay/settings", {"factor": 0}, 400, "> 0"),
        ("pay/settings", {"colour": "blue"}, 400, "unknown field"),
        ("faults", {"path": PREPAY, "kind": "refused", "errcode": 1}, 400, "code: "),
        ("faults", {"path": "/sms", "kind": "forged"}, 400, "only answers of WeChat Pay"),
    ],
)
async def test_what_cannot_be_done_is_told_with_a_reason(
    merchant: Merchant, path: str, body: dict[str, object], status: int, reason: str
):
    answer = await merchant.http.post(f"/_control/{path}", json=body)

    assert answer.status_code == status
    assert reason in answer.json()["error"]


async def test_what_is_paid_or_closed_cannot_be_paid_or_left(merchant: Merchant):
    await merchant.paid()

    for action in ("pay", "cancel"):
        answer = await merchant.http.post(f"/_control/pay/{action}", json={"out_trade_no": NUMBER})
        assert (answer.status_code, "paid already" in answer.text) == (400, True)


async def test_a_fault_of_the_merchants_calls_is_ordered_as_any_other(merchant: Merchant):
    body = {"path": PREPAY, "kind": "refused", "code": "RULE_LIMIT", "status": 403}
    await merchant.http.post("/_control/faults", json=body)

    answer = await merchant.prepay()

    assert (answer.status_code, answer.json()["code"]) == (403, "RULE_LIMIT")


async def test_without_keys_there_is_no_wechat_pay(merchant: Merchant):
    there = merchant.wechat.world
    world = World(MiniProgram(APP_ID, "s"), there.clock, there.random, "t")
    async with httpx.AsyncClient() as unused:
        transport = httpx.ASGITransport(create_app(world, unused))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:1") as client:
            assert (await client.get("/v3/certificates")).status_code == 404
            assert (await client.get("/_control/pay/orders")).status_code == 404
