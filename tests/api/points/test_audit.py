"""The audit of what the staff adjusted and members gave: silent where it is right, and not else."""

from itertools import chain
from typing import Any

import pytest

from domain.kernel.audit import violations
from domain.kernel.db import Database
from domain.points.adjusting.audit import INVARIANTS as ADJUSTED
from domain.points.giving.audit import INVARIANTS as GIVEN
from tests.api.members.desk import staff
from tests.api.points.purse import Purse
from tests.api.points.test_adjusting import ASKER, OTHER, Desk
from tests.api.points.test_giving import giver
from tests.domain.points.world import a_world

FAULTS = [
    (
        "points.adjustments_moved_what_they_say",
        "UPDATE points_adjustments SET points = points + 1 WHERE points = 50",
    ),
    (
        "points.adjustments_moved_what_they_say",
        "UPDATE points_adjustments SET status = 'applied', ended_at = requested_at, "
        "decided_by = 'x', decider_name = 'x', decision = 'x' WHERE status = 'waiting'",
    ),
    (
        "points.adjustments_moved_what_they_say",
        "UPDATE points_entries SET source_id = (SELECT id FROM points_adjustments "
        "WHERE status = 'waiting') WHERE source_kind = 'adjustment' AND amount = 20",
    ),
    (
        "points.nothing_is_adjusted_without_a_row",
        "DELETE FROM points_adjustments WHERE points = -20",
    ),
    (
        "points.transfers_are_linked_pairs",
        "UPDATE points_transfers SET points = points - 1",
    ),
    (
        "points.transfers_are_linked_pairs",
        "UPDATE points_transfers SET giver_id = taker_id, taker_id = giver_id",
    ),
    (
        "points.transfers_are_linked_pairs",
        "UPDATE points_entries SET amount = amount + 1 WHERE reason = 'received'",
    ),
    (
        "points.nothing_is_given_without_a_row",
        "DELETE FROM points_transfers",
    ),
]  # fmt: skip


async def found(database: Database) -> set[str]:
    """The invariants that some row breaks."""
    broken: set[str] = set()
    async with database.writes() as session:
        for invariant in chain(ADJUSTED, GIVEN):
            if [row async for row in violations(session, invariant)]:
                broken.add(invariant.name)
    return broken


async def something_of_each(database: Database, owner: Any) -> None:
    """Adjustments that were applied, rejected and wait, and a transfer."""
    world = await a_world(database, 2)
    mine, theirs = [Purse(world, each) for each in world.members]
    desk = Desk(mine, owner, staff(database, ASKER), staff(database, OTHER))
    await desk.adjust(50)
    await desk.adjust(-20)
    await desk.waiting(2_000)
    rejected = await desk.waiting(3_000)
    await desk.other.act("RejectPointsAdjustment", adjustmentId=rejected)
    me, other = giver(database, mine.member_id), giver(database, theirs.member_id)
    assert (await me.give(other, 7))["points"] == 7


async def test_what_is_right_is_found_right(database: Database, owner: Any):
    await something_of_each(database, owner)
    assert await found(database) == set()


@pytest.mark.parametrize(("name", "fault"), FAULTS)
async def test_each_invariant_finds_its_faults(
    database: Database, owner: Any, name: str, fault: str
):
    await something_of_each(database, owner)
    await owner.execute(fault)
    assert name in await found(database)


def test_each_invariant_has_a_fault():
    assert {name for name, _ in FAULTS} == {each.name for each in chain(ADJUSTED, GIVEN)}
