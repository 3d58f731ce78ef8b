"""`mall api` as a process: at SIGTERM its sockets are closed for their clients to come again."""

import asyncio
import signal
from dataclasses import replace

from domain.kernel.db import Database
from domain.kernel.settings import Settings
from tests.api.client import Api
from tests.api.sockets.serving import Mall
from tests.cli.mall_process import free_port
from tests.cli.test_processes import api_process, environment
from tests.patience import PATIENCE_SECONDS, stopwatch


async def test_a_process_that_is_told_to_stop_says_goodbye_and_ends_in_time(
    mall: Mall, settings: Settings, database: Database
):
    port = free_port()
    async with api_process(environment(settings, port)) as (process, http):
        alone = replace(mall, api=Api(http, mall.api.readiness), port=port)
        _, headers = await alone.someone()
        async with alone.socket() as socket, alone.socket() as deaf:
            await socket.begin(headers)
            await socket.watch()
            # One client does not even answer that it has heard.
            assert deaf.raw.transport
            deaf.raw.transport.pause_reading()
            async with stopwatch() as took:
                process.send_signal(signal.SIGTERM)
                assert (await socket.closed())[0] == 1001
                assert await asyncio.to_thread(process.wait, PATIENCE_SECONDS) == 0
                assert took.seconds < 5
            deaf.raw.transport.resume_reading()
