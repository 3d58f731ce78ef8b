"""Kuaidi100: what it is asked, what is read of its answers, and what of them is an error."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import orjson
import pytest

from domain.gateways.kuaidi100 import Kuaidi100
from domain.gateways.transport import open_transport
from domain.kernel.outside import (
    OutsideError,
    OutsideLimited,
    OutsideMisconfigured,
    OutsideRejected,
    OutsideUnavailable,
)
from domain.orders.tracking.ports import Told, TrackedParcel
from domain.orders.tracking.rules import TrackingEvent
from domain.orders.tracking.words import TrackingState
from domain.orders.words import Carrier
from sandbox.wechat.carrier.journeys import End
from sandbox.wechat.carrier.queries import QUERY
from tests.domain.gateways.desks import HURRIED, NONSENSE
from tests.domain.gateways.wires import HandClock, Reply, Wire, reply
from tests.wechat import TRACKING, FakeWeChat

PARCEL = TrackedParcel(Carrier.YTO, "YT10203040", "8000")
NOTHING: dict[str, object] = {"result": False, "returnCode": "500", "message": "查询无结果"}


@asynccontextmanager
async def opened(service: FakeWeChat | Wire, key: str = TRACKING.key) -> AsyncGenerator[Kuaidi100]:
    """The gateway to the fake one, or to one that answers as told."""
    if isinstance(service, FakeWeChat):
        async with open_transport(service.url, service="tracking", patience=HURRIED) as transport:
            yield Kuaidi100(transport, customer=TRACKING.customer, key=key)
        return
    async with (
        service.served() as url,
        open_transport(url, service="tracking", patience=service.patience) as transport,
    ):
        yield Kuaidi100(transport, customer=TRACKING.customer, key=key)


async def told(answer: Reply) -> Told:
    """What is read of an answer."""
    async with opened(Wire([answer])) as gateway:
        return await gateway.ask(PARCEL)


def answer(state: object, *events: object) -> Reply:
    """An answer with these events."""
    return reply({"message": "ok", "status": "200", "state": state, "data": list(events)})


async def test_the_question_is_a_form_with_a_digest():
    wire = Wire([reply(NOTHING)])
    async with opened(wire) as gateway:
        for carrier in (Carrier.YTO, Carrier.SF):
            await gateway.ask(TrackedParcel(carrier, "SF1020304050", "8000"))
    forms = [parse_qs(each.content.decode(), strict_parsing=True) for each in wire.requests]
    assert [(each.method, each.target) for each in wire.requests] == [("POST", QUERY)] * 2
    assert wire.requests[0].headers["content-type"] == "application/x-www-form-urlencoded"
    # MD5 of what is asked, the key and the customer, one after the other.
    assert forms[0]["customer"] == [TRACKING.customer]
    assert forms[0]["sign"] == ["AEB0BC8B4FBE930B936D72380DB57FCE"]
    assert [orjson.loads(each["param"][0]) for each in forms] == [
        {"com": "yuantong", "num": "SF1020304050", "resultv2": "1"},
        {"com": "shunfeng", "num": "SF1020304050", "resultv2": "1", "phone": "8000"},
    ]


async def test_events_are_read_with_their_moments_and_places():
    told_of = await told(
        answer(
            "5",
            {
                "time": "2026-11-11 20:00:00",
                "ftime": "2026-11-11 20:00:00",
                "context": "【西湖区】 派件员\n正在派件",
                "areaName": "浙江,杭州市,西湖区",
            },
            {"time": "2026-11-11 08:30:00", "context": "已揽收"},
            {"ftime": "yesterday", "context": "?"},
            {"ftime": "2026-11-11 08:00:00", "context": " "},
            "nothing",
        )
    )
    assert told_of == Told(
        TrackingState.OUT_FOR_DELIVERY,
        [
            TrackingEvent(
                datetime(2026, 11, 11, 12, tzinfo=UTC),
                "浙江 杭州市 西湖区",
                "【西湖区】 派件员 正在派件",
            ),
            TrackingEvent(datetime(2026, 11, 11, 0, 30, tzinfo=UTC), None, "已揽收"),
        ],
    )


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("0", TrackingState.ON_THE_WAY),
        ("1", TrackingState.COLLECTED),
        (2, TrackingState.PROBLEM),
        ("3", TrackingState.DELIVERED),
        ("4", TrackingState.RETURNING),
        ("6", TrackingState.RETURNING),
        ("13", TrackingState.PROBLEM),
        ("14", TrackingState.PROBLEM),
        ("11", TrackingState.ON_THE_WAY),
        (None, TrackingState.ON_THE_WAY),
    ],
)
async def test_states_are_read(state: object, expected: TrackingState):
    event = {"ftime": "2026-11-11 08:00:00", "context": "…"}
    assert (await told(answer(state, event))).state is expected


@pytest.mark.parametrize("nothing", [reply(NOTHING), answer("0")])
async def test_a_parcel_that_nobody_knows_is_no_error(nothing: Reply):
    assert await told(nothing) == Told()


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("501", OutsideUnavailable),
        ("502", OutsideUnavailable),
        ("503", OutsideMisconfigured),
        ("601", OutsideMisconfigured),
        ("408", OutsideRejected),
        ("400", OutsideRejected),
        ("what", OutsideUnavailable),
    ],
)
async def test_what_is_refused_is_an_error(code: str, expected: type[OutsideError]):
    with pytest.raises(expected):
        await told(reply({"result": False, "returnCode": code, "message": "…"}))


@pytest.mark.parametrize("nonsense", NONSENSE.values(), ids=NONSENSE)
async def test_what_nobody_understands_is_unavailable(nonsense: Reply):
    with pytest.raises(OutsideUnavailable):
        await told(nonsense)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("busy", OutsideUnavailable), ("limited", OutsideLimited), ("slow", OutsideUnavailable)],
)
async def test_who_is_away_or_busy_is_asked_later(
    kind: str, expected: type[OutsideError], wechat: FakeWeChat
):
    wechat.fail(QUERY, kind, seconds=1)
    async with opened(wechat) as gateway:
        with pytest.raises(expected):
            await gateway.ask(PARCEL)


async def test_a_parcel_is_followed_to_its_end(wechat: FakeWeChat):
    clock = HandClock()
    wechat.use_clock(clock)
    seen, told_of = list[TrackingState | None](), Told()
    async with opened(wechat) as gateway:
        for hours in (0, 4, 26, 6):
            clock.now += timedelta(hours=hours) / wechat.world.journeys.faster
            told_of = await gateway.ask(PARCEL)
            seen.append(told_of.state)
    assert seen == [
        TrackingState.COLLECTED,
        TrackingState.ON_THE_WAY,
        TrackingState.OUT_FOR_DELIVERY,
        TrackingState.DELIVERED,
    ]
    moments = [each.at for each in told_of.events]
    assert len(moments) == 5
    assert moments == sorted(moments, reverse=True)
    assert told_of.events[0].place == "浙江 杭州市 西湖区"


async def test_the_fake_one_asks_for_what_the_real_one_does(wechat: FakeWeChat):
    async with opened(wechat, key="another-key") as gateway:
        with pytest.raises(OutsideMisconfigured):
            await gateway.ask(PARCEL)
    async with opened(wechat) as gateway:
        with pytest.raises(OutsideRejected, match="408"):
            await gateway.ask(TrackedParcel(Carrier.SF, "SF1020304050", None))
        for carrier in gateway.carriers:
            assert (await gateway.ask(TrackedParcel(carrier, "A-1020304", "8000"))).state
        wechat.world.journeys.of("yuantong", PARCEL.number, wechat.world.clock()).end = End.UNKNOWN
        assert await gateway.ask(PARCEL) == Told()
