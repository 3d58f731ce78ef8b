"""The sweep over parcels: begun by what was sent, and kept up by nobody."""

import asyncio
from datetime import timedelta
from pathlib import Path

from structlog.typing import EventDict

from domain.kernel.db import Database
from domain.kernel.outside import OutsideUnavailable
from domain.orders.tracking.models import ShipmentTrack
from domain.orders.tracking.ports import TrackedParcel
from domain.orders.tracking.rules import KEPT_FOR, Pace
from domain.orders.tracking.words import TrackingState
from tests import make
from tests.domain.members.people import rows
from tests.domain.orders.buying import RANDOM, a_shop
from tests.domain.orders.tracks import NUMBER, PAUSE, MemoryCarrier, a_sent_order, sent, told
from tests.domain.payments.tills import Clock
from workers.relay import relay_outbox
from workers.sweeps import forget_tracks
from workers.tools import SweepContext, Tools, TrackingDesk
from workers.tracking import track_parcels

STORE = make.media_folder(Path("/nowhere"))


def worker(
    database: Database, carrier: MemoryCarrier | None, clock: Clock | None = None
) -> SweepContext:
    """What a worker sweeps with."""
    desk = TrackingDesk(carrier, Pace(PAUSE)) if carrier else None
    return {"tools": Tools(database, clock or Clock(), STORE, RANDOM, tracking=desk)}


async def test_without_anybody_to_ask_nothing_is_tracked(database: Database):
    shop = await a_shop(database)
    for carrier, tracked in ((None, 0), (MemoryCarrier(told()), 1)):
        await sent(database, shop)
        context = worker(database, carrier)
        await relay_outbox(context)
        await track_parcels(context)
        tracks = await rows(database, ShipmentTrack)
        assert [each.state for each in tracks] == [TrackingState.ON_THE_WAY] * tracked


async def test_one_that_cannot_be_asked_for_keeps_up_no_other(
    database: Database, logged: list[EventDict]
):
    shop, carrier = await a_shop(database), MemoryCarrier(told())
    for each in range(8):
        await a_sent_order(database, number=f"{NUMBER}{each}", shop=shop)

    def away(parcel: TrackedParcel) -> None:
        if parcel.number == f"{NUMBER}1":
            raise OutsideUnavailable("TimeoutError", may_have_happened=True)
        if parcel.number == f"{NUMBER}2":
            raise ZeroDivisionError

    carrier.before = away
    context = worker(database, carrier)
    await asyncio.gather(track_parcels(context), track_parcels(context))
    tracks = await rows(database, ShipmentTrack)
    without = {each.tracking_number for each in tracks if each.as_of is None}
    assert without == {f"{NUMBER}1", f"{NUMBER}2"}
    assert len(carrier.asked) == 8
    told_of = [(each["event"], each["log_level"]) for each in logged]
    assert sorted(told_of) == [("parcel.not_tracked", "error"), ("parcel.put_off", "warning")]


async def test_what_was_told_long_ago_is_forgotten(database: Database):
    await a_sent_order(database)
    clock = Clock()
    for passed, left in ((KEPT_FOR, 1), (timedelta(seconds=1), 0)):
        clock.now += passed
        await forget_tracks(worker(database, None, clock))
        assert len(await rows(database, ShipmentTrack)) == left
