"""The restore drill: a mall is lost and comes back exactly as it was at a noted moment.

``python -m tests.drill`` carries it out on throwaway servers and prints what it measured. The
steps, the settings and the archiving script are those of docs/production.md.
"""

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random, SystemRandom
from typing import Any

import asyncpg
import click
from sqlalchemy import select

from cli import seed
from domain.catalog.models import Variant
from domain.kernel.clock import system_clock
from domain.kernel.db import Database, open_database
from domain.stock.actions import Movement, move
from domain.stock.rules import Reason
from domain.stores.models import Place
from domain.tables import METADATA
from migrations import migrator
from sandbox.brand.seeding import Wish
from sandbox.engines import Engines, engines
from sandbox.engines.place import make_private
from sandbox.engines.postgres import APPLICATION
from tests.folders import ON_DISK

PRODUCTION = Path(__file__).parents[1] / "docs" / "production"
WAIT_SECONDS = 60
DEMO = Wish()
DISASTER = "DROP TABLE stock_entries"

Contents = Mapping[str, tuple[int, str]]
"""Of each table the number of its rows, and a digest of all that they hold."""


class DrillFailed(Exception):
    """What was restored is not what was there, or a step could not be done."""


@dataclass(frozen=True, slots=True)
class Report:
    """What was restored, and what it cost."""

    rows: int
    entries: int
    entries_after_the_moment: int
    backup_bytes: int
    archive_bytes: int
    backup_seconds: float
    restore_seconds: float
    proofs: tuple[str, ...]
    """What said that it is whole, beside the comparison of every row."""


@dataclass(frozen=True, slots=True)
class _Loss:
    """What is left of a mall after the disaster, and how it was at the moment before."""

    moment: str
    contents: Contents
    entries_after: int
    backup_seconds: float
    is_verified: bool


def drill(folder: Path, *, movements: int, wish: Wish = DEMO) -> Report:
    """Carry out the drill with as much of the demo brand in a folder that everybody may pass.

    A ``source`` home in it is used as it is. So many transactions of stock come after the base
    backup, and half as many after the noted moment. Raises `DrillFailed`.
    """
    source, restored = folder / "source", folder / "restored"
    _prepare(folder, source)
    with engines(source) as running:
        loss = asyncio.run(_live_and_lose(running, folder, movements, wish))
    # Nothing of the lost server may help.
    shutil.rmtree(source)
    begun = time.monotonic()
    _lay_out(folder, restored, loss.moment)
    with engines(restored) as running:
        _wait(lambda: asyncio.run(_value(running.owner_url, "SELECT NOT pg_is_in_recovery()")))
        restore_seconds = time.monotonic() - begun
        is_amchecked = _check(running, loss.contents)
    _run(running, running.bin / "pg_checksums", "--check", "-D", restored / "postgres")
    also = {"pg_verifybackup": loss.is_verified, "pg_amcheck": is_amchecked}
    return Report(
        rows=sum(rows for rows, _ in loss.contents.values()),
        entries=loss.contents["stock_entries"][0],
        entries_after_the_moment=loss.entries_after,
        backup_bytes=_size(folder / "base"),
        archive_bytes=_size(folder / "archive"),
        backup_seconds=loss.backup_seconds,
        restore_seconds=restore_seconds,
        proofs=("mall audit", "pg_checksums", *(name for name, done in also.items() if done)),
    )


def differing(expected: Contents, found: Contents) -> list[str]:
    """Name the tables that do not hold exactly the same rows."""
    names = expected.keys() | found.keys()
    return sorted(name for name in names if expected.get(name) != found.get(name))


def _prepare(folder: Path, source: Path) -> None:
    """Make a server with production's settings that archives into a folder of its account."""
    with engines(source) as running:
        for name in ("archive", "base"):
            make_private(folder / name, running.account)
    # The account may not reach the checkout.
    script = shutil.copy(PRODUCTION / "archive-wal", folder)
    settings = (PRODUCTION / "postgresql.conf").read_text()
    archive = f"archive_command = '{script} {folder / 'archive'} %p %f'\n"
    with (source / "postgres" / "postgresql.conf").open("a") as configuration:
        configuration.write(settings + archive)


async def _live_and_lose(running: Engines, folder: Path, movements: int, wish: Wish) -> _Loss:
    await migrator.upgrade(running.owner_url, SystemRandom(), application_role=APPLICATION)
    async with open_database(
        running.database_url, read_connections=1, write_connections=1
    ) as database:
        await seed.fill(database, wish, at=system_clock())
        begun = time.monotonic()
        backup = folder / "base"
        copying = (running.bin / "pg_basebackup", "-c", "fast", "-D", backup)
        await asyncio.to_thread(_run, running, *copying, "-d", running.owner_url)
        backup_seconds = time.monotonic() - begun
        is_verified = _runs(running.bin / "pg_verifybackup")
        if is_verified:
            await asyncio.to_thread(_run, running, running.bin / "pg_verifybackup", backup)
        await _deliver(database, "before", movements)
        moment = await _value(running.owner_url, "SELECT clock_timestamp()::text")
        contents = await _contents(running.owner_url)
        entries_after = await _deliver(database, "after", movements // 2)
    await _value(running.owner_url, DISASTER)
    await _archive_all(running.owner_url)
    return _Loss(moment, contents, entries_after, backup_seconds, is_verified=is_verified)


async def _deliver(database: Database, name: str, times: int) -> int:
    """Receive units of some variants, each time in a transaction; answer with the entries."""
    random = Random(name)
    async with database.writes() as session:
        variants = list(await session.scalars(select(Variant.id).order_by(Variant.id)))
        place = (await session.scalars(select(Place.id).order_by(Place.id))).first()
    assert place
    written = 0
    for number in range(times):
        source = f"drill:{name}:{number}"
        some = [
            Movement(variant, place, Reason.RECEIVED, random.randint(1, 9), source)
            for variant in random.sample(variants, 20)
        ]
        async with database.writes.begin() as session:
            written += len(await move(session, some, actor="drill", at=system_clock()))
    return written


async def _contents(url: str) -> Contents:
    connection = await asyncpg.connect(url)
    try:
        digest = "coalesce(md5(string_agg(each::text, chr(10) ORDER BY each::text)), '')"
        found: dict[str, tuple[int, str]] = {}
        for table in METADATA.sorted_tables:
            row = await connection.fetchrow(f"SELECT count(*), {digest} FROM {table} AS each")
            assert row
            found[table.name] = (row[0], row[1])
        return found
    finally:
        await connection.close()


async def _archive_all(url: str) -> None:
    """End the segment, as ``archive_timeout`` does within a minute, and wait until it is kept."""
    last = await _value(url, "SELECT pg_walfile_name(pg_switch_wal())")
    kept = f"SELECT left(last_archived_wal, 24) >= '{last}' FROM pg_stat_archiver"
    deadline = time.monotonic() + WAIT_SECONDS
    while not await _value(url, kept):
        if time.monotonic() > deadline:
            raise DrillFailed(f"Segment {last} was not archived; look at the server's log.")
        await asyncio.sleep(0.05)


def _lay_out(folder: Path, home: Path, moment: str) -> None:
    """Lay out the base backup for a new server that recovers up to the moment."""
    home.mkdir(mode=0o755)
    data = home / "postgres"
    subprocess.run(["cp", "-a", folder / "base", data], check=True)
    with (data / "postgresql.auto.conf").open("a") as configuration:
        configuration.write(
            f"restore_command = 'cp {folder / 'archive'}/%f %p'\n"
            f"recovery_target_time = '{moment}'\n"
            "recovery_target_action = 'promote'\n"
            # What it writes from now on belongs into an archive of its own.
            "archive_mode = off\n"
        )
    (data / "recovery.signal").touch()
    owner = data.stat()
    os.chown(data / "recovery.signal", owner.st_uid, owner.st_gid)


def _check(running: Engines, expected: Contents) -> bool:
    """Prove that everything is there and works; say whether the indexes could be checked too."""
    found = asyncio.run(_contents(running.owner_url))
    if other := differing(expected, found):
        raise DrillFailed(f"Not as at the moment: {', '.join(other)}")
    audit = [sys.executable, "-m", "cli", "audit"]
    environment = {"MALL_DATABASE_URL": running.database_url, "PATH": os.environ["PATH"]}
    done = subprocess.run(
        audit,
        env=environment,
        cwd=PRODUCTION.parents[1],
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        raise DrillFailed(f"mall audit: {done.stdout}{done.stderr}")
    asyncio.run(_sell_on(running.database_url))
    available = "SELECT count(*) > 0 FROM pg_available_extensions WHERE name = 'amcheck'"
    if not asyncio.run(_value(running.owner_url, available)):
        return False
    amcheck = (running.bin / "pg_amcheck", "--install-missing", "--heapallindexed")
    _run(running, *amcheck, "-d", running.owner_url)
    return True


async def _sell_on(url: str) -> None:
    """The restored mall takes new movements, as the application."""
    async with open_database(url, read_connections=1, write_connections=1) as database:
        if await _deliver(database, "restored", 1) == 0:
            raise DrillFailed("The restored mall writes nothing.")


async def _value(url: str, sql: str) -> Any:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


def _run(running: Engines, *words: Path | str) -> None:
    account = running.account
    done = subprocess.run(
        words,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
        cwd="/",
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        raise DrillFailed(f"{words[0]} ({done.returncode}): {done.stdout}{done.stderr}")


def _runs(programme: Path) -> bool:
    """Some builds of PostgreSQL bring a programme that is broken."""
    asked = subprocess.run([programme, "--version"], check=False, capture_output=True)
    return asked.returncode == 0


def _wait(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not is_so():
        if time.monotonic() > deadline:
            raise DrillFailed(f"The restored server did not take over in {WAIT_SECONDS} s.")
        time.sleep(0.05)


def _size(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file())


@click.command()
@click.option("--movements", default=400, show_default=True, help="Transactions after the backup.")
def main(movements: int) -> None:
    """Carry out the restore drill on this machine's disk, and print what it measured."""
    with tempfile.TemporaryDirectory(prefix="shoal-drill-", dir=ON_DISK) as name:
        folder = Path(name)
        folder.chmod(0o755)
        try:
            report = drill(folder, movements=movements)
        except DrillFailed as failed:
            raise click.ClickException(str(failed)) from None
    click.echo(
        f"base backup   {report.backup_bytes:,} bytes in {report.backup_seconds:.1f} s\n"
        f"archive       {report.archive_bytes:,} bytes\n"
        f"restored      {report.rows:,} rows in {report.restore_seconds:.1f} s, all as at the "
        f"moment; {report.entries:,} stock entries, and none of the "
        f"{report.entries_after_the_moment:,} after it\n"
        f"proven by     {', '.join(report.proofs)}, and a new movement"
    )


if __name__ == "__main__":
    main()
