"""The micro-batcher: one transaction for all that arrived, an own answer for each."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import select, text

from domain.kernel.batcher import Batcher, Bounds, CarryOut
from domain.kernel.db import Database
from domain.kernel.errors import Busy, KeyReused, Refused
from domain.kernel.heartbeats import WorkerHeartbeat
from domain.kernel.hot_pool import Sender
from domain.kernel.idempotency import RequestAnswer
from domain.kernel.idempotency_sets import begin_all
from tests import make
from tests.domain.kernel.toy_batch import AlreadyAlive, Birth, Born, Ward, key_of
from tests.make import NOON
from tests.patience import PATIENCE_SECONDS

Births = Batcher[Birth, Born]
BOUNDS = Bounds()


@asynccontextmanager
async def batching(
    database: Database,
    carry_out: CarryOut[Birth, Born],
    *,
    bounds: Bounds = BOUNDS,
) -> AsyncGenerator[Births]:
    """A batcher for the toy use case, which ends with the block."""
    batcher = Batcher(
        database.hot,
        carry_out,
        answer=Born,
        name="toy",
        clock=lambda: NOON,
        bounds=bounds,
    )
    async with asyncio.timeout(PATIENCE_SECONDS), batcher.running():
        yield batcher


def births(number: int) -> list[Birth]:
    """So many workers to be made."""
    return [Birth(make.an_id()) for _ in range(number)]


async def outcomes_of(batcher: Births, asked: Sequence[Birth]) -> list[Born | BaseException]:
    """How all of these go that are sent at once."""
    sent = (batcher.submit(key_of(birth), birth) for birth in asked)
    return await asyncio.gather(*sent, return_exceptions=True)


async def alive(database: Database) -> set[object]:
    """The workers there are."""
    async with database.writes() as session:
        return set(await session.scalars(select(WorkerHeartbeat.worker_id)))


async def answers_kept(database: Database) -> int:
    """How many requests are remembered."""
    async with database.writes() as session:
        return len((await session.scalars(select(RequestAnswer.request_id))).all())


@asynccontextmanager
async def first_batch_under_way(batcher: Births, ward: Ward) -> AsyncGenerator[Birth]:
    """One request whose transaction stands still until the block ends."""
    ward.is_open.clear()
    birth = Birth(make.an_id())
    sent = asyncio.create_task(batcher.submit(key_of(birth), birth))
    await ward.entered.wait()
    yield birth
    ward.is_open.set()
    assert (await sent).worker_id == birth.worker_id


async def soon() -> None:
    """Let all tasks go as far as they get by themselves."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_what_arrives_while_a_transaction_runs_forms_the_next_one(database: Database):
    ward, asked = Ward(), births(5)
    async with batching(database, ward.bear) as batcher:
        async with first_batch_under_way(batcher, ward) as first:
            rest = asyncio.create_task(outcomes_of(batcher, asked))
            await soon()
        assert await rest == [Born(birth.worker_id, NOON, 5) for birth in asked]
    assert ward.batches == [[first.worker_id], [birth.worker_id for birth in asked]]
    assert await alive(database) == {birth.worker_id for birth in (first, *asked)}


async def test_a_batch_has_no_more_requests_than_it_may_and_keeps_their_order(database: Database):
    ward, asked = Ward(), births(7)
    async with batching(database, ward.bear, bounds=Bounds(at_once=3)) as batcher:
        await outcomes_of(batcher, asked)
    ids = [birth.worker_id for birth in asked]
    assert ward.batches == [ids[:3], ids[3:6], ids[6:]]


async def test_a_batch_has_no_more_parts_than_it_may_unless_one_request_has(database: Database):
    ward, asked = Ward(), births(6)
    sizes = {birth.worker_id: size for birth, size in zip(asked, (2, 2, 1, 9, 1, 4), strict=True)}
    batcher = Batcher[Birth, Born](
        database.hot,
        ward.bear,
        answer=Born,
        name="toy",
        clock=lambda: NOON,
        parts_of=lambda birth: sizes[birth.worker_id],
        bounds=Bounds(parts=5),
    )
    async with asyncio.timeout(PATIENCE_SECONDS), batcher.running():
        await outcomes_of(batcher, asked)
    ids = [birth.worker_id for birth in asked]
    assert ward.batches == [ids[:3], ids[3:4], ids[4:]]


async def test_a_batch_takes_as_many_statements_as_one_request(
    database: Database, count_statements: Counter[str]
):
    async with batching(database, Ward().bear) as batcher:
        await outcomes_of(batcher, births(100))
    assert count_statements == {"INSERT": 2, "SELECT": 1, "UPDATE": 1}


async def test_each_caller_gets_its_own_answer_or_refusal(database: Database):
    ward, asked = Ward(), births(4)
    async with batching(database, ward.bear) as batcher:
        await outcomes_of(batcher, asked[1:2])
        again = [Birth(birth.worker_id) for birth in asked]
        keys = [key_of(Birth(make.an_id())) for _ in again]
        sent = (batcher.submit(key, birth) for key, birth in zip(keys, again, strict=True))
        outcomes = await asyncio.gather(*sent, return_exceptions=True)
    assert [type(each) for each in outcomes] == [Born, AlreadyAlive, Born, Born]
    refused = outcomes[1]
    assert isinstance(refused, AlreadyAlive)
    assert refused.worker_id == asked[1].worker_id
    assert await alive(database) == {birth.worker_id for birth in asked}


async def test_a_repeat_gets_the_first_answer_and_does_nothing(database: Database):
    ward, (birth,) = Ward(), births(1)
    async with batching(database, ward.bear) as batcher:
        first = await batcher.submit(key_of(birth), birth)
        again, other = await outcomes_of(batcher, [birth, *births(1)])
    assert again == first == Born(birth.worker_id, NOON, 1)
    assert isinstance(other, Born)
    assert [birth.worker_id in batch for batch in ward.batches] == [True, False]


async def test_a_repeat_gets_the_first_refusal_even_where_it_would_go_well_now(database: Database):
    ward, (birth,) = Ward(), births(1)
    key = key_of(Birth(make.an_id()))
    async with batching(database, ward.bear) as batcher:
        await batcher.submit(key_of(birth), birth)
        for _ in range(2):
            with pytest.raises(AlreadyAlive) as refused:
                await batcher.submit(key, birth)
            assert refused.value.worker_id == birth.worker_id
            async with database.writes.begin() as session:
                await session.execute(text("DELETE FROM worker_heartbeats"))
    assert await alive(database) == set()


async def test_requests_with_one_key_share_one_outcome_wherever_they_meet(database: Database):
    ward, (waiting,) = Ward(), births(1)
    async with batching(database, ward.bear) as batcher:
        async with first_batch_under_way(batcher, ward) as running:
            sent = asyncio.create_task(outcomes_of(batcher, [running, waiting, waiting, running]))
            await soon()
            for birth in (running, waiting):
                with pytest.raises(KeyReused):
                    await batcher.submit(key_of(birth, digest=b"2"), birth)
        first, second, third, fourth = await sent
        assert first == fourth == Born(running.worker_id, NOON, 1)
        assert second == third == Born(waiting.worker_id, NOON, 1)
        with pytest.raises(KeyReused):
            await batcher.submit(key_of(waiting, digest=b"2"), waiting)
    assert ward.batches == [[running.worker_id], [waiting.worker_id]]


async def test_past_its_bound_the_queue_is_busy_at_once(database: Database):
    ward, asked = Ward(), births(3)
    async with batching(database, ward.bear, bounds=Bounds(waiting=2)) as batcher:
        async with first_batch_under_way(batcher, ward):
            sent = asyncio.create_task(outcomes_of(batcher, [*asked, asked[0]]))
            await soon()
            assert waiting_measured() == 2
        assert [type(each) for each in await sent] == [Born, Born, Busy, Born]
    assert waiting_measured() == 0


def waiting_measured() -> float | None:
    """How many wait, as the metrics tell it."""
    return REGISTRY.get_sample_value("mall_batch_waiting", {"batcher": "toy"})


@pytest.mark.parametrize(
    "failing",
    [
        "SET LOCAL statement_timeout = '10ms'; SELECT pg_sleep(1)",
        "SELECT pg_terminate_backend(pg_backend_pid())",
    ],
)
async def test_what_passes_by_itself_makes_the_whole_batch_busy_and_undone(
    database: Database, failing: str
):
    ward, asked, failures = Ward(), births(3), [failing]

    async def fail_once(
        session: Sender, given: Sequence[Birth], at: datetime
    ) -> Sequence[Born | Refused]:
        outcomes = await ward.bear(session, given, at)
        for statement in failures.pop().split(";") if failures else ():
            await session.send(statement, [])
        return outcomes

    async with batching(database, fail_once) as batcher:
        outcomes = await outcomes_of(batcher, asked)
        assert [type(each) for each in outcomes] == [Busy, Busy, Busy]
        assert await alive(database) == set()
        assert await answers_kept(database) == 0
        again = await outcomes_of(batcher, asked)
    assert again == [Born(birth.worker_id, NOON, 3) for birth in asked]


async def test_who_waits_in_vain_for_a_key_is_busy_alone(impatient: Database):
    ward, asked = Ward(), births(4)
    async with (
        batching(impatient, ward.bear) as batcher,
        impatient.writes.begin() as twin,
    ):
        await begin_all(twin, [key_of(asked[2])], at=NOON)
        outcomes = await outcomes_of(batcher, asked)
        assert [type(each) for each in outcomes] == [Born, Born, Busy, Born]
    assert await alive(impatient) == {asked[n].worker_id for n in (0, 1, 3)}


async def test_of_many_keys_that_others_keep_only_a_few_are_waited_for(impatient: Database):
    ward, asked = Ward(), births(7)
    async with (
        batching(impatient, ward.bear) as batcher,
        impatient.writes.begin() as twin,
    ):
        await begin_all(twin, [key_of(each) for each in asked[1:6]], at=NOON)
        outcomes = await outcomes_of(batcher, asked)
    assert [type(each) for each in outcomes] == [Born, *[Busy] * 6]
    assert await alive(impatient) == {asked[0].worker_id}


async def test_only_the_culprit_gets_the_bug(database: Database):
    ward, asked = Ward(), births(4)
    asked[1] = Birth(asked[1].worker_id, is_broken=True)
    async with batching(database, ward.bear) as batcher:
        outcomes = await outcomes_of(batcher, asked)
    assert [type(each) for each in outcomes] == [Born, RuntimeError, Born, Born]
    assert [len(batch) for batch in ward.batches] == [4, 1, 1, 1, 1]
    ids = [birth.worker_id for birth in asked]
    assert await alive(database) == {ids[0], ids[2], ids[3]}
    assert await answers_kept(database) == 3


@pytest.mark.parametrize("number", [1, 3])
async def test_who_meets_what_somebody_else_wrote_meanwhile_looks_again_alone(
    database: Database, number: int
):
    ward, asked = Ward(), births(number)
    ward.is_open.clear()
    async with batching(database, ward.bear) as batcher:
        sent = asyncio.create_task(outcomes_of(batcher, asked))
        await ward.entered.wait()
        async with database.writes.begin() as session:
            key = asked[-1].worker_id
            session.add(WorkerHeartbeat(worker_id=key, started_at=NOON, beat_at=NOON))
        ward.is_open.set()
        *others, last = await sent
    assert all(isinstance(each, Born) for each in others)
    assert isinstance(last, AlreadyAlive)
    assert await alive(database) == {birth.worker_id for birth in asked}


async def test_a_caller_that_is_cancelled_harms_nobody(database: Database):
    ward, asked = Ward(), births(2)
    async with batching(database, ward.bear) as batcher:
        async with first_batch_under_way(batcher, ward) as running:
            rest = asyncio.create_task(outcomes_of(batcher, asked))
            gone = [
                asyncio.create_task(batcher.submit(key_of(birth), birth))
                for birth in (running, asked[0], *births(1))
            ]
            await soon()
            for task in gone:
                task.cancel()
        assert [type(each) for each in await rest] == [Born, Born]
        assert all(task.cancelled() for task in gone)
    assert len(await alive(database)) == 4


async def test_no_wake_up_is_lost_whenever_a_request_comes(database: Database):
    """Also while the last batch is being answered and the drain is about to end."""

    async def instantly(
        _session: Sender, given: Sequence[Birth], at: datetime
    ) -> Sequence[Born | Refused]:
        return [Born(birth.worker_id, at, len(given)) for birth in given]

    async with batching(database, instantly) as batcher:
        for ticks in range(20):
            first, second = births(2)
            await batcher.submit(key_of(first), first)
            for _ in range(ticks):
                await asyncio.sleep(0)
            async with asyncio.timeout(PATIENCE_SECONDS):
                await batcher.submit(key_of(second), second)


async def test_at_the_end_the_batch_under_way_is_answered_and_who_waits_is_busy(
    database: Database,
):
    ward, (waiting, late) = Ward(), births(2)
    async with batching(database, ward.bear) as batcher:
        async with first_batch_under_way(batcher, ward):
            sent = asyncio.create_task(outcomes_of(batcher, [waiting]))
            await soon()
            end = asyncio.create_task(batcher.aclose())
            assert [type(each) for each in await sent] == [Busy]
            with pytest.raises(Busy):
                await batcher.submit(key_of(late), late)
            assert not end.done()
        await end
    assert len(await alive(database)) == 1


async def test_batches_in_several_processes_carry_each_request_out_once(database: Database):
    wards, asked = [Ward(), Ward(), Ward()], births(120)
    async with (
        batching(database, wards[0].bear, bounds=Bounds(at_once=16)) as first,
        batching(database, wards[1].bear, bounds=Bounds(at_once=16)) as second,
        batching(database, wards[2].bear, bounds=Bounds(at_once=16)) as third,
    ):
        told = await asyncio.gather(
            outcomes_of(first, asked),
            outcomes_of(second, asked[::-1]),
            outcomes_of(third, asked[60:] + asked[:60]),
        )
        again = await outcomes_of(first, asked)
    answers = {each.worker_id: each for each in again if isinstance(each, Born)}
    assert answers.keys() == await alive(database) == {birth.worker_id for birth in asked}
    for each in (outcome for outcomes in told for outcome in outcomes):
        assert isinstance(each, Busy) or (
            isinstance(each, Born) and answers[each.worker_id] == each
        )


async def test_batches_are_measured(database: Database):
    def measured(what: str) -> float:
        return REGISTRY.get_sample_value(what, {"batcher": "toy"}) or 0

    before = [measured("mall_batch_size_sum"), measured("mall_batch_carried_out_seconds_count")]
    async with batching(database, Ward().bear) as batcher:
        await outcomes_of(batcher, births(9))
    after = [measured("mall_batch_size_sum"), measured("mall_batch_carried_out_seconds_count")]
    assert [now - then for now, then in zip(after, before, strict=True)] == [9, 1]
