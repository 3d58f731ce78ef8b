"""Connections that are kept: nobody is overtaken, and none is lost, whatever becomes of them."""

import asyncio
import os
import signal
from collections.abc import AsyncGenerator
from typing import Any

import asyncpg
import pytest

from domain.kernel.kept import KeptConnections
from tests.patience import PATIENCE_SECONDS

MOST = 3


@pytest.fixture
async def kept(database_url: str) -> AsyncGenerator[KeptConnections]:
    """Three connections at the most, which end with the test."""
    async with asyncio.timeout(2 * PATIENCE_SECONDS):
        async with asyncpg.create_pool(database_url, min_size=0, max_size=MOST) as pool:
            connections = KeptConnections(pool)
            yield connections
            await connections.close()


async def taken(kept: KeptConnections) -> list[Any]:
    """All that there may be, taken and given back."""
    all_of_them = [await kept.take(PATIENCE_SECONDS) for _ in range(MOST)]
    for each in all_of_them:
        kept.give_back(each)
    return all_of_them


async def test_after_a_failover_that_nobody_has_heard_of_all_places_can_be_had(
    kept: KeptConnections,
):
    before = [each.get_server_pid() for each in await taken(kept)]
    for server in before:
        os.kill(server, signal.SIGSTOP)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await kept.renew()
            after = [each.get_server_pid() for each in await taken(kept)]
    finally:
        for server in before:
            os.kill(server, signal.SIGCONT)
    assert len(set(after) - set(before)) == MOST


async def test_who_gives_one_back_does_not_overtake_who_waits_for_it(kept: KeptConnections):
    own = [await kept.take(PATIENCE_SECONDS) for _ in range(MOST)]
    order: list[int] = []

    async def use(number: int) -> None:
        connection = await kept.take(PATIENCE_SECONDS)
        order.append(number)
        kept.give_back(connection)

    waiting = [asyncio.create_task(use(number)) for number in range(5)]
    await asyncio.sleep(0)
    kept.give_back(own[0])
    last = asyncio.create_task(use(5))
    await asyncio.gather(*waiting, last)
    assert order == [0, 1, 2, 3, 4, 5]
    for each in own[1:]:
        kept.give_back(each)


async def test_who_gives_up_at_the_moment_of_its_turn_loses_no_connection(kept: KeptConnections):
    own = [await kept.take(PATIENCE_SECONDS) for _ in range(MOST)]
    waiting = asyncio.create_task(kept.take(PATIENCE_SECONDS))
    await asyncio.sleep(0)
    kept.give_back(own[0])
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert await kept.take(PATIENCE_SECONDS) is own[0]
    with pytest.raises(TimeoutError):
        await kept.take(0)
    for each in own:
        kept.give_back(each)
    # Who has waited in vain is not among those who wait.
    assert set(await taken(kept)) == set(own)
