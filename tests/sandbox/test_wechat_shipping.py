"""The fake order centre: what it takes of shipping, what it refuses, and what money it keeps."""

from datetime import timedelta
from typing import Any

import pytest

from domain.kernel.clock import system_clock
from sandbox.wechat.shipping.endpoints import GET_ORDER, SPECIAL_ORDER, UPLOAD
from tests.sandbox.pay_client import NUMBER, Merchant
from tests.sandbox.platform_client import Platform


@pytest.fixture
async def payer(merchant: Merchant) -> str:
    """The openid of somebody who has paid 1.00 yuan."""
    await merchant.paid()
    return merchant.payer.openid


def parcel(number: str, company: str = "YTO", **more: object) -> dict[str, object]:
    """A parcel as it is told."""
    told = {"tracking_no": number, "express_company": company, "item_desc": "白茶*1"}
    return {**told, **more}


def told(
    platform: Platform, openid: str, seconds: float = 0, **changes: object
) -> dict[str, object]:
    """One parcel with everything, told so many seconds from now, but for the changes."""
    at = system_clock() + timedelta(seconds=seconds)
    usual: dict[str, object] = {
        "order_key": {
            "order_number_type": 1,
            "mchid": platform.wechat.pay.keys.merchant_id,
            "out_trade_no": NUMBER,
        },
        "logistics_type": 1,
        "delivery_mode": 1,
        "shipping_list": [parcel("YT1")],
        "upload_time": at.isoformat(timespec="milliseconds"),
        "payer": {"openid": openid},
    }
    return {**usual, **changes}


async def stands(platform: Platform) -> dict[str, Any]:
    """How the payment stands."""
    asked = {
        "merchant_id": platform.wechat.pay.keys.merchant_id,
        "merchant_trade_no": NUMBER,
    }
    answer = await platform.call(GET_ORDER, asked)
    assert answer["errcode"] == 0, answer
    return answer["order"]


async def frozen(platform: Platform) -> int:
    """What is kept of the money."""
    (payment,) = (await platform.http.get("/_control/shipping")).json()
    return payment["frozen"]


async def test_parcels_are_added_until_all_are_told_and_money_is_free_once_it_is_confirmed(
    platform: Platform, payer: str
):
    split = {"delivery_mode": 2, "is_all_delivered": False}
    first = await platform.call(UPLOAD, told(platform, payer, **split))
    assert (first["errcode"], (await stands(platform))["order_state"]) == (0, 1)
    whole = {**split, "is_all_delivered": True, "shipping_list": [parcel("YT2")]}
    assert (await platform.call(UPLOAD, told(platform, payer, 1, **whole)))["errcode"] == 0
    order = await stands(platform)
    assert (order["order_state"], order["shipping"]["finish_shipping"]) == (2, True)
    assert [each["tracking_no"] for each in order["shipping"]["shipping_list"]] == ["YT1", "YT2"]
    assert await frozen(platform) == 100
    asked = {"person": "李雷", "out_trade_no": NUMBER}
    answer = await platform.http.post("/phone/shipping/confirm", json=asked)
    assert answer.json()["state"] == "CONFIRMED"
    assert ((await stands(platform))["order_state"], await frozen(platform)) == (3, 0)
    late = await platform.call(UPLOAD, told(platform, payer, 2))
    assert late["errcode"] == 10060002


async def test_what_is_told_to_the_end_is_told_again_once(platform: Platform, payer: str):
    assert (await platform.call(UPLOAD, told(platform, payer)))["errcode"] == 0
    same = await platform.call(UPLOAD, told(platform, payer, 1))
    assert same["errcode"] == 10060023
    other = {"shipping_list": [parcel("YT9")]}
    assert (await platform.call(UPLOAD, told(platform, payer, -9, **other)))["errcode"] == 10060023
    assert (await platform.call(UPLOAD, told(platform, payer, 2, **other)))["errcode"] == 0
    again = {"shipping_list": [parcel("YT8")]}
    assert (await platform.call(UPLOAD, told(platform, payer, 3, **again)))["errcode"] == 10060003
    order = await stands(platform)
    assert order["shipping"]["finish_shipping_count"] == 2
    assert [each["tracking_no"] for each in order["shipping"]["shipping_list"]] == ["YT9"]


@pytest.mark.parametrize(
    ("changes", "errcode"),
    [
        ({"order_key": {"order_number_type": 3}}, 268485194),
        ({"order_key": {"order_number_type": 2}}, 268485195),
        ({"order_key": {"order_number_type": 1}}, 268485196),
        ({"order_key": {"order_number_type": 2, "transaction_id": "42"}}, 10060001),
        ({"payer": {"openid": "somebody"}}, 10060031),
        ({"logistics_type": 5}, 10060005),
        ({"delivery_mode": 3}, 268485224),
        ({"delivery_mode": 2}, 10060007),
        ({"delivery_mode": 2, "is_all_delivered": True, "logistics_type": 4}, 10060006),
        ({"shipping_list": [parcel("A"), parcel("B")]}, 268485228),
        ({"delivery_mode": 2, "is_all_delivered": True, "shipping_list": []}, 10060024),
        ({"shipping_list": [parcel("A", item_desc="")]}, 10060008),
        ({"shipping_list": [parcel("A", item_desc="茶" * 121)]}, 10060009),
        ({"shipping_list": [parcel("")]}, 268485226),
        ({"shipping_list": [parcel("A", "")]}, 268485227),
        ({"shipping_list": [parcel("A" * 129)]}, 10060026),
        ({"shipping_list": [parcel("A", "SF")]}, 10060014),
        ({"upload_time": "yesterday"}, 268485216),
        ({"upload_time": "2026-11-28T10:00:00"}, 268485216),
    ],
)
async def test_what_breaks_a_rule_is_refused_and_changes_nothing(
    platform: Platform, payer: str, changes: dict[str, Any], errcode: int
):
    assert (await platform.call(UPLOAD, told(platform, payer, **changes)))["errcode"] == errcode
    assert (await stands(platform))["order_state"] == 1


async def test_what_is_picked_up_has_no_number(platform: Platform, payer: str):
    handed: dict[str, Any] = {"logistics_type": 4, "shipping_list": [{"item_desc": "白茶*1"}]}
    assert (await platform.call(UPLOAD, told(platform, payer, **handed)))["errcode"] == 0
    assert (await stands(platform))["order_state"] == 2


async def test_a_late_shipment_is_reported_for_a_day_within_its_bounds(
    platform: Platform, payer: str
):
    for days, errcode in ((14, 10060014), (331, 10060014), (30, 0)):
        until = int((system_clock() + timedelta(days=days)).timestamp())
        asked = {"order_id": NUMBER, "type": 1, "delay_to": until}
        assert (await platform.call(SPECIAL_ORDER, asked))["errcode"] == errcode
    assert (await platform.call(SPECIAL_ORDER, {"order_id": NUMBER}))["errcode"] == 10060014
    assert (await platform.call(UPLOAD, told(platform, payer)))["errcode"] == 0
    asked = {"order_id": NUMBER, "type": 2}
    assert (await platform.call(SPECIAL_ORDER, asked))["errcode"] == 10060004


async def test_what_went_back_is_not_shipped(platform: Platform, payer: str, merchant: Merchant):
    assert (await merchant.refund(fen=100)).status_code == 200
    assert (await platform.call(UPLOAD, told(platform, payer)))["errcode"] == 10060004
    assert ((await stands(platform))["order_state"], await frozen(platform)) == (5, 0)
    answer = await platform.http.post("/_control/shipping/receive", json={"out_trade_no": NUMBER})
    assert answer.status_code == 400


async def test_a_stranger_confirms_nothing(platform: Platform, payer: str):
    await platform.call(UPLOAD, told(platform, payer))
    platform.wechat.person("韩梅梅")
    asked = {"person": "韩梅梅", "out_trade_no": NUMBER}
    assert (await platform.http.post("/phone/shipping/confirm", json=asked)).status_code == 400
    answer = await platform.http.get("/phone/shipping", params={"person": "韩梅梅"})
    assert answer.json() == []
