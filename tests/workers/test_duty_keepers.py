"""Facts that reach shipping duties by the relay, in whatever order, and from whatever release."""

from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import delete, select, update

from domain.kernel.db import Database
from domain.kernel.outbox import OutboxRow
from domain.orders.events import OrderPaid, OrderRefunded
from domain.orders.refunding.rules import UnitsBack
from domain.orders.words import OrderStatus
from domain.payments.events import PaymentRefunded
from domain.shipping_duty.beginning import MISSED_WITHIN
from domain.shipping_duty.models import ShippingDuty
from domain.shipping_duty.words import DutyStatus, PlatformState
from tests import make
from tests.domain.orders.buying import a_shop
from tests.domain.payments.returns import Sold, sent, sold
from tests.domain.shipping_duty.duties import MemoryWeChat, a_teller, broken, duty_of, worked
from workers.relay import relay_outbox
from workers.shipping_duty import begin_missed_duties
from workers.tools import SweepContext, Tools

ALL_SENT, ONE_UNSENT = UnitsBack(1, 2, sent_units=2), UnitsBack(1, 1)
ONE_OF_TWO = [(1, 1)]


def worker(of: Sold) -> SweepContext:
    """What a worker's sweeps are handed."""
    store = make.media_folder(Path("/nowhere"))
    return {"tools": Tools(of.database, of.clock, store, Random(8), of.gateway)}


async def relayed(of: Sold) -> None:
    """Let a worker act on what is due, and see that it could."""
    await relay_outbox(worker(of))
    async with of.database.writes() as session:
        dead = select(OutboxRow.type, OutboxRow.failure).where(OutboxRow.failed_at.is_not(None))
        assert (await session.execute(dead)).all() == []


async def kept_without_duties(of: Sold) -> None:
    """Act on what is due as a worker does that knows of no duties."""
    await relayed(of)
    async with of.database.writes.begin() as session:
        await session.execute(delete(ShippingDuty))


async def held_back(of: Sold, *types: str) -> None:
    """Let facts of these types wait for an hour."""
    async with of.database.writes.begin() as session:
        later = of.clock.now + timedelta(hours=1)
        await session.execute(
            update(OutboxRow)
            .where(OutboxRow.type.in_(types), OutboxRow.done_at.is_(None))
            .values(due_at=later)
        )


async def told(database: Database, *, is_free: bool = True) -> tuple[Sold, MemoryWeChat]:
    """An order of two units, sent whole and told; its money is free."""
    of, wechat = await sold(database, await a_shop(database), 2), MemoryWeChat()
    await sent(database, of.order_id)
    await relayed(of)
    teller = a_teller(database, wechat, of.clock)
    await worked(teller)
    if is_free:
        wechat.state = PlatformState.CONFIRMED
        of.clock.now += timedelta(days=1, minutes=1)
        await worked(teller)
        assert (await duty_of(database, of.order_id)).freed_at is not None
    return of, wechat


@pytest.mark.parametrize("late", [None, OrderRefunded.TYPE, PaymentRefunded.TYPE])
async def test_a_duty_whose_money_was_free_is_over_once_all_of_it_went_back(
    database: Database, late: str | None
):
    of, wechat = await told(database)
    await of.back(ALL_SENT)
    await of.run()
    assert (await of.order()).status is OrderStatus.CLOSED
    if late is not None:
        await held_back(of, late)
    await relayed(of)
    if late == PaymentRefunded.TYPE:
        assert (await duty_of(database, of.order_id)).status is DutyStatus.ACCEPTED
    of.clock.now += timedelta(hours=1)
    await relayed(of)
    duty = await duty_of(database, of.order_id)
    assert (duty.status, duty.returned_fen, duty.try_at) == (DutyStatus.EXEMPT, 31_600, None)
    await worked(a_teller(database, wechat, of.clock))
    assert wechat.calls == ["upload", "ask"]
    assert await broken(database) == set()


async def test_nothing_is_told_of_an_order_that_was_closed_meanwhile(database: Database):
    of, wechat = await told(database, is_free=False)
    async with database.writes.begin() as session:
        await session.execute(
            update(ShippingDuty).values(status=DutyStatus.DUE, try_at=of.clock.now)
        )
    await of.back(ALL_SENT)
    await of.run()
    await worked(a_teller(database, wechat, of.clock))
    assert (await duty_of(database, of.order_id)).status is DutyStatus.ACCEPTED
    assert wechat.calls == ["upload"]
    await relayed(of)
    assert (await duty_of(database, of.order_id)).status is DutyStatus.EXEMPT


@pytest.mark.parametrize("is_heard", [True, False])
async def test_what_was_told_in_parts_stays_so_where_the_rest_is_refunded(
    database: Database, *, is_heard: bool
):
    of, wechat = await sold(database, await a_shop(database), 2), MemoryWeChat()
    await sent(database, of.order_id, ONE_OF_TWO)
    await relayed(of)
    teller = a_teller(database, wechat, of.clock)
    _, (turn,) = await teller.take(10)
    assert turn.parcels is not None
    if is_heard:
        await teller.do(turn)
    else:
        await wechat.upload(turn.parcels)
    await of.back(ONE_UNSENT)
    await of.run()
    assert (await of.order()).status is OrderStatus.SHIPPED
    await relayed(of)
    of.clock.now += timedelta(minutes=5)
    await worked(teller)
    assert [(each.content.is_split, each.content.is_whole) for each in wechat.told] == [
        (True, False),
        (True, True),
    ]
    duty = await duty_of(database, of.order_id)
    assert (duty.status, duty.corrections) == (DutyStatus.ACCEPTED, 0)
    assert duty.told == wechat.told[-1].content
    assert await broken(database) == set()


async def test_a_fact_of_what_was_sent_begins_a_duty_that_an_older_worker_did_not(
    database: Database,
):
    of, wechat = await sold(database, await a_shop(database), 2), MemoryWeChat()
    await kept_without_duties(of)
    await sent(database, of.order_id)
    await relayed(of)
    await worked(a_teller(database, wechat, of.clock))
    assert (await duty_of(database, of.order_id)).status is DutyStatus.ACCEPTED
    assert len(wechat.told) == 1


@pytest.mark.parametrize("first", [OrderRefunded.TYPE, PaymentRefunded.TYPE])
async def test_a_duty_that_begins_after_its_money_went_back_is_over(database: Database, first: str):
    of = await sold(database, await a_shop(database), 2)
    # What tells that it was paid waits for long, as a fact does that is tried again.
    await held_back(of, OrderPaid.TYPE)
    await of.back(UnitsBack(1, 2))
    await of.run()
    others = {OrderRefunded.TYPE, PaymentRefunded.TYPE} - {first}
    await held_back(of, *others)
    await relayed(of)
    duty = await duty_of(database, of.order_id)
    assert (duty.status, duty.returned_fen, duty.try_at) == (DutyStatus.EXEMPT, 31_600, None)
    of.clock.now += timedelta(hours=1)
    await relayed(of)
    assert (await duty_of(database, of.order_id)).status is DutyStatus.EXEMPT
    assert await broken(database) == set()


async def test_what_an_older_worker_has_kept_all_facts_of_is_begun_by_a_sweep(database: Database):
    of = await sold(database, await a_shop(database), 2)
    await sent(database, of.order_id)
    await kept_without_duties(of)
    assert await broken(database) == {"shipping_duty.each_payment_of_an_order_is_a_duty"}
    await begin_missed_duties(worker(of))
    duty = await duty_of(database, of.order_id)
    assert (duty.status, duty.try_at) == (DutyStatus.DUE, of.clock.now)
    await begin_missed_duties(worker(of))
    assert await broken(database) == set()


async def test_what_was_paid_long_ago_is_not_looked_for_each_hour(database: Database):
    of = await sold(database, await a_shop(database), 2)
    await kept_without_duties(of)
    of.clock.now += MISSED_WITHIN + timedelta(minutes=1)
    await begin_missed_duties(worker(of))
    async with database.writes() as session:
        assert (await session.execute(select(ShippingDuty))).all() == []
