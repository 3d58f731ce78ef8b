"""The audit of points: silent on a mall that is right, and each invariant finds its own faults."""

import asyncpg
import pytest

from domain.kernel.audit import violations
from domain.kernel.db import Database
from domain.points.audit import INVARIANTS
from tests.domain.points.history import some_points

FAULTS = [
    (
        "points.account_is_its_last_entry",
        "UPDATE points_accounts SET pending = pending + 1 WHERE entries > 0",
    ),
    (
        "points.account_is_its_last_entry",
        "DELETE FROM points_entries WHERE number = 9",
    ),
    (
        "points.entries_are_a_chain",
        "UPDATE points_entries SET pending_after = pending_after + 1 WHERE number >= 3",
    ),
    (
        "points.entries_are_a_chain",
        "DELETE FROM points_entries WHERE number = 3",
    ),
    (
        "points.no_entry_after_the_last",
        "INSERT INTO points_entries SELECT member_id, wallet, 10, 'waived', 'waived', 'revoked', "
        "1, source_kind, source_id, part, NULL, pending_after, available_after, held_after, "
        "debt_after, recorded_at FROM points_entries WHERE number = 9",
    ),
    (
        "points.lot_is_its_entries",
        "UPDATE points_lots SET consumed = consumed - 1, expired = expired + 1 WHERE consumed > 0",
    ),
    (
        "points.lot_is_its_entries",
        "UPDATE points_entries SET amount = amount + 1 WHERE reason = 'captured'",
    ),
    (
        "points.entries_name_lots",
        "UPDATE points_entries SET lot_id = gen_random_uuid() WHERE number = 4",
    ),
    (
        "points.account_is_its_lots",
        "UPDATE points_lots SET remaining = remaining - 1, expired = expired + 1 "
        "WHERE activated_at IS NOT NULL",
    ),
    (
        "points.account_is_its_lots",
        "UPDATE points_lots SET activated_at = created_at WHERE activated_at IS NULL "
        "AND granted = 8",
    ),
    (
        "points.hold_is_its_lots",
        "UPDATE points_hold_lots SET returned = returned - 1 WHERE returned > 0",
    ),
    (
        "points.hold_is_its_entries",
        "UPDATE points_holds SET captured = amount, released = 0 WHERE released > 0",
    ),
    (
        "points.held_of_open_holds",
        "UPDATE points_holds SET ended_at = created_at, captured = amount WHERE ended_at IS NULL",
    ),
    (
        "points.deferrals_are_counted",
        "UPDATE points_deferrals SET lifted_at = deferred_at",
    ),
    (
        "points.account_is_looked_at_in_time",
        "UPDATE points_accounts SET expires_at = expires_at + interval '1 second'",
    ),
    (
        "points.account_is_looked_at_in_time",
        "UPDATE points_accounts SET settles_at = NULL",
    ),
    (
        "points.lifetimes_are_in_the_journal",
        "UPDATE points_accounts SET lifetime_spent = lifetime_spent + 1 WHERE entries > 0",
    ),
    (
        "points.lifetimes_are_in_the_journal",
        "UPDATE points_accounts SET lifetime_earned = lifetime_earned - 1 WHERE entries > 0",
    ),
]


async def broken(database: Database) -> dict[str, int]:
    """How many rows break each invariant that is broken."""
    async with database.writes() as session:
        found = {
            invariant.name: len([row async for row in violations(session, invariant)])
            for invariant in INVARIANTS
        }
    return {name: rows for name, rows in found.items() if rows}


async def test_a_mall_that_is_right_has_nothing_to_find(database: Database):
    assert await broken(database) == {}
    await some_points(database)
    assert await broken(database) == {}


def test_there_is_a_fault_for_each_invariant():
    assert {name for name, _ in FAULTS} == {invariant.name for invariant in INVARIANTS}


@pytest.mark.parametrize(("name", "fault"), FAULTS)
async def test_a_fault_is_found_and_its_rows_are_named(
    database: Database, owner: "asyncpg.Connection[asyncpg.Record]", name: str, fault: str
):
    """Made by a superuser whom no trigger stops: what an audit is for. Of each member a row."""
    await some_points(database)
    assert (await owner.execute(fault)).split()[-1] != "0"
    assert (await broken(database))[name] == 2
