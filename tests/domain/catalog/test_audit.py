"""The audit of the catalogue: silent on a mall that is right; each invariant finds its fault."""

from random import Random

import asyncpg
import pytest

from domain.catalog.actions import categories, products
from domain.catalog.audit import INVARIANTS
from domain.catalog.content import ProductContent, VariantContent
from domain.catalog.tree import CategoryContent
from domain.kernel.actors import By, Role, Staff
from domain.kernel.audit import violations
from domain.kernel.db import Database
from domain.kernel.language import Bilingual
from tests import make
from tests.make import NOON

TEXT = Bilingual("护手霜", "Hand cream")
BY = By(Staff(make.an_id(), "林", Role.OPERATOR), NOON, Random(3))

FAULTS = {
    "catalog.price_is_its_last_entry": "UPDATE variants SET price_fen = price_fen + 1 "
    "WHERE sku = 'A-2'",
    "catalog.price_entries_are_a_chain": "UPDATE price_entries SET recorded_at = recorded_at "
    "+ interval '1 day' WHERE number = 1 AND variant_id = "
    "(SELECT id FROM variants WHERE sku = 'A-1')",
    "catalog.published_is_sold_in_a_variant": "UPDATE variants SET position = NULL, "
    "archived_at = now()",
    "catalog.from_price_is_the_least": "UPDATE products SET from_price_fen = 1",
    "catalog.category_follows_its_parent": "UPDATE categories SET is_hidden = true, "
    "is_visible = false WHERE depth = 1",
}


async def broken(database: Database) -> dict[str, int]:
    """How many rows break each invariant that is broken."""
    async with database.writes() as session:
        found = {
            invariant.name: len([row async for row in violations(session, invariant)])
            for invariant in INVARIANTS
        }
    return {name: rows for name, rows in found.items() if rows}


async def a_product_with_a_history(database: Database) -> None:
    """A published product below a shelf; one of three variants was archived."""
    variants = [VariantContent(f"A-{number}", TEXT, 100 * number) for number in (1, 2, 3)]
    async with database.writes.begin() as session:
        top = await categories.create(
            session, CategoryContent(code="TOP", title=TEXT), reason="test", by=BY
        )
        shelf = await categories.create(
            session,
            CategoryContent(code="SHELF", title=TEXT, parent_id=top.category_id),
            reason="test",
            by=BY,
        )
        content = ProductContent(
            code="A",
            title=TEXT,
            category_id=shelf.category_id,
            image_key="products/a.svg",
            variants=tuple(variants),
        )
        saved = await products.create(session, content, reason="test", by=BY)
        saved = await products.publish(
            session, saved.product_id, 1, visible_from=None, visible_until=None, reason="x", by=BY
        )
        changes: dict[str, object] = {"variants": tuple(variants[:2])}
        await products.edit(session, saved.product_id, 2, changes, reason="test", by=BY)


async def test_a_mall_that_is_right_has_nothing_to_find(database: Database):
    assert await broken(database) == {}
    await a_product_with_a_history(database)
    assert await broken(database) == {}


def test_there_is_a_fault_for_each_invariant():
    assert FAULTS.keys() == {invariant.name for invariant in INVARIANTS}


@pytest.mark.parametrize("name", FAULTS)
async def test_a_fault_is_found_and_its_row_is_named(
    database: Database, owner: "asyncpg.Connection[asyncpg.Record]", name: str
):
    """Made by a superuser whom no trigger stops: what an audit is for."""
    await a_product_with_a_history(database)
    await owner.execute(FAULTS[name])
    assert (await broken(database))[name] == 1
