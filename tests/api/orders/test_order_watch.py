"""Watching orders repeats nothing and misses nothing, and costs one statement for all who watch."""

import asyncio
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from api.orders.order_watch import Happening, OrderWatch
from api.sockets.mailbox import Mailbox
from api.sockets.watching import WatchBegan
from domain.kernel.db import Database
from domain.kernel.ids import public_id
from domain.orders.views.moves import OrderMove
from domain.orders.views.structs import ORDER
from domain.orders.words import CloseReason, OrderStatus
from tests.api.client import statements_run
from tests.api.oauth.desk import mini_program, sign_in
from tests.api.orders.whole_orders import Goods, closed, goods, whole_order
from tests.make import NOON

PLACED = (OrderStatus.PENDING_PAYMENT, None)
CANCELLED = (OrderStatus.CLOSED, CloseReason.CANCELLED_BY_MEMBER)
Told = tuple[str, tuple[OrderStatus, CloseReason | None]]


class Clock:
    """A clock that tests set."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    """Noon, at first."""
    return Clock()


@pytest.fixture
async def of(database: Database) -> Goods:
    """What is ordered."""
    await mini_program(database)
    async with database.writes.begin() as session:
        return await goods(session)


@pytest.fixture
def watch(database: Database, clock: Clock) -> OrderWatch:
    """What watches, looking only when it is told to."""
    return OrderWatch(database.reads, clock)


async def a_member(database: Database) -> UUID:
    return (await sign_in(database, "mini")).member_id


async def placed(database: Database, member_id: UUID, of: Goods, at: datetime) -> UUID:
    async with database.writes.begin() as session:
        return await whole_order(session, member_id, of, at=at)


async def taken(mailbox: Mailbox[Happening]) -> list[Happening]:
    """All that waits in a mailbox."""
    found: list[Happening] = []
    while True:
        try:
            async with asyncio.timeout(0.005):
                found.append(await mailbox.take())
        except TimeoutError:
            return found


def told(found: list[Happening]) -> list[Told]:
    moves = [each for each in found if isinstance(each, OrderMove)]
    assert len(moves) == len(found)
    return [(each.order_id, (each.status, each.close_reason)) for each in moves]


async def test_each_move_is_told_once_in_order_and_nothing_of_before(
    database: Database, clock: Clock, of: Goods, watch: OrderWatch
):
    me = await a_member(database)
    before = await placed(database, me, of, clock.now)
    async with watch.watched(me) as mailbox:
        await watch.look()
        assert await taken(mailbox) == [WatchBegan(NOON)]
        clock.now += timedelta(seconds=1)
        # Placed and cancelled at one moment.
        after = await placed(database, me, of, clock.now)
        for each in (after, before):
            await closed(database, each, CloseReason.CANCELLED_BY_MEMBER, clock.now)
        for _ in range(200):
            await watch.look()
            clock.now += timedelta(seconds=1)
        moves = told(await taken(mailbox))
        name, old = public_id(ORDER, after), public_id(ORDER, before)
        assert [each for each in moves if each[0] == name] == [(name, PLACED), (name, CANCELLED)]
        assert [each for each in moves if each[0] == old] == [(old, CANCELLED)]
        assert len(moves) == 3


async def test_a_move_that_commits_late_is_told_all_the_same(
    database: Database, clock: Clock, of: Goods, watch: OrderWatch
):
    me = await a_member(database)
    began = clock.now
    async with watch.watched(me) as mailbox:
        await watch.look()
        await taken(mailbox)
        for _ in range(60):
            clock.now += timedelta(seconds=1)
            await watch.look()
        # The clock of the process that wrote it is a minute behind.
        late = await placed(database, me, of, began)
        await watch.look()
        assert told(await taken(mailbox)) == [(public_id(ORDER, late), PLACED)]


async def test_nobody_is_told_of_anybody_elses_orders(
    database: Database, clock: Clock, of: Goods, watch: OrderWatch
):
    me, other = await a_member(database), await a_member(database)
    async with watch.watched(me) as mine, watch.watched(other) as others:
        await watch.look()
        for mailbox in (mine, others):
            await taken(mailbox)
        made = await placed(database, other, of, clock.now)
        await watch.look()
        assert told(await taken(others)) == [(public_id(ORDER, made), PLACED)]
        assert await taken(mine) == []


async def test_a_thousand_watchers_cost_one_statement_and_none_cost_none(watch: OrderWatch):
    before = statements_run()
    await watch.look()
    assert statements_run() == before
    async with AsyncExitStack() as stack:
        for number in range(1_000):
            await stack.enter_async_context(watch.watched(UUID(int=number)))
        await watch.look()
        assert statements_run() == before + 1
    await watch.look()
    assert statements_run() == before + 1
