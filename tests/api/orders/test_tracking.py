"""Where a parcel is, from its carrier to its member's screen."""

from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import update

from domain.gateways.kuaidi100 import Kuaidi100
from domain.gateways.transport import open_transport
from domain.kernel.clock import system_clock
from domain.kernel.db import Database
from domain.orders.tracking.models import ShipmentTrack
from domain.orders.tracking.rules import Pace
from sandbox.wechat.carrier.queries import QUERY
from tests import make
from tests.api.client import Api, statements_run
from tests.api.oauth.desk import as_member
from tests.api.orders.parcels import (
    ENGLISH,
    Bought,
    bought,
    broken,
    own,
    paid_order,
    ship,
    staff,
    wish,
)
from tests.wechat import TRACKING, FakeWeChat
from workers.relay import relay_outbox
from workers.tools import SweepContext, Tools, TrackingDesk
from workers.tracking import track_parcels

STORE = make.media_folder(Path("/nowhere"))


@pytest.fixture
async def worker(database: Database, wechat: FakeWeChat) -> AsyncGenerator[SweepContext]:
    """A worker that asks the fake carriers."""
    async with open_transport(wechat.url, service="tracking") as transport:
        port = Kuaidi100(transport, customer=TRACKING.customer, key=TRACKING.key)
        desk = TrackingDesk(port, Pace(timedelta(minutes=30)))
        yield {"tools": Tools(database, system_clock, STORE, Random(1), tracking=desk)}


async def swept(worker: SweepContext) -> None:
    """Let the worker hear what was sent, and ask where it is."""
    await relay_outbox(worker)
    await track_parcels(worker)


async def asked_sooner(api: Api, database: Database, order: Bought, **given: object) -> Any:
    """What the member is answered who does not want to wait."""
    wanted = {"requestId": str(make.an_id()), "orderId": order.id, "ordinal": 1, **given}
    headers = await as_member(api, database, order.member_id)
    answer = await api.run("miniprogram/OrderRefreshTracking", headers | ENGLISH, input=wanted)
    assert "errors" not in answer, answer
    return answer["data"]["refreshTracking"]


async def half_an_hour_passes(database: Database) -> None:
    """As far as asking for parcels goes."""
    async with database.writes.begin() as session:
        track = ShipmentTrack
        earlier = track.refreshable_at - timedelta(minutes=30)
        await session.execute(update(track).values(refreshable_at=earlier))


async def test_a_member_sees_where_a_parcel_is_and_asks_sooner(
    api: Api, database: Database, wechat: FakeWeChat, worker: SweepContext
):
    order = await paid_order(database, 1)
    await ship(api, order)
    seen = await own(api, database, order)
    assert [each["tracking"] for each in seen["shipments"]] == [None]
    await swept(worker)
    seen = await own(api, database, order)
    tracking = seen["shipments"][0]["tracking"]
    assert tracking["state"] == "COLLECTED"
    assert [each["place"] for each in tracking["events"]] == ["上海 上海市 青浦区"]
    # It was asked a moment ago, and so for nobody again.
    refused = await asked_sooner(api, database, order)
    assert refused["__typename"] == "TrackingNotRefreshed"
    assert refused["fromAt"] > tracking["asOf"]
    none = await asked_sooner(api, database, order, ordinal=9)
    assert (none["__typename"], none["fromAt"]) == ("TrackingNotRefreshed", None)
    other = await as_member(api, database, (await bought(database, 1, shop=order.shop)).member_id)
    given = {"requestId": str(make.an_id()), "orderId": order.id, "ordinal": 1}
    answer = await api.run("miniprogram/OrderRefreshTracking", other, input=given)
    assert answer["data"]["refreshTracking"]["__typename"] == "OrderUnavailable"
    await half_an_hour_passes(database)
    wechat.pass_time(timedelta(minutes=6))
    request = str(make.an_id())
    for _ in range(2):
        done = await asked_sooner(api, database, order, requestId=request)
        assert done == {"__typename": "TrackingRefreshed", "orderId": order.id, "ordinal": 1}
        await swept(worker)
    assert len(wechat.calls(QUERY)) == 2
    before, seen = seen, await own(api, database, order)
    tracking = seen["shipments"][0]["tracking"]
    assert tracking["state"] == "DELIVERED"
    assert len(tracking["events"]) == 5
    assert tracking["events"][0]["text"] == "您的快件已签收"
    assert (seen["status"], seen["receiveBy"]) == ("SHIPPED", before["receiveBy"])


async def test_a_number_that_is_put_right_tells_nothing_of_the_wrong_one(
    api: Api, database: Database, wechat: FakeWeChat, worker: SweepContext
):
    order = await paid_order(database, 1)
    await ship(api, order, "YT1020304050", carrier="YTO")
    await swept(worker)
    wechat.pass_time(timedelta(minutes=3))
    assert (await own(api, database, order))["shipments"][0]["tracking"] is not None
    given = wish(order.id, "YT9988776655", ordinal=1, carrier="YTO", reason="录错")
    right = await staff(api, "CorrectShipment", **given)
    assert right["__typename"] == "ShipmentCorrected"
    assert (await own(api, database, order))["shipments"][0]["tracking"] is None
    await swept(worker)
    tracking = (await own(api, database, order))["shipments"][0]["tracking"]
    assert (tracking["state"], len(tracking["events"])) == ("COLLECTED", 1)
    assert [each.number for each in wechat.world.journeys] == ["YT1020304050", "YT9988776655"]
    assert await broken(database) == {}


async def test_what_is_told_costs_no_statement_of_its_own(
    api: Api, database: Database, worker: SweepContext
):
    order = await paid_order(database, 2)
    await ship(api, order, "SF1020304050", lines=[(1, 1)])
    await ship(api, order, "SF1020304051")
    headers = await as_member(api, database, order.member_id)
    costs = set[int]()
    for told in (0, 2):
        before = statements_run()
        answer = await api.run("miniprogram/OrderDetail", headers, id=order.id)
        costs.add(statements_run() - before)
        shipments = answer["data"]["order"]["shipments"]
        assert len([each for each in shipments if each["tracking"]]) == told
        await swept(worker)
    assert len(costs) == 1
