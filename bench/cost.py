"""Meters: processor time and memory of a server with its children."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import psutil


@dataclass(slots=True)
class Spent:
    """Processor seconds, user and system, once the metering has ended."""

    server: float = 0.0
    postgres: float = 0.0


@contextmanager
def metered(server: Sequence[psutil.Process], postgres: psutil.Process) -> Generator[Spent]:
    """Meter what the process trees of a server and of PostgreSQL spend within the context."""
    spent = Spent()
    server_before, postgres_before = _all_seconds(server), processor_seconds(postgres)
    yield spent
    spent.server = _all_seconds(server) - server_before
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


def resident_megabytes(server: Sequence[psutil.Process]) -> float:
    """The memory that the processes of a server and their children hold."""
    members = [each for root in server for each in (root, *root.children(recursive=True))]
    return sum(member.memory_info().rss for member in members) / 1_000_000


def _all_seconds(roots: Sequence[psutil.Process]) -> float:
    return sum(map(processor_seconds, roots))
