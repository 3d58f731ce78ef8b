"""Any history of points, with each message told twice: what must be true of them is, each time."""

from random import Random
from typing import TypeAlias

import asyncpg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.kernel.db import Database
from domain.points.words import Reason
from tests.conftest import forget_rows
from tests.domain.points.replay import replay
from tests.domain.points.world import World, a_world

STEPS = (
    "earn", "earn", "end_hold", "receive", "receive", "case", "refund", "refund", "adjust",
    "grant", "transfer", "slide", "freeze", "drain", "drain", "end_hold", "wait", "wait", "grow",
)  # fmt: skip
SLOW = (
    HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large,
)  # fmt: skip
History = list[tuple[str, int, int, int]]
HISTORIES = st.lists(
    st.tuples(st.sampled_from(STEPS), st.integers(0, 2), st.integers(1, 90), st.integers(0, 30)),
    min_size=4,
    max_size=24,
)
MET = {
    "earn", "hold", "hold: PointsShort", "hold: PointsFrozen", "capture", "release", "receive",
    "defer", "lift", "refund", "add", "deduct", "deduct: PointsShort", "grant", "transfer",
    "transfer: PointsShort", "transfer: PointsFrozen", "transfer: ReceiverUnavailable", "slide",
    "freeze", "settle one", "settle_due", "expire_due", "grow", "shrink", "shrink to none",
}  # fmt: skip
"""What a long history does at least once; the short ones may not."""

Owner: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


async def live(world: World, owner: Owner, history: History, *, every: int = 1) -> None:
    """Let a history happen, and look at the ledger after each step, or after so many."""
    for done, (step, member, points, pick) in enumerate(history, start=1):
        await getattr(world, step)(member, points, pick)
        if done % every == 0:
            await world.check()
            await replay(owner)


@settings(max_examples=20, deadline=None, suppress_health_check=SLOW)
@given(HISTORIES)
async def test_whatever_happens_the_ledger_stands(
    database: Database, owner: Owner, history: History
):
    await forget_rows(owner)
    await live(await a_world(database), owner, history)


async def test_a_long_history_meets_everything_that_can_happen(database: Database, owner: Owner):
    random, world = Random(1), await a_world(database)
    steps = [
        (random.choice(STEPS), random.randrange(3), random.randint(1, 90), random.randrange(31))
        for _ in range(1_200)
    ]
    await live(world, owner, steps, every=40)
    assert world.happened >= MET, MET - world.happened
    reasons = await owner.fetch("SELECT DISTINCT reason FROM points_entries")
    assert {row["reason"] for row in reasons} == set(Reason)


async def test_random_histories_by_seed(database: Database, owner: Owner, *, is_soak: bool):
    for seed in range(2, 60 if is_soak else 4):
        await forget_rows(owner)
        random, world = Random(seed), await a_world(database)
        steps = [
            (random.choice(STEPS), random.randrange(3), random.randint(1, 90), random.randrange(31))
            for _ in range(200 if is_soak else 40)
        ]
        await live(world, owner, steps)
