"""The batcher of placing in this process, without HTTP: what an order costs below the edge."""

import asyncio
import time
from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from random import SystemRandom

import psutil
import uvloop

from api.orders.ordering import ordering_on
from bench.cost import metered
from bench.ground import Ground
from bench.order_mall import Buyer, Mall, open_mall
from bench.rounds import Round
from bench.statements import counted_statements
from domain.kernel.batcher import Batcher
from domain.kernel.clock import system_clock
from domain.kernel.db import Database, open_database
from domain.kernel.garbage import settle
from domain.kernel.idempotency import RequestKey
from domain.kernel.ids import new_id
from domain.orders.placing.values import Placed, Placement

_FINGERPRINT = bytes(32)
_RANDOM = SystemRandom()


@dataclass(slots=True)
class Driver:
    """A batcher on an event loop of this process, which runs while something is asked of it."""

    base: Ground
    runner: asyncio.Runner
    database: Database
    batcher: Batcher[Placement, Placed]
    counted: Counter[str]

    def open_mall(self, issuer: str) -> Mall:
        """Fill the ground with carts."""
        mall = self.runner.run(open_mall(self.base, self.database, issuer))
        # As a process that serves does, which besides has no carts of others in its memory.
        settle()
        return mall

    def measured(self, buyers: Sequence[Buyer], at_once: int, *, seconds: float) -> Round:
        """Place orders, so many at once, until there are no more or the time is up."""
        with metered([psutil.Process()], self.base.postgres) as spent:
            begun = time.perf_counter()
            used = time.process_time()
            latencies = self.runner.run(self._place(buyers, at_once, begun + seconds))
            used, took = time.process_time() - used, time.perf_counter() - begun
        orders = len(latencies)
        ordered = sorted(latencies)
        return Round(
            requests=orders,
            server_us=used / orders * 1e6,
            postgres_us=spent.postgres / orders * 1e6,
            requests_per_second=orders / took,
            p50_ms=ordered[orders // 2] * 1000,
            p99_ms=ordered[min(orders * 99 // 100, orders - 1)] * 1000,
        )

    def statements_of(self, buyers: Sequence[Buyer]) -> int:
        """Count the statements of one batch of all of these, without BEGIN and COMMIT."""
        self.counted.clear()
        self.runner.run(self._place(buyers, len(buyers), time.perf_counter() + 60))
        return self.counted.total()

    async def _place(self, buyers: Sequence[Buyer], at_once: int, deadline: float) -> list[float]:
        latencies: list[float] = []
        waiting = iter(buyers)

        async def buy() -> None:
            for buyer in waiting:
                begun = time.perf_counter()
                placement = buyer.placement
                key = RequestKey(
                    placement.actor, "placeOrder", new_id(system_clock(), _RANDOM), _FINGERPRINT
                )
                await self.batcher.submit(key, placement)
                latencies.append(time.perf_counter() - begun)
                if time.perf_counter() > deadline:
                    return

        await asyncio.gather(*(buy() for _ in range(at_once)))
        return latencies


@contextmanager
def driver(base: Ground) -> Generator[Driver]:
    """Open the pool for writes and the batcher on it, until the context ends."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        stack = AsyncExitStack()
        database = runner.run(_opened(stack, base))
        try:
            batcher = ordering_on(database.hot, system_clock, SystemRandom()).placing
            with counted_statements(database) as counted:
                yield Driver(base, runner, database, batcher, counted)
        finally:
            runner.run(stack.aclose())


async def _opened(stack: AsyncExitStack, base: Ground) -> Database:
    return await stack.enter_async_context(
        open_database(base.database_url, read_connections=1, write_connections=8)
    )
