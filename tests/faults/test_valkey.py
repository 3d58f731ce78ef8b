"""Valkey, emptied and gone: the mall goes on, and what is due is done."""

from collections.abc import AsyncGenerator

import pytest
from redis.asyncio import Redis

from domain.kernel.db import Database
from tests.domain.orders.buying import a_shop
from tests.faults.buyers import buyers
from tests.faults.deadlines import are_done, let_deadlines_pass
from tests.faults.end_state import end_state
from tests.faults.rig import Process, Rig, until

SECONDS = 30.0
"""How long an order may lie past its deadline; a second where nothing is wrong."""


@pytest.fixture(scope="module")
async def worker(rig: Rig) -> AsyncGenerator[Process]:
    """A worker that lives through all of it."""
    async with rig.worker() as worker:
        yield worker


@pytest.mark.usefixtures("worker")
async def test_an_order_that_nobody_paid_is_closed_after_its_deadline(
    both: list[Process], database: Database
):
    shop = await a_shop(database)
    (buyer,) = await buyers(both[0], database, [[(shop.variants[0], 2)]])
    apis = [each.api for each in both]
    order_id = await buyer.order(apis)
    assert (await end_state(database)).held == {shop.variants[0]: 2}

    await let_deadlines_pass(database)
    await until(lambda: are_done(database))

    assert (await end_state(database)).held == {shop.variants[0]: 0}
    late = await buyer.cancelling(order_id).answered(apis)
    assert (late["__typename"], late["orderId"]) == ("OrderNotOpen", order_id)


@pytest.mark.usefixtures("worker")
async def test_emptying_valkey_loses_nothing(both: list[Process], database: Database, redis: Redis):
    shop = await a_shop(database)
    made = await buyers(both[0], database, [[(shop.variants[0], 1)] for _ in range(8)])
    apis = [each.api for each in both]
    for number, buyer in enumerate(made):
        await redis.flushdb()
        await buyer.order(apis[number % 2 :])
        await redis.flushdb()
    await let_deadlines_pass(database)
    await redis.flushdb()
    await until(lambda: are_done(database), SECONDS)
    assert (await end_state(database)).held == {shop.variants[0]: 0}


async def test_without_valkey_orders_are_placed_and_with_it_again_they_are_swept(
    rig: Rig, both: list[Process], worker: Process, database: Database
):
    shop = await a_shop(database)
    carts = [[(shop.variants[0], 1)], [(shop.variants[0], 1)]]
    made = await buyers(both[0], database, carts)
    rig.valkey.is_away = True
    try:
        await rig.valkey.cut()
        for buyer, process in zip(made, both, strict=True):
            await buyer.order([process.api])
        await let_deadlines_pass(database)
    finally:
        rig.valkey.is_away = False
    await until(lambda: are_done(database), SECONDS)
    assert worker.mall.popen.poll() is None
    assert (await end_state(database)).held == {shop.variants[0]: 0}
