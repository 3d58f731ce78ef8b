"""Orders at the fake WeChat Pay: made, told, paid and closed by the vendor's rules."""

from datetime import timedelta
from typing import Any

import pytest

from sandbox.wechat.pay.cashier import NotPayable
from tests.sandbox.pay_client import NUMBER, Merchant
from tests.wechat import APP_ID


def refusal(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_an_order_is_made_and_not_paid_yet(merchant: Merchant):
    made = await merchant.prepay(attach="附言")
    order = (await merchant.query()).json()

    assert made.json()["prepay_id"].startswith("wx")
    assert order["trade_state"] == "NOTPAY"
    assert order["amount"] == {"total": 100, "currency": "CNY"}
    assert (order["out_trade_no"], order["appid"]) == (NUMBER, APP_ID)
    assert "transaction_id" not in order


async def test_a_paid_order_tells_what_it_was_paid_by_under_both_numbers(merchant: Merchant):
    await merchant.prepay(attach="附言")
    merchant.wechat.pay.pay(NUMBER)

    order = (await merchant.query()).json()

    assert order["trade_state"] == "SUCCESS"
    assert order["payer"] == {"openid": merchant.payer.openid}
    assert order["amount"]["payer_total"] == order["amount"]["total"] == 100
    assert order["attach"] == "附言"
    assert order["success_time"].endswith("+08:00")
    assert (await merchant.query_by_id(order["transaction_id"])).json() == order


async def test_the_same_particulars_again_give_a_prepay_id_that_is_good(merchant: Merchant):
    first = (await merchant.prepay()).json()["prepay_id"]
    merchant.wechat.pass_time(timedelta(minutes=119))
    again = (await merchant.prepay()).json()["prepay_id"]
    merchant.wechat.pass_time(timedelta(minutes=2))
    later = (await merchant.prepay()).json()["prepay_id"]

    assert again == first
    assert later != first


@pytest.mark.parametrize(
    "change",
    [
        {"description": "another"},
        {"amount": {"total": 101, "currency": "CNY"}},
        {"attach": "one more"},
        {"support_fapiao": False},
    ],
)
async def test_a_number_is_for_one_order_with_all_its_particulars(
    merchant: Merchant, change: dict[str, object]
):
    await merchant.prepay()

    assert refusal(await merchant.prepay(**change)) == (403, "OUT_TRADE_NO_USED")


async def test_a_paid_order_is_not_asked_for_again_or_closed(merchant: Merchant):
    await merchant.paid()

    assert refusal(await merchant.prepay()) == (400, "ORDERPAID")
    assert refusal(await merchant.close()) == (400, "ORDERPAID")


async def test_a_closed_order_is_closed_for_good(merchant: Merchant):
    await merchant.prepay()

    closed = await merchant.close()

    assert (closed.status_code, closed.content) == (204, b"")
    assert (await merchant.query()).json()["trade_state"] == "CLOSED"
    assert refusal(await merchant.prepay()) == (400, "ORDER_CLOSED")
    assert refusal(await merchant.close()) == (400, "ORDER_CLOSED")
    with pytest.raises(NotPayable, match="closed"):
        merchant.wechat.pay.pay(NUMBER)


async def test_an_order_that_is_not_there_is_not_found(merchant: Merchant):
    assert refusal(await merchant.query()) == (404, "ORDER_NOT_EXIST")
    assert refusal(await merchant.close()) == (404, "ORDER_NOT_EXIST")
    assert refusal(await merchant.query_by_id("4200000000")) == (404, "ORDER_NOT_EXIST")


async def test_after_its_time_nobody_pays_and_it_stays_unpaid_until_it_is_closed(
    merchant: Merchant,
):
    ends = merchant.wechat.world.clock() + timedelta(minutes=15)
    await merchant.prepay(time_expire=ends.isoformat(timespec="seconds"))
    merchant.wechat.pass_time(timedelta(minutes=15))

    with pytest.raises(NotPayable, match="time to pay"):
        merchant.wechat.pay.pay(NUMBER)

    assert (await merchant.query()).json()["trade_state"] == "NOTPAY"
    assert (await merchant.close()).status_code == 204


async def test_there_is_a_minute_to_pay_at_least(merchant: Merchant):
    ends = merchant.wechat.world.clock() + timedelta(seconds=5)
    await merchant.prepay(time_expire=ends.isoformat(timespec="seconds"))
    merchant.wechat.pass_time(timedelta(seconds=50))

    merchant.wechat.pay.pay(NUMBER)

    assert (await merchant.query()).json()["trade_state"] == "SUCCESS"


async def test_who_leaves_the_sheet_can_still_pay(merchant: Merchant):
    await merchant.prepay()
    merchant.wechat.pay.cancel(NUMBER)
    assert (await merchant.query()).json()["trade_state"] == "NOTPAY"

    merchant.wechat.pay.pay(NUMBER)

    with pytest.raises(NotPayable, match="paid already"):
        merchant.wechat.pay.pay(NUMBER)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"description": "鱼" * 128}, "PARAM_ERROR"),
        ({"description": ""}, "PARAM_ERROR"),
        ({"out_trade_no": "12345"}, "PARAM_ERROR"),
        ({"out_trade_no": "1" * 33}, "PARAM_ERROR"),
        ({"out_trade_no": "12345#"}, "PARAM_ERROR"),
        ({"time_expire": "2026-11-28T12:00:00"}, "PARAM_ERROR"),
        ({"attach": "x" * 129}, "PARAM_ERROR"),
        ({"notify_url": "https://mall.example/webhooks"}, "PARAM_ERROR"),
        ({"notify_url": "http://127.0.0.1:8000/webhooks?a=1"}, "PARAM_ERROR"),
        ({"notify_url": "http://127.0.0.1/" + "x" * 255}, "PARAM_ERROR"),
        ({"notify_url": None}, "PARAM_ERROR"),
        ({"amount": {"total": 0, "currency": "CNY"}}, "PARAM_ERROR"),
        ({"amount": {"total": 1.5, "currency": "CNY"}}, "PARAM_ERROR"),
        ({"amount": {"total": 100, "currency": "USD"}}, "PARAM_ERROR"),
        ({"unknown": 1}, "PARAM_ERROR"),
        ({"mchid": "1900000110"}, "MCH_NOT_EXISTS"),
        ({"appid": "wx00000000000000bb"}, "APPID_MCHID_NOT_MATCH"),
        ({"payer": {"openid": "o-of-another-app"}}, "OPENID_MISMATCH"),
    ],
)
async def test_what_breaks_a_rule_makes_no_order(
    merchant: Merchant, change: dict[str, object], code: str
):
    assert refusal(await merchant.prepay(**change)) == (400, code)
    assert list(merchant.wechat.pay.desk.orders) == []


async def test_a_query_and_a_close_name_the_merchant_that_signs(merchant: Merchant):
    await merchant.prepay()
    target = f"/v3/pay/transactions/out-trade-no/{NUMBER}"

    assert refusal(await merchant.query(merchant="1900000110")) == (400, "MCH_NOT_EXISTS")
    assert refusal(await merchant.get(target)) == (400, "PARAM_ERROR")
    assert refusal(await merchant.post(f"{target}/close", {})) == (400, "PARAM_ERROR")
    assert refusal(await merchant.post(f"{target}/close", None)) == (400, "PARAM_ERROR")
