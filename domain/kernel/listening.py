"""Hearing what transactions tell on a channel of PostgreSQL, on a connection of its own."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import asyncpg

CHECK_SECONDS = 15.0
"""After how long a connection that told nothing is asked whether it is still one."""
_CONNECT_SECONDS = 1.0
_COMMAND_SECONDS = 6.0
_CLOSE_SECONDS = 0.5
_SESSION = {"application_name": "shoal", "default_transaction_read_only": "on"}


async def listen(url: str, channel: str, hear: Callable[[str | None], None]) -> None:
    """Pass on what is told on a channel, until the connection is lost.

    ``hear`` is called with each text, and with None at the beginning: what was told before has
    been missed. Raises what asyncpg does where there is no connection to be had.
    """
    lost = asyncio.Event()

    def heard(_connection: object, _pid: object, _channel: object, told: object) -> None:
        hear(str(told))

    connection = await asyncpg.connect(
        url,
        server_settings=_SESSION,
        timeout=_CONNECT_SECONDS,
        command_timeout=_COMMAND_SECONDS,
    )
    try:
        connection.add_termination_listener(lambda _connection: lost.set())
        await connection.add_listener(channel, heard)
        hear(None)
        while not lost.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(CHECK_SECONDS):
                    await lost.wait()
            if not lost.is_set():
                await connection.execute("SELECT 1")
    finally:
        with suppress(TimeoutError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            await connection.close(timeout=_CLOSE_SECONDS)
