"""The sweeps over points, without arq."""

from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import TypeAlias

import asyncpg
import pytest
from prometheus_client import REGISTRY
from structlog.typing import EventDict

from domain.kernel.db import Database
from domain.points.sweeping import PUT_OFF
from tests import make, make_points
from tests.domain.points.replay import replay
from tests.make import NOON
from workers import points
from workers.points import expire_points, settle_points
from workers.tools import SweepContext, Tools

Owner: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
STORE = make.media_folder(Path("/nowhere"))
LATER = NOON + timedelta(minutes=2)
A_YEAR_LATER = NOON + timedelta(days=367)
SETTLED = "SELECT count(*) FROM points_entries WHERE reason = 'settled'"
TAKEN_BEFORE = """
INSERT INTO points_entries SELECT member_id, wallet, 1000, 'settled', 'pending', 'available', 1,
    'lot', $1, 0, $1, 0, 0, 0, 0, recorded_at FROM points_entries WHERE lot_id = $1"""
"""A row of the journal that is there already: no lot can settle a second time."""


def at(database: Database, moment: datetime = LATER) -> SweepContext:
    """What a sweep works with at that moment."""
    return {"tools": Tools(database, lambda: moment, STORE, Random(1))}


def measured(name: str, sweep: str = "settle_points") -> float:
    """What a metric says of a sweep."""
    value = REGISTRY.get_sample_value(f"mall_points_{name}", {"sweep": sweep})
    assert value is not None
    return value


async def test_what_is_due_settles_chunk_by_chunk_and_nothing_else(
    database: Database, owner: Owner
):
    members = await make_points.members(database, 5)
    await make_points.earned(database, members, lots=3)
    await make_points.earned(database, members[:1], settles_at=LATER + timedelta(seconds=1))
    before = measured("lots_moved_total")

    await settle_points(at(database), accounts=2, lots=4)

    assert await owner.fetchval(SETTLED) == 15
    assert measured("lots_moved_total") - before == 15
    assert measured("oldest_due_seconds") == 0
    told = await owner.fetch("SELECT pending, available FROM points_accounts ORDER BY member_id")
    assert [tuple(row) for row in told] == [(10, 30), *[(0, 30)] * 4]
    await replay(owner)


async def test_what_has_ended_expires_chunk_by_chunk(database: Database, owner: Owner):
    members = await make_points.members(database, 5)
    for each in members:
        await make_points.granted(database, each, 3, 4, 5)
        await make_points.granted(database, each, 7, validity="never")
    await expire_points(at(database, A_YEAR_LATER), accounts=2, lots=4)
    told = await owner.fetch("SELECT available, expires_at FROM points_accounts")
    assert [tuple(row) for row in told] == [(7, None)] * 5
    assert measured("oldest_due_seconds", "expire_points") == 0
    await replay(owner)


@pytest.mark.parametrize("many", [1, 2, 7])
async def test_an_account_that_cannot_be_settled_keeps_no_other_waiting(
    database: Database, owner: Owner, logged: list[EventDict], many: int
):
    members = await make_points.members(database, many)
    lots = await make_points.earned(database, members, lots=2)
    broken = {members[0], members[many // 2]}
    await owner.execute(TAKEN_BEFORE, lots[0].id)
    await owner.execute(
        "UPDATE points_lots SET validity = 'nonsense' WHERE id = $1", lots[many // 2 * 2].id
    )
    before = measured("put_off_total")

    await settle_points(at(database))

    wrong = {each["member_id"] for each in logged if each["event"] == "points.account_not_moved"}
    assert wrong == {str(each) for each in broken}
    assert all(each["exc_info"] for each in logged if each["log_level"] == "error")
    assert measured("put_off_total") - before == len(broken)
    told = await owner.fetch("SELECT member_id, available, settles_at FROM points_accounts")
    assert {row["member_id"]: (row["available"], row["settles_at"]) for row in told} == {
        each: (0, LATER + PUT_OFF) if each in broken else (20, None) for each in members
    }

    await owner.execute("DELETE FROM points_entries WHERE number = 1000")
    await owner.execute("UPDATE points_lots SET validity = 'never' WHERE validity = 'nonsense'")
    await settle_points(at(database, LATER + PUT_OFF))
    assert await owner.fetchval(SETTLED) == 2 * many
    await replay(owner)


async def test_an_account_that_cannot_expire_is_put_off(
    database: Database, owner: Owner, logged: list[EventDict]
):
    members = await make_points.members(database, 4)
    for each in members:
        await make_points.granted(database, each, 5)
    planted = "UPDATE points_accounts SET available = 1 WHERE member_id = $1"
    await owner.execute(planted, members[2])
    await expire_points(at(database, A_YEAR_LATER))
    told = await owner.fetch("SELECT available FROM points_accounts ORDER BY member_id")
    assert [row["available"] for row in told] == [0, 0, 1, 0]
    (wrong,) = [each for each in logged if each["event"] == "points.account_not_moved"]
    assert (wrong["sweep"], wrong["member_id"]) == ("expire_points", str(members[2]))


async def test_what_passes_by_itself_is_left_for_the_next_sweep(
    database: Database, owner: Owner, monkeypatch: pytest.MonkeyPatch
):
    await make_points.earned(database, await make_points.members(database, 2))

    def dies(_: object) -> None:
        raise asyncpg.DeadlockDetectedError

    with monkeypatch.context() as patched:
        patched.setattr(points, "reached", dies)
        with pytest.raises(asyncpg.DeadlockDetectedError):
            await settle_points(at(database))
    assert await owner.fetchval(SETTLED) == 0
    assert await owner.fetchval("SELECT max(settles_at) FROM points_accounts") == NOON
    await settle_points(at(database))
    assert await owner.fetchval(SETTLED) == 2


async def test_who_is_locked_is_passed_by_and_counts_as_waiting(database: Database, owner: Owner):
    members = await make_points.members(database, 3)
    await make_points.earned(database, members)
    async with owner.transaction():
        await owner.execute(
            "SELECT FROM points_accounts WHERE member_id = $1 FOR NO KEY UPDATE", members[1]
        )
        await settle_points(at(database))
        assert await owner.fetchval(SETTLED) == 2
        assert measured("oldest_due_seconds") == 120
    await settle_points(at(database))
    assert await owner.fetchval(SETTLED) == 3


async def test_a_frozen_account_does_not_settle_and_is_not_behind(database: Database, owner: Owner):
    members = await make_points.members(database, 2)
    await make_points.earned(database, members)
    await owner.execute(
        "UPDATE points_accounts SET frozen_at = $1 WHERE member_id = $2", NOON, members[0]
    )
    await settle_points(at(database))
    assert await owner.fetchval(SETTLED) == 1
    assert measured("oldest_due_seconds") == 0
    await owner.execute("UPDATE points_accounts SET frozen_at = NULL")
    await settle_points(at(database))
    assert await owner.fetchval(SETTLED) == 2


async def test_a_sweep_ends_in_time_and_the_next_one_goes_on(
    database: Database, owner: Owner, monkeypatch: pytest.MonkeyPatch
):
    await make_points.earned(database, await make_points.members(database, 3))
    with monkeypatch.context() as patched:
        patched.setattr(points, "_LONGEST_SECONDS", 0.0)
        await settle_points(at(database), accounts=1)
    assert await owner.fetchval(SETTLED) == 0
    assert measured("oldest_due_seconds") == 120
    await settle_points(at(database), accounts=1)
    assert await owner.fetchval(SETTLED) == 3
