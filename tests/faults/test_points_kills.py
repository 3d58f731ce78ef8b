"""Settling while workers and Valkey are destroyed: each lot once, and none left (G3, G8)."""

import asyncio
import signal
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import TypeAlias
from uuid import UUID

import asyncpg

from domain.kernel.clock import system_clock
from domain.kernel.db import Database
from domain.points.rules import settling
from domain.points.rules.books import Book
from tests import make_points
from tests.domain.points.replay import replay
from tests.domain.points.world import World
from tests.faults.own_valkey import OwnValkey, own_valkey
from tests.faults.rig import Process, Rig, mortal, until

Owner: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
OPEN_CHUNK = "settle_points.moved"
WORKER = {
    OPEN_CHUNK,
    "settle_points.committed",
    "expire_points.moved",
    "expire_points.committed",
}
"""Where a worker dies: with a chunk written and open, and with it committed."""
IN_THE_SUITE = {"settle_points.committed"}
"""Expiring waits for its minute; an open chunk is what the havoc below is about."""
AT_ONCE = 10
"""So many lots are made due at a time."""
QUIET_SECONDS = 60.0
"""How long after the last fault nothing may be left."""
COUNT = "SELECT count(*) FROM points_entries WHERE reason = $1"


@dataclass(frozen=True)
class Plan:
    """What happens to the workers, besides lots that are due: so many of each."""

    lots: int
    over_seconds: float
    lanes: int
    dead_in_open_chunk: int
    killed: int = 0
    valkey_kills: int = 0
    flushes: int = 0


SHORT = Plan(60, 6, lanes=1, dead_in_open_chunk=3, flushes=1)
LONG = Plan(600, 60, lanes=2, dead_in_open_chunk=9, killed=2, valkey_kills=2, flushes=5)


@dataclass
class Havoc:
    """Workers that are started again whenever they die, and what is done to them.

    Each of ``waves`` is lots of ten members, which are received at once.
    """

    plan: Plan
    rig: Rig
    valkey: OwnValkey
    database: Database
    flag: Path
    waves: list[list[tuple[UUID, UUID]]]
    workers: list[Process] = field(default_factory=list[Process])
    deaths: int = 0
    random: Random = field(default_factory=lambda: Random(20261128))

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Keep as many workers as there are lanes until the block ends."""
        lanes = [asyncio.create_task(self._lane()) for _ in range(self.plan.lanes)]
        try:
            yield
            assert not any(lane.done() for lane in lanes)
        finally:
            for lane in lanes:
                lane.cancel()
            await asyncio.gather(*lanes, return_exceptions=True)

    async def wreak(self) -> None:
        """Let lots become due and everything be destroyed, both over so many seconds."""
        faults = [
            *[self._die_in_open_chunk] * self.plan.dead_in_open_chunk,
            *[self._kill] * self.plan.killed,
            *[self._kill_valkey] * self.plan.valkey_kills,
            *[self.valkey.flush] * self.plan.flushes,
        ]
        self.random.shuffle(faults)
        # Each chunk that is to be open when its worker dies is kept for that.
        others = len(self.waves) - self.plan.dead_in_open_chunk
        feeding = asyncio.create_task(self._paced([self._make_due] * others))
        await self._paced(faults)
        await feeding
        assert not self.waves

    async def _lane(self) -> None:
        while True:
            async with self.rig.worker(**mortal(OPEN_CHUNK, self.flag)) as worker:
                self.workers.append(worker)
                while worker.mall.popen.poll() is None:
                    await asyncio.sleep(0.05)
                self.workers.remove(worker)
                assert worker.mall.popen.returncode == -signal.SIGKILL, worker.mall.said
                self.deaths += 1

    async def _paced(self, steps: Sequence[Callable[[], Awaitable[None]]]) -> None:
        for step in steps:
            await asyncio.sleep(self.plan.over_seconds / len(steps))
            await step()

    async def _make_due(self) -> None:
        """Let the next ten lots settle from now on."""
        for member_id, lot_id in self.waves.pop():

            def receives(book: Book, lot_id: UUID = lot_id) -> None:
                settling.receive(book, [book.lots[lot_id]], settles_at=system_clock())

            await make_points.on_book(self.database, member_id, receives)

    async def _die_in_open_chunk(self) -> None:
        deaths = self.deaths
        await self._make_due()
        self.flag.touch()
        await until(lambda: self._has_died(deaths))
        assert not self.flag.exists()

    async def _kill(self) -> None:
        await until(self._works)
        deaths = self.deaths
        self.random.choice(self.workers).mall.popen.kill()
        await until(lambda: self._has_died(deaths))

    async def _kill_valkey(self) -> None:
        await self.valkey.kill()
        await self.valkey.start()

    async def _works(self) -> bool:
        return bool(self.workers)

    async def _has_died(self, deaths_before: int) -> bool:
        return self.deaths > deaths_before


async def waves_of(database: Database, lots: int) -> list[list[tuple[UUID, UUID]]]:
    """So many lots of ten members, of which nothing is received yet."""
    members = await make_points.members(database, AT_ONCE)
    made = {
        each: await make_points.earned(database, [each], lots=lots // AT_ONCE, settles_at=None)
        for each in members
    }
    return [[(each, made[each][wave].id) for each in members] for wave in range(lots // AT_ONCE)]


async def test_each_lot_settles_once_whatever_is_destroyed_meanwhile(
    database: Database, owner: Owner, database_url: str, tmp_path: Path, *, is_soak: bool
):
    plan = LONG if is_soak else SHORT

    async def are_settled() -> bool:
        return await owner.fetchval(COUNT, "settled") == plan.lots

    async with (
        own_valkey() as valkey,
        Rig(database_url, valkey.url, tmp_path).running() as rig,
    ):
        waves = await waves_of(database, plan.lots)
        havoc = Havoc(plan, rig, valkey, database, tmp_path / "flag", waves)
        async with havoc.running():
            await havoc.wreak()
            await until(are_settled, QUIET_SECONDS)
    assert havoc.deaths == plan.dead_in_open_chunk + plan.killed
    assert await owner.fetchval("SELECT count(DISTINCT lot_id) FROM points_entries") == plan.lots
    await replay(owner)
    await World(database, []).check()


async def three_due(database: Database, member_id: UUID, place: str) -> str:
    """Let three lots be due that die at that place; for which reason they will have moved."""
    now = system_clock()
    if place.startswith("settle"):
        await make_points.earned(database, [member_id], lots=3, settles_at=now)
        return "settled"
    ago = now - timedelta(days=5)
    await make_points.granted(database, member_id, 1, 2, 3, validity="days:1", at=ago)
    return "expired"


async def test_a_worker_that_was_killed_anywhere_has_moved_every_lot_once_in_the_end(
    rig: Rig, database: Database, owner: Owner, tmp_path: Path, *, is_soak: bool
):
    for place in sorted(WORKER if is_soak else IN_THE_SUITE):
        flag, (member_id,) = tmp_path / "flag", await make_points.members(database)
        reason = await three_due(database, member_id, place)
        before = await owner.fetchval(COUNT, reason)
        flag.touch()
        async with rig.worker(**mortal(place, flag)) as worker:
            await worker.died()
        was_kept = place.endswith(".committed")
        assert await owner.fetchval(COUNT, reason) - before == (3 if was_kept else 0)
        await three_due(database, member_id, place)

        async def are_moved(reason: str = reason, wanted: int = before + 6) -> bool:
            return await owner.fetchval(COUNT, reason) == wanted

        async with rig.worker():
            await until(are_moved)
        await replay(owner)
