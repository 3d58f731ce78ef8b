"""The relay: each fact takes effect once, whatever fails and whoever dies."""

import asyncio
import signal
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import ClassVar
from uuid import UUID

import asyncpg
import pytest
from prometheus_client import REGISTRY
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from structlog.typing import EventDict

from domain.kernel import outbox
from domain.kernel.db import Database, WriteSession
from domain.kernel.errors import Busy
from domain.kernel.heartbeats import WorkerHeartbeat
from domain.kernel.outbox import RETENTION, DueFact, Event, Fact, OutboxRow
from domain.tables import METADATA
from tests import make
from tests.make import NOON
from tests.workers.toy_facts import Born, facts, keep_born, tools_at
from workers.keepers import KEEPERS, Keeper
from workers.relay import FIRST_PAUSE, MOST_TRIES, Relay
from workers.sweeps import forget_done_facts
from workers.tools import Tools

ROOT = Path(__file__).parents[2]
_ROWS_READ = text(
    "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'outbox'"
)


class Renamed(Event, frozen=True):
    """Another type of fact."""

    TYPE: ClassVar[str] = "toy.renamed"

    name: str


class Keeping:
    """A keeper that remembers what it was handed, and fails as it is told to."""

    def __init__(self, fails: Callable[[DueFact], Exception | None] = lambda _: None) -> None:
        self.handed: list[list[DueFact]] = []
        self._fails = fails

    async def keep(self, session: WriteSession, given: Sequence[DueFact], tools: Tools) -> None:
        """Act, and fail afterwards: what was done is undone then."""
        self.handed.append(list(given))
        await keep_born(session, given, tools)
        for fact in given:
            if (failure := self._fails(fact)) is not None:
                raise failure


async def promise(
    database: Database, promised: Sequence[Fact], random: Random | None = None
) -> None:
    """Write facts down at noon."""
    async with database.writes.begin() as session:
        await outbox.promise_all(session, promised, at=NOON, random=random or Random(1))


async def relay(database: Database, keeper: Keeper = keep_born, *, minutes: float = 0) -> None:
    """Let a relay go on whose clock stands so many minutes after noon."""
    await Relay(tools_at(database, minutes), {Born.TYPE: keeper}).go_on()


async def rows(database: Database) -> list[OutboxRow]:
    """All facts, by their thing and number."""
    async with database.writes() as session:
        order = (OutboxRow.aggregate_id, OutboxRow.sequence)
        return list(await session.scalars(select(OutboxRow).order_by(*order)))


async def born(database: Database) -> Counter[UUID]:
    """The workers there are."""
    async with database.writes() as session:
        return Counter(await session.scalars(select(WorkerHeartbeat.worker_id)))


def ids_of(given: Sequence[Fact]) -> Counter[UUID]:
    """The workers that the facts are about."""
    return Counter(each.event.worker_id for each in given if isinstance(each.event, Born))


async def test_many_facts_are_promised_and_handed_out_set_wise(
    database: Database, count_statements: Counter[str]
):
    promised = facts(5_000)
    await promise(database, promised)
    assert count_statements == {"INSERT": 1}
    keeping = Keeping()
    await relay(database, keeping.keep)
    assert [len(each) for each in keeping.handed] == [1_000] * 5
    assert await born(database) == ids_of(promised)
    assert {(row.done_at, row.failed_at, row.tries) for row in await rows(database)} == {
        (NOON, None, 0)
    }
    assert count_statements == {"INSERT": 6, "SELECT": 9, "SET": 6, "UPDATE": 5}


async def test_what_is_done_is_not_handed_out_again(database: Database):
    await promise(database, facts(2))
    keeping = Keeping()
    for _ in range(2):
        await relay(database, keeping.keep)
    assert [len(each) for each in keeping.handed] == [2]


async def test_two_relays_at_once_share_the_work(database: Database):
    promised = facts(3_000)
    await promise(database, promised)
    keepings = [Keeping(), Keeping()]
    await asyncio.gather(*(relay(database, each.keep) for each in keepings))
    handed = Counter(fact.id for each in keepings for chunk in each.handed for fact in chunk)
    assert handed == Counter(row.id for row in await rows(database))
    assert await born(database) == ids_of(promised)


async def test_a_rush_is_handed_out_where_postgresql_knows_of_nothing_undone(
    database: Database, owner: "asyncpg.Connection[asyncpg.Record]"
):
    await promise(database, facts(3))
    await relay(database)
    await owner.execute("ANALYZE outbox")
    await promise(database, rush := facts(6_000), random=Random(2))
    keeping = Keeping()
    await relay(database, keeping.keep)
    # One by one, or quadratically, it would come to the limit of a statement.
    assert [len(each) for each in keeping.handed] == [1_000] * 6
    assert len(await born(database)) == 3 + len(rush)


async def test_a_rush_is_handed_out_by_a_relay_that_had_nothing_to_do_for_long(
    database: Database, owner: "asyncpg.Connection[asyncpg.Record]"
):
    await promise(database, facts(3))
    # So that the pages which the tests before had filled are not counted.
    await owner.execute("VACUUM (FULL, ANALYZE) outbox")
    async with database.writes() as session:
        # After five runs PostgreSQL keeps the plan that it made for the three.
        for _ in range(6):
            async with session.begin():
                await outbox.take_due(session, at=NOON, most=1_000)
        async with session.begin():
            await outbox.promise_all(session, facts(3_000), at=NOON, random=Random(2))
        async with session.begin():
            before = (await session.execute(_ROWS_READ)).scalar_one()
            due = await outbox.take_due(session, at=NOON, most=1_000)
            read = (await session.execute(_ROWS_READ)).scalar_one() - before
    assert len(due) == 1_000
    assert read <= 5 * 3_003


async def test_a_thing_gets_its_facts_in_order_and_one_at_a_time(database: Database):
    things = [make.an_id() for _ in range(3)]
    promised = [Fact(thing, number, Born(make.an_id())) for number in (3, 1, 2) for thing in things]
    await promise(database, promised)
    keeping = Keeping()
    await relay(database, keeping.keep)
    assert [[fact.sequence for fact in chunk] for chunk in keeping.handed] == [
        [1, 1, 1],
        [2, 2, 2],
        [3, 3, 3],
    ]


async def test_a_fact_that_rests_holds_up_those_of_its_thing_and_no_others(database: Database):
    first, second = (Fact(make.an_id(), 1, Born(make.an_id())) for _ in range(2))
    later = replace(first, sequence=2, event=Born(make.an_id()))
    await promise(database, [first, second, later])
    keeping = Keeping(lambda fact: Busy() if fact.event == first.event else None)
    await relay(database, keeping.keep)
    assert await born(database) == ids_of([second])
    await relay(database, minutes=1)
    assert await born(database) == ids_of([first, second, later])


async def test_what_passes_is_tried_again_later_and_the_eighth_time_given_up(database: Database):
    culprit, other = promised = facts(2)
    await promise(database, promised)
    keeping = Keeping(lambda fact: Busy() if fact.event == culprit.event else None)
    at = NOON
    for tries in range(1, MOST_TRIES + 1):
        await relay(database, keeping.keep, minutes=(at - NOON) / timedelta(minutes=1))
        row, done = sorted(await rows(database), key=lambda each: each.done_at is not None)
        assert (row.tries, done.tries, done.done_at) == (tries, 0, NOON)
        assert row.failure == "Busy('Too busy right now; try again in 1 s.')"
        if tries < MOST_TRIES:
            assert row.due_at == at + FIRST_PAUSE * 2 ** (tries - 1)
            await relay(database, keeping.keep, minutes=(at - NOON) / timedelta(minutes=1))
            at = row.due_at
        else:
            assert row.failed_at == at
    assert at - NOON > timedelta(minutes=10)
    assert await born(database) == ids_of([other])
    await relay(database, minutes=600)
    assert await born(database) == ids_of([other])


async def test_a_bug_makes_a_dead_letter_at_once_and_holds_up_nothing(
    database: Database, logged: list[EventDict]
):
    promised = facts(4)
    culprit = promised[1]
    later = replace(culprit, sequence=2, event=Born(make.an_id()))
    await promise(database, [*promised, later])
    keeping = Keeping(lambda fact: KeyError("x") if fact.event == culprit.event else None)
    await relay(database, keeping.keep)
    assert await born(database) == ids_of([promised[0], promised[2], promised[3], later])
    (dead,) = [row for row in await rows(database) if row.failed_at is not None]
    assert (dead.aggregate_id, dead.failed_at) == (culprit.aggregate_id, NOON)
    assert (dead.failure, dead.tries, dead.done_at) == ("KeyError('x')", 1, None)
    (told,) = [event for event in logged if event["event"] == "outbox.given_up"]
    assert (told["fact_id"], told["log_level"]) == (str(dead.id), "error")
    assert REGISTRY.get_sample_value("mall_outbox_dead_letters") == 1


async def test_a_fact_that_this_release_cannot_read_waits_for_another(database: Database):
    known = facts(2)
    unknown = Fact(make.an_id(), 1, Renamed("x"))
    await promise(database, [*known, unknown])
    await give_version(database, known[0], 2)
    keeping = Keeping()
    await relay(database, keeping.keep)
    assert [len(chunk) for chunk in keeping.handed] == [1]
    assert await born(database) == ids_of(known[1:])
    await give_version(database, known[0], 1)
    keeping = Keeping()
    both = {Born.TYPE: keep_born, Renamed.TYPE: keeping.keep}
    await Relay(tools_at(database, minutes=1), both).go_on()
    assert await born(database) == ids_of(known)
    assert [fact.event for chunk in keeping.handed for fact in chunk] == [Renamed("x")]


async def give_version(database: Database, fact: Fact, version: int) -> None:
    """Let a fact have been written by a release that knows that version of its type."""
    async with database.writes.begin() as session:
        row = await session.scalar(
            select(OutboxRow).where(OutboxRow.aggregate_id == fact.aggregate_id)
        )
        assert row is not None
        row.version = version


async def test_how_far_the_relay_is_behind_is_measured(database: Database):
    await promise(database, facts(1))
    keeping = Keeping(lambda _: Busy())
    await relay(database, keeping.keep)
    assert behind() == 0
    async with database.writes() as session:
        due_at = NOON + FIRST_PAUSE
        at = due_at + timedelta(seconds=7)
        assert await outbox.standing(session, at=at) == outbox.Standing(due_at, 0)
    await relay(database)
    assert behind() == 0


def behind() -> float | None:
    """How far the relay is behind, as the metrics tell it."""
    return REGISTRY.get_sample_value("mall_outbox_oldest_due_seconds")


@pytest.mark.parametrize("place", ["relay.taken", "relay.kept", "relay.committed"])
async def test_a_relay_that_is_killed_anywhere_leaves_the_rest_to_the_next(
    database: Database, database_url: str, tmp_path: Path, place: str
):
    promised, flag = facts(30), tmp_path / "flag"
    flag.touch()
    await promise(database, promised)
    assert await relayed_by_a_process(database_url, f"{place}:{flag}") == -signal.SIGKILL
    assert not flag.exists()
    is_kept = place == "relay.committed"
    assert await born(database) == (ids_of(promised) if is_kept else Counter())
    assert await relayed_by_a_process(database_url, f"{place}:{flag}") == 0
    assert await born(database) == ids_of(promised)
    assert {row.done_at for row in await rows(database)} == {NOON}


async def relayed_by_a_process(url: str, failpoint: str) -> int | None:
    """Let a process of its own relay: how it ended."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.workers.toy_facts", url, failpoint, cwd=ROOT
    )
    async with asyncio.timeout(60):
        return await process.wait()


async def test_done_facts_are_forgotten_after_thirty_days_and_dead_letters_are_not(
    database: Database,
):
    await promise(database, facts(3))
    past = NOON - RETENTION - timedelta(seconds=1)
    async with database.writes.begin() as session:
        first, second, _ = await session.scalars(select(OutboxRow))
        first.done_at = past
        second.failed_at, second.failure = past, "x"
    await forget_done_facts({"tools": tools_at(database)})
    assert len(await rows(database)) == 2


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("done_at = recorded_at, failed_at = recorded_at, failure = 'x'", "one_end"),
        ("failed_at = recorded_at", "failed_has_its_failure"),
        ("tries = -1", "tries_count"),
        ("version = 0", "version_counts"),
        ("sequence = -1", "sequence_counts"),
    ],
)
async def test_what_the_outbox_can_never_hold(database: Database, change: str, constraint: str):
    await promise(database, facts(1))
    async with database.writes() as session:
        with pytest.raises(IntegrityError, match=f"ck_outbox_{constraint}"):
            await session.execute(text(f"UPDATE outbox SET {change}"))


async def test_a_thing_has_one_fact_of_each_number(database: Database):
    (fact,) = facts(1)
    with pytest.raises(IntegrityError, match="uq_outbox_aggregate_id_sequence"):
        await promise(database, [fact, fact])


def test_each_type_of_event_has_one_keeper_and_each_keeper_its_type():
    assert METADATA.tables["outbox"] is OutboxRow.__table__
    types = {
        type_ for (type_, _), event in Event.KNOWN.items() if event.__module__.startswith("domain.")
    }
    assert KEEPERS.keys() == types


def test_no_two_events_have_one_name():
    with pytest.raises(TypeError, match=r"toy\.born"):
        type("Reborn", (Event,), {"TYPE": "toy.born", "__module__": __name__})
