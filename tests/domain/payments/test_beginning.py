"""Beginning to pay while somebody else does so, and going on with what was begun just now."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from domain.kernel.db import Database
from domain.orders.placing.values import Placed
from domain.payments.attempts import Attempt, FreshAttempts
from domain.payments.beginning import Begun, Counter, PaymentWish, begin
from domain.payments.ending import attempt_by_id, note_closed
from domain.payments.exchanges import Till
from domain.payments.ports import GatewayState
from domain.payments.words import AttemptStatus, PaymentProvider
from tests.api.client import statements_run
from tests.domain.orders.buying import a_shop
from tests.domain.payments.purchases import an_order
from tests.domain.payments.tills import (
    RANDOM,
    MemoryGateway,
    a_till,
    attempts,
    begun,
    prepaid,
)
from tests.make import NOON, an_id
from tests.patience import until_somebody_waits_for_a_lock


async def begun_fresh(
    database: Database, member: UUID, order: Placed, gateway: MemoryGateway
) -> tuple[Begun, Till]:
    """A payment that was begun, and a till in the same process."""
    counter = Counter(gateway, "山茶")
    async with database.hot.begin() as session:
        wishes = [PaymentWish(order.order_id, member)]
        (outcome,) = await begin(session, wishes, NOON, counter=counter, random=RANDOM)
    assert isinstance(outcome, Begun)
    till = a_till(database, gateway)
    return outcome, Till(
        till.writing,
        till.taking,
        till.noting,
        till.reads,
        till.gateway,
        till.clock,
        till.random,
        fresh=counter.fresh,
    )


def an_attempt() -> Attempt:
    """An attempt of no order."""
    return Attempt(
        an_id(),
        an_id(),
        "1-1",
        PaymentProvider.WECHAT_PAY,
        "merchant",
        1,
        b"",
        AttemptStatus.CREATED,
        NOON,
        NOON + timedelta(minutes=30),
        None,
        None,
    )


async def test_who_has_waited_for_the_order_pays_by_what_was_begun_meanwhile(database: Database):
    gateway, shop = MemoryGateway(), await a_shop(database)
    member, order = await an_order(database, shop)
    wishes, counter = [PaymentWish(order.order_id, member)], Counter(gateway, "山茶")
    async with database.writes.begin() as session:
        (first,) = await begin(session, wishes, NOON, counter=counter, random=RANDOM)
        waiting = asyncio.create_task(begun(database, member, order, gateway))
        await until_somebody_waits_for_a_lock(database)
    assert await waiting == first
    assert len(await attempts(database)) == 1


async def test_who_has_waited_for_the_order_begins_after_what_was_ended_meanwhile(
    database: Database,
):
    gateway, shop = MemoryGateway(), await a_shop(database)
    member, order = await an_order(database, shop)
    await prepaid(database, member, order, gateway)
    (ended,) = await attempts(database)
    async with database.writes() as session:
        attempt = await attempt_by_id(session, ended.id)
    async with database.writes.begin() as session:
        await note_closed(session, attempt)
        waiting = asyncio.create_task(begun(database, member, order, gateway))
        await until_somebody_waits_for_a_lock(database)
    outcome = await waiting
    assert isinstance(outcome, Begun)
    first, second = await attempts(database)
    assert (first.id, first.status) == (ended.id, AttemptStatus.CLOSED)
    assert (second.id, second.ordinal) == (outcome.attempt_id, 2)


async def test_what_was_begun_here_just_now_is_not_read_again(database: Database):
    gateway, shop = MemoryGateway(), await a_shop(database)
    member, order = await an_order(database, shop)
    outcome, till = await begun_fresh(database, member, order, gateway)
    assert outcome.attempt_id is not None
    before = statements_run()
    prepay_id = await till.payable(outcome.attempt_id)
    assert statements_run() == before
    (attempt,) = await attempts(database)
    assert (attempt.status, attempt.prepay_id) == (AttemptStatus.PREPAID, prepay_id)
    assert gateway.sent == [attempt.request]
    # Asked again it is read, and what is noted of it is handed out.
    assert await till.payable(outcome.attempt_id) == prepay_id
    assert statements_run() == before + 1
    assert gateway.calls == ["prepay"]


async def test_what_lies_ready_of_an_attempt_is_what_stands_in_its_row(database: Database):
    gateway, shop = MemoryGateway(), await a_shop(database)
    member, order = await an_order(database, shop)
    outcome, till = await begun_fresh(database, member, order, gateway)
    assert outcome.attempt_id is not None
    async with database.writes() as session:
        assert till.fresh.take(outcome.attempt_id, NOON) == await attempt_by_id(
            session, outcome.attempt_id
        )


async def test_what_was_ended_before_it_was_taken_to_the_gateway_is_paid_by_nobody(
    database: Database,
):
    gateway, shop = MemoryGateway(), await a_shop(database)
    member, order = await an_order(database, shop)
    outcome, till = await begun_fresh(database, member, order, gateway)
    assert outcome.attempt_id is not None
    # Another process has taken it there, and an order of the member's was cancelled since.
    other = a_till(database, gateway)
    await other.payable(outcome.attempt_id)
    await other.release(order.order_id)
    assert await till.payable(outcome.attempt_id) is None
    (attempt,) = await attempts(database)
    assert attempt.status is AttemptStatus.CLOSED
    assert gateway.payments[attempt.number].state is GatewayState.CLOSED


def test_an_attempt_is_handed_out_once_and_the_oldest_give_way():
    fresh, made = FreshAttempts(), [an_attempt() for _ in range(300)]
    for each in made:
        fresh.keep(each)
    found = [fresh.take(each.id, NOON) for each in made]
    assert found == [None] * 44 + made[44:]
    assert [fresh.take(each.id, NOON) for each in made] == [None] * 300


def test_an_attempt_that_nobody_came_for_is_forgotten():
    fresh, left, newer = FreshAttempts(), an_attempt(), an_attempt()
    fresh.keep(left)
    assert fresh.take(left.id, left.created_at + timedelta(seconds=31)) is None
    fresh.keep(left)
    fresh.keep(replace(newer, created_at=left.created_at + timedelta(seconds=31)))
    assert fresh.take(left.id, left.created_at) is None
