"""The ground that is measured on: engines of its own, thrown away afterwards."""

import asyncio
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import SystemRandom

import psutil

from domain.kernel.clock import system_clock
from domain.kernel.db import open_database
from migrations import migrator
from sandbox.brand.seeding import DEFAULT_SEED, seed
from sandbox.engines import engines, postgres


@dataclass(frozen=True, slots=True)
class Ground:
    """A migrated database and a queue that nobody else uses."""

    home: Path
    database_url: str
    redis_url: str
    postgres: psutil.Process


@contextmanager
def ground() -> Generator[Ground]:
    """Run throwaway engines with a migrated, empty database until the context ends."""
    with tempfile.TemporaryDirectory(prefix="shoal-bench-") as folder:
        home = Path(folder)
        # The engines' account has to pass through when root lends it to them.
        home.chmod(0o755)
        with engines(home / "engines", throwaway=True) as running:
            asyncio.run(
                migrator.upgrade(
                    running.owner_url, SystemRandom(), application_role=postgres.APPLICATION
                )
            )
            yield Ground(
                home=home,
                database_url=running.database_url,
                redis_url=running.redis_url,
                postgres=psutil.Process(running.postgres_pid),
            )


def fill(ground: Ground) -> None:
    """Put the demo brand into the database: 48 products with three variants each."""
    asyncio.run(_fill(ground))


async def _fill(ground: Ground) -> None:
    async with (
        open_database(ground.database_url, read_connections=1, write_connections=1) as database,
        database.writes.begin() as session,
    ):
        await seed(session, ground.home / "media", number=DEFAULT_SEED, at=system_clock())
