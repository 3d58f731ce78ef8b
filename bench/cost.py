"""Meters: processor time and memory of a server with its children, and statements of a database."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import asyncpg
import psutil

_END_MILLISECONDS = 5_000
# Long enough for an idle server to see that its connections are gone.
_NOTICE_SECONDS = 0.2
_END_ALL = """
SELECT pg_terminate_backend(pid, $2) FROM pg_stat_activity
WHERE datname = $1 AND backend_type = 'client backend'"""
_FINISHED = "SELECT xact_commit FROM pg_stat_database WHERE datname = $1"


@dataclass(slots=True)
class Spent:
    """Processor seconds, user and system, once the metering has ended."""

    server: float = 0.0
    postgres: float = 0.0


@contextmanager
def metered(server: psutil.Process, postgres: psutil.Process) -> Generator[Spent]:
    """Meter what two process trees spend within the context."""
    spent = Spent()
    server_before, postgres_before = processor_seconds(server), processor_seconds(postgres)
    yield spent
    spent.server = processor_seconds(server) - server_before
    spent.postgres = processor_seconds(postgres) - postgres_before


def processor_seconds(root: psutil.Process) -> float:
    """The processor time of a process, its children, and those children that have ended."""
    own = root.cpu_times()
    total = own.user + own.system + own.children_user + own.children_system
    for child in root.children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            times = child.cpu_times()
            total += times.user + times.system
    return total


def resident_megabytes(root: psutil.Process) -> float:
    """The memory that a process and its children hold."""
    members = [root, *root.children(recursive=True)]
    return sum(member.memory_info().rss for member in members) / 1_000_000


async def statements_finished(database_url: str) -> int:
    """How many statements the database has finished since ever; hot reads are one each.

    A backend tells its statistics now and then, and all of them when it ends: so every
    connection to the database is ended first. Servers open new ones.
    """
    name = database_url.partition("?")[0].rpartition("/")[2]
    # From another database, so that asking does not count.
    connection = await asyncpg.connect(database_url, database="postgres")
    try:
        await connection.execute(_END_ALL, name, _END_MILLISECONDS)
        finished: int = await connection.fetchval(_FINISHED, name)
    finally:
        await connection.close()
    await asyncio.sleep(_NOTICE_SECONDS)
    return finished
