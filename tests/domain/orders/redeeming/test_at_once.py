"""Redeeming, closing, paying and refunding at once: nobody waits in a circle, nothing is lost."""

import asyncio
from random import Random
from typing import Any

from domain.kernel.db import Database
from domain.orders.closing import Closing
from domain.orders.placing.values import Placed
from domain.orders.refunding.rules import UnitsBack
from domain.orders.words import CloseReason
from tests.domain.orders.buying import buy, closed
from tests.domain.orders.redeeming.malls import Mall, a_mall, a_saver, all_is_accounted_for
from tests.domain.orders.redeeming.test_standing import paid


async def a_round(mall: Mall, seed: int) -> None:
    """A member redeems, and then pays and has a unit back, or closes the order."""
    random = Random(seed)
    member = await a_saver(mall.database, 300 * random.randint(1, 3))
    placed = await mall.redeemed(member, random.randint(1, 2))
    if isinstance(placed, Placed):
        closing = Closing(placed.order_id, CloseReason.CANCELLED_BY_MEMBER, "test", member)
        await closed(mall.database, [closing])
    if random.random() < 0.5:
        await buy(mall.database, member, mall.shop.variants[0])


async def a_refund(mall: Mall) -> None:
    """A member redeems, pays, and has a unit back."""
    sold = await paid(mall, await a_saver(mall.database, 600), 2)
    await sold.back(UnitsBack(1, 1))
    await sold.run()


async def test_all_ways_through_one_offer_at_once(database: Database):
    mall = await a_mall(database, allocated=30, units=200)
    rounds: list[Any] = [a_round(mall, seed) for seed in range(12)]
    await asyncio.gather(*rounds, *(a_refund(mall) for _ in range(4)))
    taken, by_members, _ = await mall.taken()
    # Who closed has nothing, and of each that was refunded one of two units stands.
    assert taken == sum(by_members.values()) == 4
    assert set(by_members.values()) == {1}
    await all_is_accounted_for(database)
