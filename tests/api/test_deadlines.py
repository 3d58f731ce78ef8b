"""Deadlines do what `asyncio.timeout` does, with one timer for all of a length."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from api.deadlines import Deadlines
from tests.patience import PATIENCE_SECONDS

SOON = 0.02


async def forever() -> None:
    await asyncio.Event().wait()


async def at_once() -> None:
    """Wait for nothing."""


async def within(deadlines: Deadlines, wait: Callable[[], Awaitable[object]]) -> None:
    with deadlines.block():
        await wait()


async def test_a_block_that_takes_too_long_ends_with_a_timeout_error():
    deadlines = Deadlines(SOON)
    async with asyncio.timeout(PATIENCE_SECONDS):
        for _ in range(3):
            with pytest.raises(TimeoutError):
                await within(deadlines, forever)
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_a_block_that_is_over_in_time_is_left_alone():
    deadlines = Deadlines(SOON)
    for _ in range(5):
        await within(deadlines, at_once)
    await asyncio.sleep(3 * SOON)
    with pytest.raises(LookupError), deadlines.block():
        raise LookupError


async def test_each_of_many_has_its_own_end_whoever_ends_first():
    deadlines = Deadlines(SOON)
    late = [asyncio.create_task(within(deadlines, forever)) for _ in range(10)]
    early = [asyncio.create_task(within(deadlines, at_once)) for _ in range(10)]
    async with asyncio.timeout(PATIENCE_SECONDS):
        assert await asyncio.gather(*early) == [None] * 10
        outcomes = await asyncio.gather(*late, return_exceptions=True)
        assert [type(each) for each in outcomes] == [TimeoutError] * 10
        # The timer that ended them is no one's any more: who comes later has one all the same.
        with pytest.raises(TimeoutError):
            await within(deadlines, forever)


async def test_who_begins_while_the_timer_waits_for_others_has_the_whole_time():
    deadlines = Deadlines(SOON)
    loop = asyncio.get_running_loop()
    first = asyncio.create_task(within(deadlines, forever))
    await asyncio.sleep(SOON / 2)
    begun = loop.time()
    async with asyncio.timeout(PATIENCE_SECONDS):
        with pytest.raises(TimeoutError):
            await within(deadlines, forever)
        assert loop.time() - begun >= SOON * 0.9
        with pytest.raises(TimeoutError):
            await first


async def test_who_is_cancelled_by_somebody_else_is_cancelled_and_not_late():
    deadlines = Deadlines(PATIENCE_SECONDS)
    task = asyncio.create_task(within(deadlines, forever))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_of_two_blocks_within_each_other_the_one_that_is_late_says_so():
    outer, inner = Deadlines(PATIENCE_SECONDS), Deadlines(SOON)

    async def nested() -> str:
        with outer.block():
            try:
                await within(inner, forever)
            except TimeoutError:
                return "the inner one"
        return "none"

    async with asyncio.timeout(PATIENCE_SECONDS):
        assert await nested() == "the inner one"


async def test_what_is_over_is_forgotten_at_once():
    deadlines = Deadlines(PATIENCE_SECONDS)
    for _ in range(100):
        await within(deadlines, at_once)
    assert len(deadlines) == 0
