"""The audit of orders: silent on a mall that is right, and each invariant finds its own fault."""

from uuid import UUID

import asyncpg
import pytest

from domain.kernel.audit import violations
from domain.kernel.db import Database
from domain.orders.audit import INVARIANTS
from domain.orders.cart.models import EngravedText
from domain.orders.closing import Closing
from domain.orders.words import CloseReason
from tests import make_orders
from tests.domain.orders import buying

SAMPLE = "order_id = (SELECT max(id::text)::uuid FROM orders WHERE status = 'pending_payment')"
FAULTS = {
    "orders.totals_are_those_of_the_lines": "UPDATE order_lines SET units = units + 1, "
    f"list_fen = list_fen + unit_fen, payable_fen = payable_fen + unit_fen WHERE {SAMPLE}",
    "orders.lines_are_reduced_by_allocations": "UPDATE order_lines SET payable_fen = 0 "
    f"WHERE {SAMPLE}",
    "orders.freight_is_reduced_by_allocations": "UPDATE orders SET freight_list_fen = 100, "
    f"freight_discount_fen = 100 WHERE {SAMPLE.replace('order_id', 'id', 1)}",
    "orders.allocations_have_their_line": "INSERT INTO discount_allocations (order_id, "
    "line_number, position, source, discount_class, title_zh, title_en, funder, fen) "
    "SELECT id, 9, 1, 'x', 'line', 'x', 'x', 'brand', 1 FROM orders "
    f"WHERE {SAMPLE.replace('order_id', 'id', 1)}",
    "orders.payments_add_up": "UPDATE order_payments SET amount_fen = amount_fen - 1 "
    f"WHERE {SAMPLE}",
    "orders.status_is_the_last_of_the_history": "UPDATE orders SET history = history + 1 "
    f"WHERE {SAMPLE.replace('order_id', 'id', 1)}",
    "orders.history_is_a_chain": "UPDATE order_history SET from_status = 'closed' WHERE number = 2",
    "orders.open_ones_are_due": f"DELETE FROM order_deadlines WHERE {SAMPLE}",
    "orders.personalised_lines_are_reviewed": "DELETE FROM personalisation_reviews",
    "orders.levels_hold_what_open_orders_have": "UPDATE stock_levels SET held = held + 1 "
    "WHERE held > 0",
    "orders.units_were_held": "DELETE FROM stock_entries WHERE reason = 'released'",
    "orders.holds_have_their_order": "UPDATE stock_entries SET source = 'order:nobody' "
    "WHERE reason = 'held' AND number = 2",
}


async def broken(database: Database) -> dict[str, int]:
    """How many rows break each invariant that is broken."""
    async with database.writes() as session:
        found = {
            invariant.name: len([row async for row in violations(session, invariant)])
            for invariant in INVARIANTS
        }
    return {name: rows for name, rows in found.items() if rows}


async def some_orders(database: Database) -> UUID:
    """An order that waits and one that is closed; answers with the place that they are from."""
    shop = await buying.a_shop(database)
    buyer = await buying.a_buyer(database)
    cancelled = await buying.buy(database, buyer, shop.variants[0], 3)
    reason = CloseReason.CANCELLED_BY_MEMBER
    await buying.closed(database, [Closing(cancelled.order_id, reason, "test", buyer)])
    await buying.buy(database, buyer, shop.variants[0], 2)
    return shop.place_id


async def test_a_mall_that_is_right_has_nothing_to_find(database: Database):
    assert await broken(database) == {}
    await some_orders(database)
    assert await broken(database) == {}


def test_there_is_a_fault_for_each_invariant():
    assert FAULTS.keys() == {invariant.name for invariant in INVARIANTS}


@pytest.mark.parametrize("name", FAULTS)
async def test_a_fault_is_found_and_its_rows_are_named(
    database: Database, owner: "asyncpg.Connection[asyncpg.Record]", name: str
):
    """Made by a superuser whom no trigger stops: what an audit is for."""
    place_id = await some_orders(database)
    if name == "orders.personalised_lines_are_reviewed":
        async with database.writes.begin() as session:
            member = await make_orders.a_member(session)
            (variant,) = await make_orders.goods(
                session, fields=make_orders.FIELDS, place_id=place_id
            )
            texts = [EngravedText("name", "山茶")]
            await make_orders.an_order(session, member, variant, texts=texts, place_id=place_id)
        assert name not in await broken(database)
    await owner.execute(FAULTS[name])
    assert (await broken(database))[name] == 1
