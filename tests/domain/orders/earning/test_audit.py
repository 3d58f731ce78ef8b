"""The audit of what orders earned: silent where all is right, and each fault is found."""

from datetime import timedelta

import asyncpg
import pytest

from domain.kernel.audit import violations
from domain.kernel.db import Database
from domain.orders.earning.audit import INVARIANTS
from domain.orders.models import OrderLine
from domain.orders.refunding.rules import UnitsBack
from domain.points.earning.programme import Programme
from tests.domain.orders.earning.earners import a_shop
from tests.domain.orders.refunding.given import refunded
from tests.domain.points.earning.desk import published
from tests.make import NOON

FIRST = "(SELECT min(order_id::text)::uuid FROM points_line_earnings)"
WHOLE = (
    "(SELECT order_id FROM points_line_earnings LEFT JOIN order_refunds USING (order_id) "
    "WHERE order_refunds.id IS NULL)"
)
"""The order of which nothing came back."""
_COLUMNS = ", ".join(
    column.name
    for column in OrderLine.__table__.columns
    if column.name not in {"order_id", "number"}
)
FAULTS = {
    "earning.lines_have_their_lot": "UPDATE points_lots SET rule_version = 9 "
    f"WHERE source_id = {FIRST}",
    "earning.lots_of_orders_have_their_line": "DELETE FROM points_line_earnings "
    f"WHERE order_id = {FIRST}",
    "earning.lines_are_those_of_paid_orders": "UPDATE points_line_earnings "
    f"SET earned_at = earned_at + interval '1 second' WHERE order_id = {FIRST}",
    "earning.orders_earn_wholly": f"INSERT INTO order_lines (order_id, number, {_COLUMNS}) "
    f"SELECT order_id, 2, {_COLUMNS} FROM order_lines WHERE order_id = {FIRST}",
    "earning.versions_are_those_in_force": "UPDATE orders SET placed_at = placed_at "
    f"- interval '9 days' WHERE id = {FIRST}",
    "earning.refunds_have_taken_back": "UPDATE points_lots SET clawed = clawed + 1 "
    f"WHERE source_id = {FIRST}",
    "earning.orders_count_what_was_paid": "UPDATE points_entries SET amount = amount + 1 "
    f"WHERE wallet = 'growth' AND source_kind = 'order' AND source_id = {WHOLE}",
    "earning.refunds_count_less": "DELETE FROM points_entries WHERE (member_id, number) = "
    "(SELECT member_id, max(number) FROM points_entries WHERE wallet = 'growth' GROUP BY 1) "
    "AND wallet = 'growth'",
}


async def broken(database: Database) -> dict[str, int]:
    """How many rows break each invariant that is broken."""
    async with database.writes() as session:
        found = {
            invariant.name: len([row async for row in violations(session, invariant)])
            for invariant in INVARIANTS
        }
    return {name: rows for name, rows in found.items() if rows}


@pytest.fixture
async def earned(database: Database) -> Database:
    """Three orders that have earned, of two of which some came back."""
    await published(database, Programme(base_rate_bp=10_300), at=NOON - timedelta(days=1))
    shop = await a_shop(database)
    ids = [await shop.sold(3) for _ in range(3)]
    await shop.kept_up(*ids)
    await refunded(database, ids[0], UnitsBack(1, 1, 0))
    await refunded(database, ids[1], UnitsBack(1, 2, 0))
    await refunded(database, ids[1], UnitsBack(1, 1, 0))
    return database


async def test_nothing_is_found_where_all_is_right(earned: Database):
    assert await broken(earned) == {}


@pytest.mark.parametrize("invariant", [each.name for each in INVARIANTS])
async def test_each_fault_is_found(
    earned: Database, owner: "asyncpg.Connection[asyncpg.Record]", invariant: str
):
    assert await owner.execute(FAULTS[invariant]) in {"UPDATE 1", "DELETE 1", "INSERT 0 1"}
    assert await broken(earned) == {invariant: 1}
