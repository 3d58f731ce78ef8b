"""The orders of the demo brand: as if they had been placed and closed, and the same each time."""

from datetime import timedelta
from random import Random
from typing import Any

import asyncpg
from sqlalchemy import func, select

from cli.audit import INVARIANTS
from cli.seed import fill
from domain.addresses.sealing import opened_content
from domain.kernel.audit import violations
from domain.kernel.db import Database
from domain.kernel.sealing import Vault
from domain.orders.models import DiscountAllocation, Order, OrderDeadline, OrderHistory, OrderLine
from domain.orders.numbers import is_order_number
from domain.orders.words import OrderStatus
from domain.stock.models import StockLevel
from domain.tables import METADATA
from sandbox.brand.agreements import Sealing
from sandbox.brand.orders import OPEN, ORDERS
from sandbox.brand.seeding import Wish
from tests.make import NOON

SMALL = Wish(products=30, members=30)
VAULT = Vault([b"k" * 32])


async def seeded(database: Database) -> None:
    """A small brand with addresses."""
    await fill(database, SMALL, at=NOON, sealing=Sealing(VAULT, Random(1)))


async def rows(database: Database, *columns: Any) -> list[Any]:
    """Columns of a table, in their own order: that of equal ones is nobody's promise."""
    async with database.writes() as session:
        return [tuple(row) for row in await session.execute(select(*columns).order_by(*columns))]


async def test_the_brand_has_orders_that_an_audit_finds_right(database: Database):
    await seeded(database)
    async with database.writes() as session:
        orders = list(await session.scalars(select(Order).order_by(Order.id)))
        for invariant in INVARIANTS:
            assert [row async for row in violations(session, invariant)] == [], invariant.name
        held = await session.scalar(select(func.sum(StockLevel.held)))
        reduced = await session.scalar(select(func.count()).select_from(DiscountAllocation))
    waiting = [each for each in orders if each.status is OrderStatus.PENDING_PAYMENT]
    assert (len(orders), len(waiting)) == (ORDERS, OPEN)
    assert held == sum(each.units for each in waiting)
    assert reduced
    assert all(is_order_number(each.number) for each in orders)
    assert all(each.placed_at < NOON for each in orders)
    assert {each.close_reason for each in orders} > {None}
    (first, *_) = orders
    assert first.address
    content = opened_content(VAULT, first.address.address_id, first.address.sealed)
    assert content.recipient
    assert content.phone.endswith(first.address.last_digits)


async def test_orders_that_wait_can_still_be_paid(database: Database):
    await seeded(database)
    deadlines = await rows(database, OrderDeadline.order_id, OrderDeadline.due_at)
    assert len(deadlines) == OPEN
    assert all(NOON < due_at <= NOON + timedelta(minutes=30) for _, due_at in deadlines)


async def test_a_member_reads_why_the_shop_cancelled(database: Database):
    await seeded(database)
    notes = await rows(database, OrderHistory.order_id, OrderHistory.note, OrderHistory.actor)
    assert {actor.partition(":")[0] for _, note, actor in notes if note} == {"staff"}


async def test_the_same_seed_makes_the_same_orders(
    database: Database, owner: "asyncpg.Connection[asyncpg.Record]"
):
    columns = OrderLine.order_id, OrderLine.number, OrderLine.variant_id, OrderLine.units
    made: list[Any] = []
    for _ in range(2):
        await seeded(database)
        numbers = await rows(database, Order.id, Order.number, Order.payable_fen)
        made.append((await rows(database, *columns), numbers))
        tables = [table for table in METADATA.sorted_tables if table.name != "signing_keys"]
        await owner.execute("; ".join(f"DELETE FROM {table}" for table in tables))
    assert made[0] == made[1]
    assert len(made[0][0]) > len(made[0][1]) == ORDERS
