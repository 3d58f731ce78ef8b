"""The sweep over orders that earn: woken by facts, in chunks, and held up by no broken one."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import func, select

from domain.kernel.db import Database
from domain.kernel.outbox import Fact, promise_all
from domain.orders.earning.due import mark
from domain.orders.earning.models import EarningDue
from domain.orders.events import OrderPaid, OrderReceived
from domain.points.earning import keeping
from domain.points.earning.programme import Edition, Programme
from domain.points.earning.rules import Circumstances, Earning, EarningLine, Totals
from tests import make
from tests.domain.orders.earning.earners import Shop, a_shop
from tests.domain.points.earning.desk import published
from tests.make import NOON
from workers import earning
from workers.earning import earn_points
from workers.relay import relay_outbox
from workers.tools import Tools

STORE = make.media_folder(Path("/nowhere"))


def tools(database: Database, *, later: timedelta = timedelta()) -> Tools:
    return Tools(database, lambda: NOON + later, STORE, Random(5))


@pytest.fixture
async def shop(database: Database) -> Shop:
    await published(database, Programme(base_rate_bp=10_000), at=NOON - timedelta(days=1))
    return await a_shop(database)


async def due(database: Database) -> int:
    async with database.writes() as session:
        return await session.scalar(select(func.count()).select_from(EarningDue)) or 0


async def test_what_is_told_of_an_order_brings_its_points_up(database: Database, shop: Shop):
    order_id = await shop.sold(shipped_at=NOON)
    told = [
        OrderPaid(shop.member_id, "1", 10_000, is_late=False),
        OrderReceived(shop.member_id, is_automatic=False),
    ]
    for sequence, event in enumerate(told, start=2):
        async with database.writes.begin() as session:
            fact = Fact(order_id, sequence, event)
            await promise_all(session, [fact], at=NOON, random=Random(sequence))
        if isinstance(event, OrderReceived):
            await shop.received(order_id, NOON)
        for _ in range(2):
            await relay_outbox({"tools": tools(database)})
            await earn_points({"tools": tools(database)})
        assert await due(database) == 0
        (lot,) = await shop.lots()
        is_received = isinstance(event, OrderReceived)
        assert lot.settles_at == (NOON + timedelta(days=7) if is_received else None)
    assert await shop.account() == (100, 0, 0)


async def test_all_that_is_due_is_brought_up_chunk_by_chunk(
    database: Database, shop: Shop, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(earning, "_AT_ONCE", 2)
    ids = [await shop.sold() for _ in range(5)]
    async with database.writes.begin() as session:
        await mark(session, ids, due_at=NOON)
        await mark(session, [await shop.sold()], due_at=NOON + timedelta(seconds=1))
    await earn_points({"tools": tools(database)})
    assert (await due(database), await shop.account()) == (1, (500, 0, 0))


async def test_an_order_that_a_bug_breaks_is_put_off_and_holds_up_none(
    database: Database, shop: Shop, monkeypatch: pytest.MonkeyPatch
):
    ids = [await shop.sold() for _ in range(3)]
    plan_of = keeping.plan_of

    def broken(
        lines: Sequence[EarningLine],
        edition: Edition,
        circumstances: Circumstances,
        *,
        totals: Totals,
    ) -> Earning:
        if lines[0].base_fen == 5_000:
            raise RuntimeError
        return plan_of(lines, edition, circumstances, totals=totals)

    broken_id = await shop.sold(1)
    async with database.writes.begin() as session:
        await mark(session, [*ids, broken_id], due_at=NOON)
    monkeypatch.setattr(keeping, "plan_of", broken)
    await earn_points({"tools": tools(database)})
    assert (await due(database), await shop.account()) == (1, (300, 0, 0))
    monkeypatch.undo()
    await earn_points({"tools": tools(database)})
    assert await due(database) == 1
    await earn_points({"tools": tools(database, later=timedelta(minutes=10))})
    assert (await due(database), await shop.account()) == (0, (350, 0, 0))


async def test_how_far_behind_it_is_can_be_seen(
    database: Database, shop: Shop, monkeypatch: pytest.MonkeyPatch
):
    def seconds() -> float | None:
        return REGISTRY.get_sample_value("mall_points_oldest_unearned_seconds")

    monkeypatch.setattr(earning, "_LONGEST_SECONDS", 0.0)
    async with database.writes.begin() as session:
        await mark(session, [await shop.sold()], due_at=NOON)
        await mark(session, [await shop.sold()], due_at=NOON + timedelta(hours=1))
    await earn_points({"tools": tools(database, later=timedelta(minutes=3))})
    assert seconds() == 180
    monkeypatch.undo()
    await earn_points({"tools": tools(database, later=timedelta(minutes=3))})
    assert (seconds(), await due(database)) == (0, 1)
