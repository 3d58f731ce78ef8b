"""What was shipped, as WeChat is told of it, and what it answers."""

from typing import Any

import orjson
import pytest
from redis.asyncio import Redis

from domain.gateways.wechat.shipping import ShippingInformation
from domain.kernel.outside import OutsideUnavailable
from domain.shipping_duty.ports import (
    Parcels,
    PaymentKey,
    ShippingProblem,
    ShippingRefused,
    Standing,
)
from domain.shipping_duty.rules import Told, ToldParcel
from domain.shipping_duty.words import LogisticsType, PlatformState
from tests.domain.gateways.desks import GRANTED, open_desk
from tests.domain.gateways.wires import Reply, Wire, reply
from tests.make import NOON

KEY = PaymentKey("1900000001", "A-1", "4200000001")
TEA = ToldParcel("春茶*2")


async def uploaded(redis: Redis, content: Told, contact: str | None = None) -> Any:
    """What WeChat gets of a content."""
    wire = Wire([GRANTED, reply({"errcode": 0})])
    async with open_desk(wire, redis) as desk:
        await ShippingInformation(desk.program).upload(Parcels(KEY, "o-1", content, contact, NOON))
    return orjson.loads(wire.requests[-1].content)


async def asked(redis: Redis, answer: Reply) -> Standing:
    """What is read of an answer."""
    async with open_desk(Wire([GRANTED, answer]), redis) as desk:
        return await ShippingInformation(desk.program).ask(KEY)


async def test_a_parcel_is_told_with_the_number_of_its_recipient_masked(redis: Redis):
    parcel = ToldParcel("春茶*2", "SF", "SF1020304050")
    content = Told(LogisticsType.EXPRESS, is_split=False, is_whole=True, parcels=(parcel,))
    assert await uploaded(redis, content, "8000") == {
        "order_key": {"order_number_type": 1, "mchid": "1900000001", "out_trade_no": "A-1"},
        "logistics_type": 1,
        "delivery_mode": 1,
        "shipping_list": [
            {
                "item_desc": "春茶*2",
                "tracking_no": "SF1020304050",
                "express_company": "SF",
                "contact": {"receiver_contact": "****8000"},
            }
        ],
        "upload_time": "2026-11-11T12:00:00.000+08:00",
        "payer": {"openid": "o-1"},
    }


@pytest.mark.parametrize(
    ("way", "number"), [(LogisticsType.VIRTUAL, 3), (LogisticsType.PICK_UP, 4)]
)
async def test_what_nobody_brings_has_neither_company_nor_number(
    redis: Redis, way: LogisticsType, number: int
):
    body = await uploaded(redis, Told(way, is_split=False, is_whole=True, parcels=(TEA,)))
    assert (body["logistics_type"], body["shipping_list"]) == (number, [{"item_desc": "春茶*2"}])


async def test_parcels_that_go_apart_say_whether_that_is_all(redis: Redis):
    parcel = ToldParcel("春茶*1", "ZTO", "ZT10203040")
    content = Told(LogisticsType.EXPRESS, is_split=True, is_whole=False, parcels=(parcel, parcel))
    body = await uploaded(redis, content)
    assert (body["delivery_mode"], body["is_all_delivered"]) == (2, False)


async def test_what_wechat_has_is_read_and_what_is_no_parcel_is_passed_over(redis: Redis):
    told = {
        "finish_shipping": True,
        "shipping_list": [{"express_company": "SF", "tracking_no": "SF1"}, {"tracking_no": 7}, 3],
    }
    answer = reply({"errcode": 0, "order": {"order_state": 2, "shipping": told}})
    standing = await asked(redis, answer)
    assert standing.state is PlatformState.SHIPPED
    assert (standing.is_finished, standing.parcels) == (True, frozenset({("SF", "SF1")}))
    bare = await asked(redis, reply({"errcode": 0, "order": {"order_state": 1}}))
    assert (bare.is_finished, bare.parcels) == (False, frozenset())


@pytest.mark.parametrize("order", [{}, {"order_state": 9}, {"order_state": "2"}])
async def test_a_state_that_nobody_knows_is_no_answer(redis: Redis, order: dict[str, object]):
    with pytest.raises(OutsideUnavailable):
        await asked(redis, reply({"errcode": 0, "order": order}))


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        (10060001, ShippingProblem.UNKNOWN_PAYMENT),
        (10060002, ShippingProblem.ALREADY_TOLD),
        (10060003, ShippingProblem.ALREADY_TOLD),
        (10060023, ShippingProblem.ALREADY_TOLD),
        (10060004, ShippingProblem.NOT_SHIPPABLE),
        (10060031, ShippingProblem.OTHER),
    ],
)
async def test_a_refusal_says_what_it_is_about(redis: Redis, code: int, problem: ShippingProblem):
    with pytest.raises(ShippingRefused) as raised:
        await asked(redis, reply({"errcode": code, "errmsg": "no"}))
    assert (raised.value.problem, raised.value.code) == (problem, str(code))


@pytest.mark.parametrize("code", [10060012, 10060019, -1])
async def test_a_system_error_may_have_taken_effect(redis: Redis, code: int):
    with pytest.raises(OutsideUnavailable) as raised:
        await asked(redis, reply({"errcode": code, "errmsg": "busy"}))
    assert raised.value.may_have_happened
