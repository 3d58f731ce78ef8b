"""The audit of refunds: silent on a mall that is right, and each invariant finds its own fault."""

import asyncpg
import pytest

from cli.audit import INVARIANTS as ALL
from domain.kernel.audit import violations
from domain.kernel.db import Database
from domain.orders.refunding.audit import INVARIANTS
from domain.orders.refunding.restocking import restock
from domain.orders.refunding.rules import AmountBack, UnitsBack
from tests.domain.orders.buying import a_shop
from tests.domain.payments.purchases import LATER
from tests.domain.payments.returns import sent, sold

FAULTS = {
    "refunding.orders_count_their_refunds": "UPDATE orders SET refunded_fen = refunded_fen - 1 "
    "WHERE refunded_fen > 0 AND status = 'partly_shipped'",
    "refunding.refunds_are_their_lines": "UPDATE order_refund_lines SET goods_fen = goods_fen - 1 "
    "WHERE units = 0",
    "refunding.no_more_of_a_line_goes_back_than_it_had": "UPDATE order_refund_lines "
    "SET units = 3 WHERE units = 1",
    "refunding.orders_are_closed_once_all_is_back": "UPDATE orders SET status = 'paid', "
    "closed_at = NULL, close_reason = NULL WHERE close_reason = 'refunded'",
    "refunding.units_that_were_not_sent_are_given_back": "UPDATE stock_entries SET "
    "source = replace(source, ':refund:', ':refund:9') WHERE source LIKE '%:refund:%'",
    "refunding.no_more_is_restocked_than_was_sent": "DELETE FROM shipment_lines",
}


async def broken(database: Database) -> dict[str, int]:
    """The invariants of refunds that some rows break, with how many."""
    async with database.writes() as session:
        found = {
            each.name: len([row async for row in violations(session, each)]) for each in INVARIANTS
        }
    return {name: rows for name, rows in found.items() if rows}


async def some_refunds(database: Database) -> None:
    """An order refunded in whole, and one of which something was sent, and came back."""
    shop = await a_shop(database)
    whole, part = await sold(database, shop, 2), await sold(database, shop, 4)
    await whole.back(UnitsBack(1, 2))
    await whole.run()
    await sent(database, part.order_id, [(1, 2)])
    await part.back(UnitsBack(1, 1))
    await part.run()
    await part.back(AmountBack(1, 100))
    await part.run()
    async with database.writes.begin() as session:
        await restock(session, part.order_id, {1: 1}, source="1", actor="staff:test", at=LATER)


async def test_a_mall_that_is_right_has_nothing_to_find(database: Database):
    assert await broken(database) == {}
    await some_refunds(database)
    assert await broken(database) == {}


def test_there_is_a_fault_for_each_invariant_and_the_command_looks_at_each():
    names = {each.name for each in INVARIANTS}
    assert FAULTS.keys() == names
    assert names <= {each.name for each in ALL}


@pytest.mark.parametrize("name", FAULTS)
async def test_a_fault_is_found(
    database: Database, owner: "asyncpg.Connection[asyncpg.Record]", name: str
):
    """Made by a superuser whom no trigger stops: what an audit is for."""
    await some_refunds(database)
    await owner.execute(FAULTS[name])
    assert (await broken(database))[name] >= 1
