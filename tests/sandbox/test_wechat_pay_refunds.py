"""Refunds at the fake WeChat Pay, by the vendor's rules."""

from datetime import timedelta
from typing import Any

import pytest

from tests.sandbox.pay_client import NUMBER, Merchant
from tests.wechat_pay import REFUND


def refusal(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


@pytest.fixture
async def paid(merchant: Merchant) -> Merchant:
    """A merchant whose order of 1.00 yuan is paid, and whose refunds end by hand."""
    await merchant.paid()
    merchant.wechat.pay.settings.refund_seconds = None
    return merchant


async def test_a_refund_is_accepted_and_under_way(paid: Merchant):
    begun = (await paid.refund()).json()

    assert begun["status"] == "PROCESSING"
    assert "success_time" not in begun
    assert begun["amount"]["refund"] == begun["amount"]["payer_refund"] == 30
    assert begun["amount"]["total"] == 100
    assert (await paid.query_refund()).json() == begun
    assert (await paid.query()).json()["trade_state"] == "REFUND"


async def test_it_has_ended_a_moment_later(merchant: Merchant):
    merchant.wechat.pay.settings.factor = 1e6
    await merchant.paid()
    assert (await merchant.refund()).json()["status"] == "PROCESSING"

    await merchant.wechat.pay.settled()

    ended = (await merchant.query_refund()).json()
    assert ended["status"] == "SUCCESS"
    assert ended["success_time"]


@pytest.mark.parametrize("status", ["SUCCESS", "ABNORMAL", "CLOSED"])
async def test_it_ends_as_it_is_told_to(paid: Merchant, status: str):
    await paid.refund()

    paid.wechat.pay.finish_refund("R1", status)

    assert (await paid.query_refund()).json()["status"] == status


async def test_the_same_number_gives_money_back_once(paid: Merchant):
    first = (await paid.refund()).json()

    assert (await paid.refund()).json() == first
    assert refusal(await paid.refund(fen=31)) == (400, "INVALID_REQUEST")
    assert len(paid.wechat.pay.desk.refunds) == 1


async def test_an_order_may_be_named_by_what_paid_it(paid: Merchant):
    transaction = (await paid.query()).json()["transaction_id"]

    begun = await paid.refund(out_trade_no=None, transaction_id=transaction)

    assert begun.json()["out_trade_no"] == NUMBER
    both = await paid.refund("R2", transaction_id=transaction)
    assert refusal(both) == (400, "PARAM_ERROR")


async def test_no_more_than_was_paid_goes_back(paid: Merchant):
    await paid.refund(fen=70)
    paid.wechat.pass_time(timedelta(minutes=1))

    assert refusal(await paid.refund("R2", 31)) == (400, "INVALID_REQUEST")
    assert (await paid.refund("R2", 30)).status_code == 200


async def test_a_closed_refund_needs_a_new_number_and_its_money_is_there_again(paid: Merchant):
    await paid.refund(fen=100)
    paid.wechat.pay.finish_refund("R1", "CLOSED")
    paid.wechat.pass_time(timedelta(minutes=1))

    assert (await paid.refund(fen=100)).json()["status"] == "CLOSED"
    assert (await paid.refund("R2", 100)).json()["status"] == "PROCESSING"


async def test_there_is_a_minute_between_two_refunds_of_an_order(paid: Merchant):
    await paid.refund()

    assert refusal(await paid.refund("R2")) == (429, "FREQUENCY_LIMITED")
    paid.wechat.pass_time(timedelta(minutes=1))
    assert (await paid.refund("R2")).status_code == 200


async def test_the_minute_is_shorter_where_time_is_faster(paid: Merchant):
    paid.wechat.pay.settings.factor = 60
    await paid.refund()
    paid.wechat.pass_time(timedelta(seconds=1))

    assert (await paid.refund("R2")).status_code == 200


async def test_there_are_fifty_refunds_of_an_order_at_most(paid: Merchant):
    for number in range(50):
        assert (await paid.refund(f"R{number}", 1)).status_code == 200
        paid.wechat.pass_time(timedelta(minutes=1))

    assert refusal(await paid.refund("R50", 1)) == (400, "INVALID_REQUEST")


async def test_after_a_year_nothing_goes_back(paid: Merchant):
    paid.wechat.pass_time(timedelta(days=365, minutes=1))

    assert refusal(await paid.refund()) == (400, "INVALID_REQUEST")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"amount": {"refund": 1, "total": 99, "currency": "CNY"}}, (400, "INVALID_REQUEST")),
        ({"amount": {"refund": 0, "total": 100, "currency": "CNY"}}, (400, "PARAM_ERROR")),
        ({"amount": {"refund": 1, "total": 100}}, (400, "PARAM_ERROR")),
        ({"out_refund_no": "1#"}, (400, "PARAM_ERROR")),
        ({"out_refund_no": "1" * 65}, (400, "PARAM_ERROR")),
        ({"reason": "x" * 81}, (400, "PARAM_ERROR")),
        ({"notify_url": "https://mall.example/"}, (400, "PARAM_ERROR")),
        ({"out_trade_no": None}, (400, "PARAM_ERROR")),
        ({"out_trade_no": "never-made"}, (404, "RESOURCE_NOT_EXISTS")),
    ],
)
async def test_what_breaks_a_rule_gives_nothing_back(
    paid: Merchant, change: dict[str, object], expected: tuple[int, str]
):
    answer = await paid.post(REFUND, paid.refund_body() | change)
    answer = answer if change != {"out_trade_no": None} else await paid.refund(out_trade_no=None)

    assert refusal(answer) == expected
    assert paid.wechat.pay.desk.refunds == []


async def test_what_was_not_paid_or_not_begun_is_not_there(merchant: Merchant):
    await merchant.prepay()

    assert refusal(await merchant.refund()) == (400, "INVALID_REQUEST")
    assert refusal(await merchant.query_refund()) == (404, "RESOURCE_NOT_EXISTS")
