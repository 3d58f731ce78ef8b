"""Where parcels are: what is kept of it, who is asked and when, and what is told in vain."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import update

from domain.kernel.db import Database
from domain.kernel.outside import OutsideLimited, OutsideRejected, OutsideUnavailable
from domain.orders.shipping.models import Shipment
from domain.orders.tracking.beginning import Refreshed, refresh
from domain.orders.tracking.errors import TrackingNotRefreshed
from domain.orders.tracking.models import ShipmentTrack
from domain.orders.tracking.ports import Told, TrackedParcel
from domain.orders.tracking.rules import (
    LONGEST_PLACE,
    LONGEST_TEXT,
    MOST_EVENTS,
    TRACKED_FOR,
    Pace,
    TrackingEvent,
    kept,
)
from domain.orders.tracking.turns import LEASE
from domain.orders.tracking.words import TrackingState
from domain.orders.words import Carrier
from tests.api.orders.parcels import Bought
from tests.domain.orders.buying import a_shop
from tests.domain.orders.tracks import (
    NUMBER,
    PAUSE,
    MemoryCarrier,
    a_sent_order,
    a_tracker,
    begun,
    sent,
    told,
    track_of,
    worked,
)
from tests.domain.payments.tills import Clock
from tests.make import NOON


async def kept_of(database: Database, order: Bought) -> ShipmentTrack:
    """The row of the order's parcel."""
    track = await track_of(database, order.order_id)
    assert track is not None
    return track


async def asked_sooner(database: Database, order: Bought, clock: Clock) -> Refreshed | None:
    """Ask as the order's member; None where that is refused."""
    async with database.writes.begin() as session:
        try:
            return await refresh(session, order.order_id, 1, order.member_id, at=clock())
        except TrackingNotRefreshed:
            return None


def test_events_are_kept_newest_first_once_and_in_bounds():
    told = [
        TrackingEvent(NOON + timedelta(minutes=each), "杭" * 99, "到" * 999) for each in range(99)
    ]
    events = kept([*told, *reversed(told)])
    assert len(events) == MOST_EVENTS
    assert [each.at for each in events] == [each.at for each in told[: -MOST_EVENTS - 1 : -1]]
    assert {len(each.text) for each in events} == {LONGEST_TEXT}
    assert {len(each.place or "") for each in events} == {LONGEST_PLACE}
    together = [TrackingEvent(NOON, None, "二"), TrackingEvent(NOON, None, "一")]
    assert kept(together) == together


def test_a_carrier_is_asked_less_often_the_longer_it_takes_or_fails():
    pace, day = Pace(PAUSE), timedelta(days=1)
    assert pace.after(TrackingState.OUT_FOR_DELIVERY, 9 * day) == PAUSE
    assert pace.after(TrackingState.ON_THE_WAY, day) == pace.after(None, day) == 4 * PAUSE
    assert pace.after(TrackingState.PROBLEM, 8 * day) == 16 * PAUSE
    failed = [pace.after_failures(tries) / PAUSE for tries in (1, 2, 3, 4, 5, 6, 999)]
    assert failed == [1, 2, 4, 8, 16, 16, 16]


async def test_a_parcel_is_asked_for_until_it_is_delivered(database: Database):
    clock, carrier = Clock(), MemoryCarrier()
    order = await a_sent_order(database, carrier=Carrier.SF)
    tracker = a_tracker(database, carrier, clock)
    assert await worked(tracker) == 1
    (parcel,) = carrier.asked
    assert (parcel.carrier, parcel.number) == (Carrier.SF, NUMBER)
    assert len(parcel.last_digits or "") == 4
    nothing = await kept_of(database, order)
    assert (nothing.state, nothing.events, nothing.as_of) == (None, [], NOON)
    assert await worked(tracker) == 0
    clock.now += 4 * PAUSE
    carrier.told = told(TrackingState.OUT_FOR_DELIVERY, 1, 2)
    assert await worked(tracker) == 1
    clock.now += PAUSE
    carrier.told = told(TrackingState.DELIVERED, 1, 2, 3)
    assert await worked(tracker) == 1
    track = await kept_of(database, order)
    assert (track.state, track.as_of, track.try_at) == (TrackingState.DELIVERED, clock.now, None)
    assert [each.text for each in track.events] == ["第 3 小时", "第 2 小时", "第 1 小时"]
    clock.now += timedelta(days=9)
    assert await worked(tracker) == 0
    assert await asked_sooner(database, order, clock) is None


async def test_a_parcel_that_never_arrives_is_asked_for_a_month(database: Database):
    clock, carrier = Clock(), MemoryCarrier(told())
    order = await a_sent_order(database)
    tracker = a_tracker(database, carrier, clock)
    while clock.now < NOON + TRACKED_FOR:
        await worked(tracker)
        clock.now += timedelta(hours=8)
    asked = len(carrier.asked)
    assert asked <= 3 * 30
    assert await worked(tracker) == 0
    track = await kept_of(database, order)
    assert (track.try_at, track.state) == (None, TrackingState.ON_THE_WAY)
    assert len(carrier.asked) == asked


async def test_of_many_workers_one_asks_for_each(database: Database):
    carrier, shop = MemoryCarrier(told()), await a_shop(database)
    for each in range(3):
        await a_sent_order(database, number=f"{NUMBER}{each}", shop=shop)
    tracker = a_tracker(database, carrier, Clock())
    assert sum(await asyncio.gather(*(worked(tracker) for _ in range(4)))) == 3
    assert len({each.number for each in carrier.asked}) == len(carrier.asked) == 3


async def test_a_few_are_taken_at_a_time_the_longest_due_first(database: Database):
    clock, shop = Clock(), await a_shop(database)
    orders = [await a_sent_order(database, shop=shop) for _ in range(3)]
    async with database.writes.begin() as session:
        for minutes, order in enumerate(orders):
            due = update(ShipmentTrack).where(ShipmentTrack.order_id == order.order_id)
            await session.execute(due.values(try_at=NOON - timedelta(minutes=minutes)))
    due, turns = await a_tracker(database, MemoryCarrier(), clock).take(2)
    assert due == 2
    assert [each.order_id for each in turns] == [orders[2].order_id, orders[1].order_id]


@pytest.mark.parametrize(
    ("error", "pause"),
    [
        (OutsideUnavailable("TimeoutError", may_have_happened=True), PAUSE),
        (OutsideRejected("408"), PAUSE),
        (OutsideLimited("http_429", retry_after_seconds=7200), timedelta(hours=2)),
    ],
)
async def test_who_is_away_leaves_what_was_told_last_with_its_moment(
    error: Exception, pause: timedelta, database: Database
):
    clock, carrier = Clock(), MemoryCarrier(told())
    order = await a_sent_order(database)
    tracker = a_tracker(database, carrier, clock)
    await worked(tracker)
    clock.now += 4 * PAUSE

    def away(_parcel: TrackedParcel) -> None:
        raise error

    carrier.before = away
    await worked(tracker)
    track = await kept_of(database, order)
    assert (track.state, track.as_of) == (TrackingState.ON_THE_WAY, NOON)
    assert (track.tries, track.try_at) == (1, clock.now + pause)
    assert track.problem
    clock.now += pause
    carrier.before = lambda parcel: None
    await worked(tracker)
    track = await kept_of(database, order)
    assert (track.as_of, track.tries, track.problem) == (clock.now, 0, None)


async def test_nothing_in_the_place_of_something_is_no_news(database: Database):
    clock, carrier = Clock(), MemoryCarrier(told())
    order = await a_sent_order(database)
    tracker = a_tracker(database, carrier, clock)
    await worked(tracker)
    clock.now += 4 * PAUSE
    carrier.told = Told()
    await worked(tracker)
    track = await kept_of(database, order)
    assert (track.state, track.as_of) == (TrackingState.ON_THE_WAY, NOON)


async def test_a_turn_that_nobody_ended_is_taken_again_and_the_first_says_nothing(
    database: Database,
):
    clock, carrier = Clock(), MemoryCarrier(told())
    order = await a_sent_order(database)
    tracker = a_tracker(database, carrier, clock)
    _, (lost,) = await tracker.take(1)
    assert await worked(tracker) == 0, "it is another's"
    clock.now += LEASE
    assert await worked(tracker) == 1
    carrier.told = told(TrackingState.DELIVERED)
    await tracker.do(lost)
    assert (await kept_of(database, order)).state is TrackingState.ON_THE_WAY


async def test_a_number_that_is_put_right_begins_afresh(database: Database):
    clock, carrier = Clock(), MemoryCarrier(told())
    order = await a_sent_order(database)
    tracker = a_tracker(database, carrier, clock)
    await worked(tracker)
    clock.now += 4 * PAUSE
    _, (under_way,) = await tracker.take(1)
    for carrier_now in (Carrier.YTO, Carrier.OTHER):
        async with database.writes.begin() as session:
            right = {"carrier": carrier_now, "tracking_number": "YT99999999"}
            await session.execute(update(Shipment).values(**right, corrected_at=clock.now))
        for _ in range(2):
            await begun(database, order.order_id, clock.now)
        await tracker.do(under_way)
        track = await track_of(database, order.order_id)
        if carrier_now is Carrier.OTHER:
            assert track is None, "nobody is asked for what somebody else brings"
            continue
        assert track is not None
        assert (track.tracking_number, track.state, track.as_of) == ("YT99999999", None, None)
        assert (track.try_at, track.turn) == (clock.now, 0)


async def test_a_member_asks_sooner_and_not_too_often(database: Database):
    clock, carrier = Clock(), MemoryCarrier(told())
    order = await a_sent_order(database)
    tracker = a_tracker(database, carrier, clock)
    assert await asked_sooner(database, order, clock), "it waits to be asked for anyway"
    await worked(tracker)
    assert await asked_sooner(database, order, clock) is None
    clock.now += PAUSE
    done = await asyncio.gather(*(asked_sooner(database, order, clock) for _ in range(3)))
    assert all(done)
    assert await worked(tracker) == 1
    assert await asked_sooner(database, order, clock) is None


async def test_a_fact_that_comes_too_late_begins_nothing(database: Database):
    order = await sent(database)
    await begun(database, order.order_id, NOON + TRACKED_FOR)
    assert await track_of(database, order.order_id) is None
