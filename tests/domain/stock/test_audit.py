"""The audit of stock: silent on a mall that is right, and each invariant finds its own fault."""

import asyncpg
import pytest

from domain.kernel.audit import violations
from domain.kernel.db import Database
from domain.stock import actions
from domain.stock.actions import Movement
from domain.stock.audit import INVARIANTS
from domain.stock.rules import Reason
from tests import make
from tests.make import NOON

FAULTS = {
    "stock.level_is_its_last_entry": "UPDATE stock_levels SET on_hand = on_hand + 1, "
    "supplied = supplied + 1 WHERE entries = 3",
    "stock.entries_are_a_chain": "UPDATE stock_entries SET on_hand_before = on_hand_before + 1, "
    "on_hand_after = on_hand_after + 1 WHERE number = 3",
    "stock.no_entry_after_the_last": "INSERT INTO stock_entries SELECT variant_id, place_id, 4, "
    "'adjusted', 1, 'nobody', 'nobody', NULL, recorded_at, on_hand_after, held_after, sold_after, "
    "on_hand_after + 1, held_after, sold_after FROM stock_entries WHERE number = 3",
    "stock.supply_is_in_the_ledger": "UPDATE stock_levels SET sold = sold + 1, "
    "supplied = supplied + 1 WHERE entries = 3",
}


async def broken(database: Database) -> dict[str, int]:
    """How many rows break each invariant that is broken."""
    async with database.writes() as session:
        found = {
            invariant.name: len([row async for row in violations(session, invariant)])
            for invariant in INVARIANTS
        }
    return {name: rows for name, rows in found.items() if rows}


async def some_stock(database: Database) -> None:
    """Two levels with a history of three entries each, and one that never moved."""
    async with database.writes.begin() as session:
        place = await make.place(session)
        variants = await make.variants(session, 3)
        for reason, units in ((Reason.RECEIVED, 10), (Reason.HELD, 4), (Reason.SOLD, 3)):
            movements = [Movement(each, place, reason, units, "some") for each in variants[:2]]
            await actions.move(session, movements, actor="test", at=NOON)


async def test_a_mall_that_is_right_has_nothing_to_find(database: Database):
    assert await broken(database) == {}
    await some_stock(database)
    assert await broken(database) == {}


def test_there_is_a_fault_for_each_invariant():
    assert FAULTS.keys() == {invariant.name for invariant in INVARIANTS}


@pytest.mark.parametrize("name", FAULTS)
async def test_a_fault_is_found_and_its_rows_are_named(
    database: Database, owner: "asyncpg.Connection[asyncpg.Record]", name: str
):
    """Made by a superuser whom no trigger stops: what an audit is for."""
    await some_stock(database)
    await owner.execute(FAULTS[name])
    assert (await broken(database))[name] == 2
