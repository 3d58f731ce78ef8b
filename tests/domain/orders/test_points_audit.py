"""The audit of orders and their points: silent where all is right, and each finds its own fault."""

from random import Random

import asyncpg
import pytest

from domain.kernel.audit import violations
from domain.kernel.db import Database
from domain.orders.closing import Closing
from domain.orders.paying import PayOutcome, lock_order, pay
from domain.orders.placing.values import Placed
from domain.orders.points_audit import INVARIANTS
from domain.orders.words import CloseReason
from tests.domain.orders.buying import a_shop, closed
from tests.domain.orders.test_spending import a_payer, bought
from tests.make import NOON

PRICES = (15_800, 3_300)
FAULTS = {
    "orders.points_are_held_and_spent": "UPDATE points_holds SET released = 0, ended_at = NULL "
    "WHERE released > 0",
    "orders.points_are_of_lines": "UPDATE order_lines SET points_used = points_used + 1 "
    "WHERE number = 1",
    "orders.points_are_given_back": "UPDATE points_holds SET returned = 1 WHERE captured > 0",
    "orders.holds_are_of_orders": "UPDATE points_holds SET source_id = gen_random_uuid() "
    "WHERE released > 0",
}


async def found(database: Database) -> set[str]:
    """The invariants that something breaks."""
    async with database.writes() as session:
        return {
            each.name for each in INVARIANTS if [row async for row in violations(session, each)]
        }


async def some_orders(database: Database) -> None:
    """One that waits for its payment, one that was paid, and one that is closed."""
    shop = await a_shop(database, prices_fen=PRICES)
    orders: list[Placed] = []
    for points in (300, 500, 700):
        order = await bought(database, await a_payer(database, 1_000), shop, points)
        assert isinstance(order, Placed)
        orders.append(order)
    async with database.writes.begin() as session:
        locked = await lock_order(session, orders[1].order_id)
        assert locked is not None
        outcome = await pay(session, locked, None, actor="test", at=NOON, random=Random(3))
    assert outcome is PayOutcome.PAID
    await closed(database, [Closing(orders[2].order_id, CloseReason.CANCELLED_BY_MEMBER, "test")])


async def test_nothing_is_found_where_all_is_right(database: Database):
    assert await found(database) == set()
    await some_orders(database)
    assert await found(database) == set()


def test_there_is_a_fault_for_each_invariant():
    assert FAULTS.keys() == {invariant.name for invariant in INVARIANTS}


@pytest.mark.parametrize("name", FAULTS)
async def test_a_fault_is_found(
    database: Database, owner: "asyncpg.Connection[asyncpg.Record]", name: str
):
    await some_orders(database)
    await owner.execute(FAULTS[name])
    assert name in await found(database)
