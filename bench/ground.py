"""The ground that is measured on: engines of its own, thrown away afterwards."""

import asyncio
import base64
import secrets
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import SystemRandom

import asyncpg
import psutil

from cli import seed
from domain.kernel.clock import system_clock
from domain.kernel.db import open_database
from domain.kernel.sealing import Vault, master_keys
from migrations import migrator
from sandbox.brand.agreements import Sealing
from sandbox.brand.pictures import draw_missing
from sandbox.brand.seeding import Wish
from sandbox.engines import engines, postgres

DEMO = Wish()


@dataclass(frozen=True, slots=True)
class Ground:
    """A migrated database and a queue of its own; ``bin`` has PostgreSQL's programmes."""

    home: Path
    bin: Path
    database_url: str
    owner_url: str
    redis_url: str
    master_keys: str
    postgres: psutil.Process

    @property
    def vault(self) -> Vault:
        """What phones and signing keys are sealed with."""
        return Vault(master_keys(self.master_keys))


@contextmanager
def ground(*, durable: bool = False) -> Generator[Ground]:
    """Run engines of its own with a migrated, empty database until the context ends.

    A ``durable`` database waits for the disk with each commit, as a mall's does.
    """
    with tempfile.TemporaryDirectory(prefix="shoal-bench-") as folder:
        home = Path(folder)
        # The engines' account has to pass through when root lends it to them.
        home.chmod(0o755)
        with engines(home / "engines", throwaway=not durable) as running:
            asyncio.run(
                migrator.upgrade(
                    running.owner_url, SystemRandom(), application_role=postgres.APPLICATION
                )
            )
            yield Ground(
                home=home,
                bin=running.bin,
                database_url=running.database_url,
                owner_url=running.owner_url,
                redis_url=running.redis_url,
                master_keys=base64.b64encode(secrets.token_bytes(32)).decode(),
                postgres=psutil.Process(running.postgres_pid),
            )


def fill(ground: Ground, wish: Wish = DEMO, *, with_phones: bool = False) -> None:
    """Put the demo brand, or as much of it as is wished for, into the database.

    Unless they are wished for, members have no phones, no addresses and no orders.
    """
    draw_missing(ground.home / "media")
    asyncio.run(_fill(ground, wish, with_phones=with_phones))


async def _fill(ground: Ground, wish: Wish, *, with_phones: bool) -> None:
    sealing = Sealing(ground.vault, SystemRandom()) if with_phones else None
    async with open_database(
        ground.database_url, read_connections=1, write_connections=1
    ) as database:
        await seed.fill(database, wish, at=system_clock(), sealing=sealing)
    connection = await asyncpg.connect(ground.owner_url)
    try:
        # What a mall that has run for some time has behind it, and what would otherwise be
        # counted among the requests.
        await connection.execute("VACUUM ANALYZE")
        await connection.execute("ALTER SYSTEM SET autovacuum = off")
        await connection.execute("SELECT pg_reload_conf()")
    finally:
        await connection.close()
