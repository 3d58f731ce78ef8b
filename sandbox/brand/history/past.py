"""A mall in the past: its use cases and its worker, on a clock that is moved, in one transaction.

What commits there goes on in the one transaction that all of it is in, and what fails ends it.
"""

import heapq
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime, timedelta
from itertools import count
from random import Random
from typing import cast

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection, async_sessionmaker
from typing_extensions import override

from domain.kernel.actors import By, Staff
from domain.kernel.clock import SHOP_ZONE
from domain.kernel.db import Database, ReadPool, WriteSession
from domain.kernel.hot_pool import HotPool, Sender
from domain.kernel.sealing import Vault
from domain.media.ports import ObjectStore
from domain.orders.picking_up.readying import Lasting
from domain.payments.exchanges import Till
from domain.payments.refunding import take_due_refunds
from domain.shipping_duty.exchanges import Teller
from sandbox.brand.history.gateway import Account, PastGateway, PastOrderCentre
from workers.earning import earn_points
from workers.keepers import KEEPERS
from workers.points import settle_points
from workers.relay import Relay
from workers.tools import PickUpDesk, SweepContext, Tools

Story = AsyncGenerator[datetime]
"""What happens to somebody: it says when it goes on, and does the next thing once it is then."""
Sweep = Callable[[SweepContext], Awaitable[None]]

_AT_A_STORE_FOR = timedelta(days=7)
_QUIET = timedelta(minutes=10)
"""When nothing happens for so long, the worker has caught up before."""
_NO_FILES = cast("ObjectStore", None)
"""Nothing of the past has pictures of its own."""


class SameReads(ReadPool):
    """Hot reads within the transaction of a session: what it has written is seen nowhere else."""

    def __init__(self, session: WriteSession) -> None:
        self._session = session

    @override
    async def rows(self, sql: str, arguments: Sequence[object]) -> list[asyncpg.Record]:
        """Run one statement and answer with its rows."""
        return list(await self._session.send(sql, arguments))


class SameTransactions(HotPool):
    """Hot writes within the same transaction."""

    def __init__(self, writing: Callable[[], AbstractAsyncContextManager[WriteSession]]) -> None:
        self._writing = writing
        self.heard_by = None

    @override
    @asynccontextmanager
    async def begin(self) -> AsyncGenerator[Sender]:
        """A part of it."""
        async with self._writing() as session:
            yield session

    @override
    @asynccontextmanager
    async def alone(self) -> AsyncGenerator[Sender]:
        """The same for one statement."""
        async with self._writing() as session:
            yield session


class PastMall:
    """The mall from the first of its days on; ``present`` is when its past ends."""

    def __init__(
        self,
        reads: SameReads,
        connection: AsyncConnection,
        vault: Vault,
        account: Account,
        *,
        present: datetime,
        random: Random,
    ) -> None:
        self.present = present
        self.at = present
        self.vault = vault
        self.random = random
        self.gateway = PastGateway(account, self.clock, random)
        self.order_centre = PastOrderCentre(self.gateway)
        writes = async_sessionmaker(
            connection,
            class_=WriteSession,
            expire_on_commit=False,
            join_transaction_mode="rollback_only",
        )
        self.reads = reads
        self.writing = writes.begin
        self.tools = Tools(
            Database(reads=reads, writes=writes, hot=SameTransactions(writes.begin), probe=reads),
            self.clock,
            _NO_FILES,
            random,
            self.gateway,
            pick_ups=PickUpDesk(vault, Lasting(_AT_A_STORE_FOR)),
        )
        self._teller = Teller(self.writing, self.order_centre, self.clock)

    @property
    def till(self) -> Till:
        """Where money is taken."""
        return self.tools.till

    def clock(self) -> datetime:
        """The moment that it is there."""
        return self.at

    def day(self, days_ago: int, time: str) -> datetime:
        """A time of a day before the present one, as the shop tells it: ``10:24``."""
        hour, minute = map(int, time.split(":"))
        day = self.present.astimezone(SHOP_ZONE) - timedelta(days=days_ago)
        return day.replace(hour=hour, minute=minute, second=self.random.randrange(60))

    def after(self, **duration: float) -> datetime:
        """So long after the moment that it is."""
        return self.at + timedelta(**duration)

    def ago(self, **duration: float) -> datetime:
        """So long before the present."""
        return self.present - timedelta(**duration)

    def by(self, staff: Staff) -> By:
        """Somebody of the staff who does something now."""
        return By(staff, self.at, self.random)

    async def live(self, stories: Iterable[Story]) -> None:
        """Let all stories happen, each thing at its time, and the worker do what follows of it."""
        order, due = count(), list[tuple[datetime, int, Story]]()
        for story in stories:
            heapq.heappush(due, (await anext(story), next(order), story))
        while due:
            self.at, _, story = heapq.heappop(due)
            again = await anext(story, None)
            if again is not None:
                heapq.heappush(due, (again, next(order), story))
            if due and due[0][0] > self.at + _QUIET:
                await self._follow()
        self.at = self.present
        await self._follow()

    async def sweep(self, sweep: Sweep) -> None:
        """Let a worker look for what is due now, as it does each second."""
        await sweep({"tools": self.tools})

    async def give_money_back(self) -> None:
        """Let a worker see to the refunds that are due, one after the other: on one connection."""
        while True:
            async with self.writing() as session:
                due = await take_due_refunds(session, at=self.at, most=1)
            if not due:
                return
            await self.till.refund(due[0])

    async def _follow(self) -> None:
        """Let a worker act on facts of the outbox, keep points up, and tell WeChat of parcels."""
        await Relay(self.tools, KEEPERS).go_on()
        await self.sweep(earn_points)
        await self.sweep(settle_points)
        taken = 1
        while taken:
            taken, turns = await self._teller.take(1)
            for turn in turns:
                await self._teller.do(turn)
