"""Placing while somebody edits what is ordered: neither waits for the other in a circle."""

import asyncio

from sqlalchemy import select

from domain.catalog import statements
from domain.catalog.actions import products
from domain.catalog.models import Product
from domain.kernel.db import Database
from domain.orders.placing.values import Placed
from tests.domain.catalog.test_audit import BY
from tests.domain.orders.buying import a_buyer, a_shop, in_cart, placed, placement, seen


async def test_who_edits_a_product_and_who_orders_it_do_not_wait_in_a_circle(database: Database):
    shop = await a_shop(database)
    buyer = await a_buyer(database)
    await in_cart(database, buyer, shop.variants[0])
    wish = placement(buyer, await seen(database, buyer))
    async with database.writes.begin() as editing:
        product = (await editing.scalars(select(Product))).one()
        await statements.take_turn(editing)
        await statements.products_by_id(editing, [product.id])
        ordering = asyncio.create_task(placed(database, [wish]))
        await asyncio.sleep(0.3)
        await products.archive(editing, product.id, product.revision, reason="test", by=BY)
    (outcome,) = await ordering
    assert isinstance(outcome, Placed)
