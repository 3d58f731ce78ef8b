"""What was shipped, told to the fake WeChat over HTTP: once, whole, and corrected once."""

import asyncio
from datetime import timedelta

import pytest

from domain.kernel.db import Database
from domain.shipping_duty.words import DutyStatus, PlatformState
from sandbox.wechat.shipping.endpoints import GET_ORDER, UPLOAD
from sandbox.wechat.shipping.records import OrderState
from tests.api.shipping_duty.parcels import Depot, broken
from tests.domain.orders.buying import Shop
from workers.shipping_duty import tell_shipping

PAID_FEN = 31_600


async def test_two_parcels_are_told_and_their_money_is_free_once_it_is_received(
    depot: Depot, shop: Shop, database: Database
):
    sold = await depot.paid(shop)
    duty = await sold.duty()
    assert (duty.status, duty.amount_fen, duty.told) == (
        DutyStatus.WAITING_FOR_SHIPMENT,
        PAID_FEN,
        None,
    )
    assert duty.due_at - duty.paid_at == timedelta(hours=48)
    await sold.ship("SF1020304050", lines=[(1, 1)])
    await depot.work()
    duty = await sold.duty()
    assert duty.status is DutyStatus.WAITING_FOR_SHIPMENT
    assert [each.key for each in sold.shipping.parcels] == [("SF", "SF1020304050")]
    assert sold.shipping.parcels[0].contact.startswith("****")
    assert (sold.shipping.is_finished, sold.frozen_there) == (False, PAID_FEN)

    await sold.ship("YT1020304050", carrier="YTO")
    await depot.work()
    duty = await sold.duty()
    assert (duty.status, duty.corrections, duty.problem) == (DutyStatus.ACCEPTED, 0, None)
    assert [each.key for each in sold.shipping.parcels] == [
        ("SF", "SF1020304050"),
        ("YTO", "YT1020304050"),
    ]
    assert (sold.shipping.is_finished, sold.shipping.is_resent) == (True, False)
    assert [each.errcode for each in depot.uploads()] == [0, 0]
    assert sold.frozen_there == PAID_FEN
    assert await broken(database) == set()

    sold.shipping.received = OrderState.CONFIRMED
    given = {"orderId": sold.order_id, "requestId": "0197fd4a-0000-7000-8000-000000000001"}
    answer = await depot.mall.api.run(
        "miniprogram/OrderConfirmReceipt", sold.buyer.headers, input=given
    )
    assert answer["data"]["confirmReceipt"]["__typename"] == "ReceiptConfirmed", answer
    await depot.work()
    duty = await sold.duty()
    assert (duty.status, duty.platform_state) == (DutyStatus.ACCEPTED, PlatformState.CONFIRMED)
    assert duty.freed_at is not None
    assert duty.try_at is None
    assert sold.frozen_there == 0
    assert await depot.told("FrozenMoney") == []


async def test_who_confirms_at_wechat_has_the_money_freed_and_the_order_is_not_received(
    depot: Depot, shop: Shop
):
    sold = await depot.paid(shop)
    await sold.ship("SF1020304050")
    await depot.work()
    sold.shipping.received = OrderState.CONFIRMED
    depot.clock.now += timedelta(days=1, minutes=1)
    await depot.work()
    assert (await sold.duty()).freed_at is not None
    assert await depot.mall.status(sold.order_id) == "SHIPPED"


async def test_one_parcel_with_everything_is_told_as_one(depot: Depot, shop: Shop):
    sold = await depot.paid(shop)
    await sold.ship("SF1020304050")
    await depot.work()
    (call,) = depot.uploads()
    body = call.body
    assert isinstance(body, dict)
    assert (body["delivery_mode"], body["logistics_type"]) == (1, 1)
    assert "is_all_delivered" not in body
    assert (await sold.duty()).status is DutyStatus.ACCEPTED


async def test_what_was_told_although_nobody_heard_of_it_is_told_once(depot: Depot, shop: Shop):
    sold = await depot.paid(shop)
    await sold.ship("SF1020304050")
    depot.mall.wechat.fail(UPLOAD, "lost", seconds=0)
    await depot.work()
    duty = await sold.duty()
    assert (duty.status, duty.tries, duty.is_uncertain) == (DutyStatus.DUE, 1, True)
    depot.clock.now += timedelta(minutes=2)
    await depot.work()
    assert (await sold.duty()).status is DutyStatus.ACCEPTED
    assert len(depot.uploads()) == 1
    assert not sold.shipping.is_resent


@pytest.mark.parametrize(
    ("kind", "errcode"), [("busy", 0), ("limited", 0), ("broken", 0), ("refused", 10060001)]
)
async def test_what_passes_is_tried_again_and_told_in_the_end(
    depot: Depot, shop: Shop, kind: str, errcode: int
):
    sold = await depot.paid(shop)
    await sold.ship("SF1020304050")
    depot.mall.wechat.fail(UPLOAD, kind, errcode=errcode)
    await depot.work()
    assert (await sold.duty()).tries == 1
    await depot.work()
    assert len(depot.uploads()) == 1, "it is not tried before its time"
    depot.clock.now += timedelta(minutes=2)
    await depot.work()
    duty = await sold.duty()
    assert (duty.status, duty.tries, duty.problem) == (DutyStatus.ACCEPTED, 0, None)


async def test_a_token_that_has_ended_is_read_anew(depot: Depot, shop: Shop):
    sold = await depot.paid(shop)
    await sold.ship("SF1020304050", lines=[(1, 1)])
    await depot.work()
    depot.mall.wechat.world.tokens.end_all()
    await sold.ship("SF1020304051")
    await depot.work()
    assert (await sold.duty()).status is DutyStatus.ACCEPTED
    assert [each.errcode for each in depot.uploads()] == [0, 40001, 0]


async def test_a_correction_is_told_once_and_the_second_one_is_for_people(
    depot: Depot, shop: Shop, database: Database
):
    sold = await depot.paid(shop)
    await sold.ship("SF1020304050")
    await depot.work()
    await sold.correct(1, "SF9999999999")
    await depot.work()
    duty = await sold.duty()
    assert (duty.status, duty.corrections) == (DutyStatus.CORRECTED, 1)
    assert [each.key for each in sold.shipping.parcels] == [("SF", "SF9999999999")]
    assert sold.shipping.is_resent
    await sold.correct(1, "JD8888888888", "JD")
    await depot.work()
    duty = await sold.duty()
    assert (duty.status, duty.problem) == (DutyStatus.FAILED, "correction_used")
    assert [each.errcode for each in depot.uploads()] == [0, 0]
    assert [each["problem"] for each in await depot.listed(attention="STUCK")] == [
        "correction_used"
    ]
    # Put right again as WeChat has it, there is nothing to tell.
    await sold.correct(1, "SF9999999999")
    await depot.work()
    assert (await sold.duty()).status is DutyStatus.CORRECTED
    assert await broken(database) == set()


async def test_a_correction_that_somebody_made_in_the_console_is_refused_and_asked_about(
    depot: Depot, shop: Shop
):
    sold = await depot.paid(shop)
    await sold.ship("SF1020304050")
    await depot.work()
    sold.shipping.is_resent = True
    await sold.correct(1, "SF9999999999")
    await depot.work()
    duty = await sold.duty()
    assert (duty.status, duty.problem, duty.corrections) == (DutyStatus.FAILED, "10060003", 0)
    assert len(depot.mall.wechat.calls(GET_ORDER)) == 1


async def test_two_workers_tell_it_once(depot: Depot, shop: Shop, monkeypatch: pytest.MonkeyPatch):
    sold = await depot.paid(shop)
    await sold.ship("SF1020304050")
    await depot.relay()
    monkeypatch.setattr("workers.shipping_duty._TELLING", asyncio.Semaphore(2))
    await asyncio.gather(*(tell_shipping(depot.mall.sweeps) for _ in range(2)))
    assert len(depot.uploads()) == 1
    assert (await sold.duty()).status is DutyStatus.ACCEPTED
