"""The gates: so many at once, so many who wait, and BUSY at once for everybody else."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from random import Random

import httpx
import pytest
from prometheus_client import REGISTRY
from sqlalchemy import text

from api.gate import Gate
from domain.kernel.db import Database
from domain.kernel.errors import Busy
from domain.kernel.settings import Settings
from tests.api.client import DOCUMENT_IDS, Api, running_api, statements_run

LIST = DOCUMENT_IDS["miniprogram/ProductList"]
LONG_SECONDS = 30


def gate(*, running: int = 1, waiting: int = 0, patience_seconds: float = LONG_SECONDS) -> Gate:
    return Gate("toy", running=running, waiting=waiting, patience_seconds=patience_seconds)


def measured(what: str, of: str = "toy") -> float:
    """A figure of the gate as the metrics show it."""
    return REGISTRY.get_sample_value(f"mall_gate_{what}", {"gate": of}) or 0


class Work:
    """Work behind a gate that lasts until it is told to end."""

    def __init__(self, behind: Gate) -> None:
        self.begun = asyncio.Event()
        self._may_end = asyncio.Event()
        self.task = asyncio.create_task(self._pass(behind))

    async def end(self) -> None:
        self._may_end.set()
        await self.task

    async def _pass(self, behind: Gate) -> None:
        async with behind.turn():
            self.begun.set()
            await self._may_end.wait()


async def a_moment() -> None:
    """Let everything that can go on go on."""
    for _ in range(10):
        await asyncio.sleep(0)


@pytest.fixture
async def narrow_api(settings: Settings, database: Database) -> AsyncGenerator[Api]:
    """A mall that runs one trusted document at a time, and lets nobody wait."""
    narrow = settings.model_copy(update={"browse_running": 1, "browse_waiting": 0})
    async with running_api(narrow) as api:
        yield api


async def test_so_many_run_at_once_and_the_next_is_refused_at_once():
    narrow = gate(running=2)
    before = measured("refused_total")
    works = [Work(narrow) for _ in range(2)]
    await a_moment()
    assert all(work.begun.is_set() for work in works)
    assert measured("running") == 2
    with pytest.raises(Busy):
        async with asyncio.timeout(0), narrow.turn():
            pass
    assert measured("refused_total") - before == 1
    for work in works:
        await work.end()
    assert measured("running") == 0
    await Work(narrow).end()


async def test_a_bounded_number_waits_and_in_the_order_of_arrival():
    narrow = gate(waiting=2)
    first, second, third = Work(narrow), Work(narrow), Work(narrow)
    await a_moment()
    assert measured("waiting") == 2
    with pytest.raises(Busy):
        await Work(narrow).task
    await first.end()
    await a_moment()
    assert second.begun.is_set()
    assert not third.begun.is_set()
    await second.end()
    await third.end()
    assert (measured("running"), measured("waiting")) == (0, 0)


async def test_who_waits_too_long_is_refused_and_leaves_the_queue():
    narrow = gate(waiting=1, patience_seconds=0.01)
    before = measured("refused_total")
    first = Work(narrow)
    await a_moment()
    with pytest.raises(Busy):
        await Work(narrow).task
    assert measured("refused_total") - before == 1
    assert measured("waiting") == 0
    await first.end()
    await Work(narrow).end()


async def test_a_gate_without_patience_lets_in_whom_it_has_room_for():
    narrow = gate(patience_seconds=0)
    for _ in range(3):
        await Work(narrow).end()


@pytest.mark.parametrize("error", [RuntimeError, asyncio.CancelledError])
async def test_a_turn_that_fails_is_given_back(error: type[BaseException]):
    narrow = gate()
    with pytest.raises(error):
        async with narrow.turn():
            raise error
    assert measured("running") == 0
    await Work(narrow).end()


async def test_a_turn_that_is_cancelled_is_given_back_and_so_is_a_place_in_the_queue():
    narrow = gate(waiting=1)
    first, second = Work(narrow), Work(narrow)
    await a_moment()
    second.task.cancel()
    await a_moment()
    assert measured("waiting") == 0
    third = Work(narrow)
    await a_moment()
    first.task.cancel()
    await a_moment()
    assert third.begun.is_set()
    await third.end()
    assert (measured("running"), measured("waiting")) == (0, 0)


async def test_200_at_once_who_are_served_refused_or_cancelled_lose_no_turn(random: Random):
    narrow = gate(running=3, waiting=150, patience_seconds=LONG_SECONDS)
    running = most = served = 0

    async def passing() -> None:
        nonlocal running, most, served
        async with narrow.turn():
            running += 1
            most = max(most, running)
            try:
                for _ in range(3):
                    await asyncio.sleep(0)
                served += 1
            finally:
                running -= 1

    tasks = [asyncio.create_task(passing()) for _ in range(200)]
    for _ in range(60):
        await asyncio.sleep(0)
        random.choice(tasks).cancel()
    async with asyncio.timeout(LONG_SECONDS):
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    refused = sum(isinstance(outcome, Busy) for outcome in outcomes)
    cancelled = sum(isinstance(outcome, asyncio.CancelledError) for outcome in outcomes)
    assert refused == 200 - (3 + 150)
    assert served + refused + cancelled == 200
    assert most == 3
    assert (measured("running"), measured("waiting")) == (0, 0)
    again = [Work(narrow) for _ in range(3)]
    await a_moment()
    assert all(work.begun.is_set() for work in again)
    for work in again:
        await work.end()


async def test_a_full_mall_answers_busy_at_once_while_the_first_request_still_runs(
    narrow_api: Api, database: Database
):
    refused_before, statements_before = measured("refused_total", "browse"), statements_run()
    async with database.writes.begin() as session:
        await session.execute(text("LOCK TABLE products IN ACCESS EXCLUSIVE MODE"))
        first = asyncio.create_task(narrow_api.post({"documentId": LIST}))
        await _until_running(first)
        second = await narrow_api.post({"documentId": LIST}, {"accept-language": "en"})
        assert not first.done()
        assert measured("running", "browse") == 1
    check_busy(second)
    assert (await first).status_code == 200
    assert measured("refused_total", "browse") - refused_before == 1
    assert statements_run() - statements_before == 1
    assert (await narrow_api.post({"documentId": LIST})).status_code == 200
    metrics = (await narrow_api.http.get("/metrics")).text
    assert 'mall_gate_refused_total{gate="browse"}' in metrics
    busy = '{document="none",outcome="BUSY"}'
    assert f"mall_graphql_answered_seconds_count{busy}" in metrics


async def test_a_full_class_of_work_leaves_the_other_its_room(narrow_api: Api, database: Database):
    async with database.writes.begin() as session:
        await session.execute(text("LOCK TABLE products IN ACCESS EXCLUSIVE MODE"))
        first = asyncio.create_task(narrow_api.post({"documentId": LIST}))
        await _until_running(first)
        other = await narrow_api.query("{ __typename }")
        assert other["data"] == {"__typename": "Query"}
    with suppress(httpx.HTTPError):
        await first


def check_busy(response: httpx.Response) -> None:
    """A refusal for want of capacity, as a client meets it."""
    assert response.status_code == 503
    assert response.headers["retry-after"] == "1"
    body = response.json()
    assert "data" not in body
    assert body["errors"] == [
        {
            "message": "Too busy right now; try again in 1 s.",
            "extensions": {"code": "BUSY", "retryAfterSeconds": 1},
        }
    ]


async def _until_running(task: asyncio.Task[httpx.Response]) -> None:
    while not measured("running", "browse"):
        assert not task.done()
        await asyncio.sleep(0)
