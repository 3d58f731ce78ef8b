"""Races against two processes of the API."""

import asyncio
from collections import Counter
from random import Random

import asyncpg
from sqlalchemy import select

from domain.kernel.db import Database
from domain.orders.models import OrderLine
from tests import make_orders
from tests.domain.orders.buying import a_shop
from tests.faults.buyers import Buyer, buyers
from tests.faults.end_state import end_state
from tests.faults.rig import Process

BUYERS, SCARCE, SHARED = 64, 40, 5


async def deadlocks(owner: "asyncpg.Connection[asyncpg.Record]") -> int:
    """How many deadlocks PostgreSQL has ever broken in this database."""
    counted = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    return await owner.fetchval(counted)


async def test_sixty_four_buyers_of_forty_units_get_forty(
    both: list[Process],
    database: Database,
    owner: "asyncpg.Connection[asyncpg.Record]",
    *,
    is_soak: bool,
):
    apis = [each.api for each in both]
    before, random = await deadlocks(owner), Random(64)
    for _ in range(5 if is_soak else 1):
        shop = await a_shop(database, units=500, prices_fen=(15_800,) * SHARED)
        async with database.writes.begin() as session:
            (scarce,) = await make_orders.goods(session, units=SCARCE, place_id=shop.place_id)
        carts = [
            random.sample([scarce, *random.sample(shop.variants, 3)], 4) for _ in range(BUYERS)
        ]
        made = await buyers(both[0], database, [[(each, 1) for each in cart] for cart in carts])
        tokens = await asyncio.gather(
            *(each.quote(apis[n % 2 :] + apis[: n % 2]) for n, each in enumerate(made))
        )

        async def buy(number: int, buyer: Buyer, token: str) -> str:
            turn = apis[number % 2 :] + apis[: number % 2]
            return (await buyer.placing(token).answered(turn))["__typename"]

        outcomes = await asyncio.gather(
            *(buy(number, *each) for number, each in enumerate(zip(made, tokens, strict=True)))
        )

        assert Counter(outcomes) == {"OrderPlaced": SCARCE, "OutOfStock": BUYERS - SCARCE}
        state = await end_state(database)
        assert state.held[scarce] == SCARCE
        async with database.writes() as session:
            sold = select(OrderLine.order_id).where(OrderLine.variant_id == scarce)
            assert len(set(await session.scalars(sold))) == SCARCE
    assert await deadlocks(owner) == before
    assert not any("deadlock" in each.mall.said for each in both)


async def test_one_request_thirty_two_times_at_two_processes_is_one_order(
    both: list[Process], database: Database
):
    apis = [each.api for each in both]
    shop = await a_shop(database)
    (buyer,) = await buyers(both[0], database, [[(shop.variants[0], 2)]])
    request = buyer.placing(await buyer.quote(apis))

    answers = await asyncio.gather(*(request.answered([apis[number % 2]]) for number in range(32)))

    assert answers[0]["__typename"] == "OrderPlaced"
    assert all(answer == answers[0] for answer in answers)
    state = await end_state(database)
    assert (len(state.orders), state.held) == (1, {shop.variants[0]: 2})
