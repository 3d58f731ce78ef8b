"""Asking for parcels in turn: who is due is taken, the service asked, and its word written down."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from domain.kernel.clock import Clock
from domain.kernel.db import WriteSession
from domain.kernel.outside import OutsideError, OutsideLimited
from domain.orders.models import Order
from domain.orders.tracking.models import ShipmentTrack
from domain.orders.tracking.ports import Told, TrackedParcel, TrackingPort
from domain.orders.tracking.rules import TRACKED_FOR, Pace, kept
from domain.orders.tracking.words import TrackingState

LEASE = timedelta(minutes=2)
"""For how long a turn is left to who took it; a question takes less."""
LONGEST_PROBLEM = 100


@dataclass(frozen=True, slots=True)
class Turn:
    """A parcel that is asked for now; ``number`` is its row's own by then."""

    order_id: UUID
    ordinal: int
    number: int
    parcel: TrackedParcel


@dataclass(frozen=True, slots=True)
class PutOff:
    """Nothing was told: it is asked again, at the earliest after so many seconds."""

    problem: str
    seconds: int = 0


@dataclass(frozen=True, slots=True)
class Tracker:
    """Asks the service. ``writing`` opens a transaction."""

    writing: Callable[[], AbstractAsyncContextManager[WriteSession]]
    port: TrackingPort
    clock: Clock
    pace: Pace

    async def take(self, most: int) -> tuple[int, list[Turn]]:
        """Take the parcels that are longest due: how many, and those that are asked for."""
        async with self.writing() as session:
            return await take_turns(session, self.pace, at=self.clock(), most=most)

    async def do(self, turn: Turn) -> Told | PutOff:
        """Ask for one parcel, and write down what is told."""
        outcome = await self._asked(turn.parcel)
        async with self.writing() as session:
            await settle(session, turn, outcome, self.pace, at=self.clock())
        return outcome

    async def _asked(self, parcel: TrackedParcel) -> Told | PutOff:
        try:
            return await self.port.ask(parcel)
        except OutsideError as error:
            seconds = error.retry_after_seconds if isinstance(error, OutsideLimited) else 0
            return PutOff(error.code, seconds)


async def take_turns(
    session: WriteSession, pace: Pace, *, at: datetime, most: int
) -> tuple[int, list[Turn]]:
    """Take what is longest due and leave it to no other: how many rows, and whom to ask for.

    What was sent too long ago is asked for no more.
    """
    track = ShipmentTrack
    due = (
        select(track, Order.address)
        .join(Order, Order.id == track.order_id)
        .where(track.try_at <= at)
        .order_by(track.try_at, track.order_id, track.ordinal)
        .limit(most)
        .with_for_update(of=track, skip_locked=True)
        .execution_options(populate_existing=True)
    )
    rows, turns = 0, list[Turn]()
    for row, address in await session.execute(due):
        rows += 1
        if at >= row.shipped_at + TRACKED_FOR:
            row.try_at = None
            continue
        row.turn += 1
        row.try_at, row.refreshable_at = at + LEASE, at + pace.shortest
        digits = address.last_digits if address else None
        parcel = TrackedParcel(row.carrier, row.tracking_number, digits)
        turns.append(Turn(row.order_id, row.ordinal, row.turn, parcel))
    await session.flush()
    return rows, turns


async def settle(
    session: WriteSession, turn: Turn, outcome: Told | PutOff, pace: Pace, *, at: datetime
) -> bool:
    """Write down what was told; whether it was still for this turn to say.

    Nothing told in the place of something leaves what was told last, with its moment.
    """
    row = await session.get(
        ShipmentTrack, (turn.order_id, turn.ordinal), with_for_update=True, populate_existing=True
    )
    if row is None or not _is_of(turn, row):
        return False
    if isinstance(outcome, PutOff):
        row.tries, row.problem = row.tries + 1, outcome.problem[:LONGEST_PROBLEM]
        pause = max(pace.after_failures(row.tries), timedelta(seconds=outcome.seconds))
    else:
        row.tries, row.problem = 0, None
        if outcome.state is not None or row.state is None:
            row.state, row.events, row.as_of = outcome.state, kept(outcome.events), at
        pause = pace.after(row.state, at - row.shipped_at)
    row.try_at = None if row.state is TrackingState.DELIVERED else at + pause
    await session.flush()
    return True


def _is_of(turn: Turn, row: ShipmentTrack) -> bool:
    """Whether a turn is the last one of a row, and the row still of the same parcel."""
    named = row.carrier, row.tracking_number, row.turn
    return named == (turn.parcel.carrier, turn.parcel.number, turn.number)
