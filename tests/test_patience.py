"""How tests measure time beside others."""

import asyncio
import time

from tests.patience import stopwatch


async def test_what_is_waited_for_counts_and_what_the_machine_takes_does_not():
    async with stopwatch() as took:
        await asyncio.sleep(0.3)
        time.sleep(1)  # noqa: ASYNC251 - the process stands still
        assert took.passed > 1.2
        assert 0.1 < took.seconds < 1
        await asyncio.sleep(0.3)
        assert 0.2 < took.seconds < 1.2
