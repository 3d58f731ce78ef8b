"""Parcels that are under way, and a carrier in memory that tells of them."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from domain.kernel.clock import Clock as AnyClock
from domain.kernel.db import Database
from domain.kernel.errors import Refused
from domain.orders.shipping.rules import Parcel, Shipping
from domain.orders.shipping.sending import ship
from domain.orders.tracking.beginning import begin
from domain.orders.tracking.models import ShipmentTrack
from domain.orders.tracking.ports import Told, TrackedParcel
from domain.orders.tracking.rules import Pace, TrackingEvent
from domain.orders.tracking.turns import Tracker
from domain.orders.tracking.words import TrackingState
from domain.orders.words import Carrier
from tests.api.orders.parcels import Bought, bought, paid
from tests.domain.orders.buying import RANDOM, Shop
from tests.make import NOON

PAUSE = timedelta(minutes=30)
NUMBER = "YT10203040"


@dataclass
class MemoryCarrier:
    """Tells what it was given. ``before`` is called with each parcel that it is asked for."""

    told: Told = field(default_factory=Told)
    asked: list[TrackedParcel] = field(default_factory=list[TrackedParcel])
    before: Callable[[TrackedParcel], None] = lambda parcel: None
    carriers: Collection[Carrier] = frozenset(Carrier) - {Carrier.OTHER}

    async def ask(self, parcel: TrackedParcel) -> Told:
        """What it was given."""
        self.asked.append(parcel)
        self.before(parcel)
        return self.told


def told(state: TrackingState = TrackingState.ON_THE_WAY, *hours: int) -> Told:
    """Something that happened so many hours after noon each, and where it is by that."""
    events = [
        TrackingEvent(NOON + timedelta(hours=each), "杭州", f"第 {each} 小时")
        for each in hours or (1,)
    ]
    return Told(state, events)


async def a_sent_order(
    database: Database,
    *,
    carrier: Carrier = Carrier.YTO,
    number: str = NUMBER,
    shop: Shop | None = None,
) -> Bought:
    """An order that was sent at noon, in one parcel that is tracked."""
    order = await sent(database, shop, carrier=carrier, number=number)
    await begun(database, order.order_id)
    return order


async def sent(
    database: Database,
    shop: Shop | None = None,
    *,
    carrier: Carrier = Carrier.YTO,
    number: str = NUMBER,
) -> Bought:
    """An order that was sent at noon, in one parcel; no worker has heard of it yet."""
    order = await bought(database, 1, shop=shop)
    await paid(database, order.order_id)
    wish = Shipping(order.order_id, Parcel(carrier, number), "staff:test")
    async with database.writes.begin() as session:
        (outcome,) = await ship(
            session, [wish], NOON, receipt_after=timedelta(days=10), random=RANDOM
        )
        assert not isinstance(outcome, Refused), outcome
    return order


async def begun(database: Database, order_id: UUID, at: datetime = NOON) -> None:
    """Let the parcels of an order be tracked."""
    async with database.writes.begin() as session:
        await begin(session, [order_id], MemoryCarrier().carriers, at=at)


def a_tracker(database: Database, carrier: MemoryCarrier, clock: AnyClock) -> Tracker:
    """Who asks the carrier."""
    return Tracker(database.writes.begin, carrier, clock, Pace(PAUSE))


async def worked(tracker: Tracker) -> int:
    """Do all that is due once; for how many parcels the carrier was asked."""
    _, turns = await tracker.take(10)
    for turn in turns:
        await tracker.do(turn)
    return len(turns)


async def track_of(database: Database, order_id: UUID) -> ShipmentTrack | None:
    """What is kept of the first parcel of an order."""
    async with database.writes() as session:
        return await session.get(ShipmentTrack, (order_id, 1))
