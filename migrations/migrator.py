"""Moves a database between revisions of the schema, also while the mall is open."""

import asyncio
import itertools
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from random import Random

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, NullPool, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.kernel.db import engine_on
from domain.kernel.logs import logger
from migrations.problem import MigrationProblem
from migrations.rights import give_rights

_LOG = logger(__name__)

TRIES = 50
"""How often a revision is begun again after it could not get its locks in time."""

CONNECT_SECONDS = 10.0
"""Nobody waits behind a migrator that connects, and a busy server may take its time."""

_ONE_MIGRATOR = 0x5348_4F41_4C
_LOCK_NOT_AVAILABLE = "55P03"
_DEADLOCK = "40P01"
_ALEMBIC_INI = Path(__file__).parent.parent / "alembic.ini"


async def upgrade(
    url: str, random: Random, *, to: str = "head", application_role: str | None = None
) -> None:
    """Bring the database to a revision; does nothing when it is there already.

    Two migrators at once take turns. A revision that cannot get its locks within half a second
    lets the traffic behind it pass and tries again, with jitter. The application's role, if it
    is another than the one that migrates, then has its rights on whatever tables there are by
    now. Raises `MigrationProblem`.
    """

    def step(connection: Connection) -> None:
        command.upgrade(_on(connection), to)
        if application_role is not None:
            give_rights(connection, application_role)
            connection.commit()

    await _move(url, random, step)


async def downgrade(url: str, random: Random, *, to: str = "base") -> None:
    """Take the database back to a revision, for tests; in production we only roll forward."""
    await _move(url, random, lambda connection: command.downgrade(_on(connection), to))


async def check(url: str, random: Random) -> None:
    """Compare the migrated database with the models; raises `MigrationProblem` on a difference."""
    await _move(url, random, lambda connection: command.check(_on(connection)))


def sql_of(revision_range: str = "head") -> str:
    """The SQL of the migrations, as a DBA or the linter reads it."""
    sql = StringIO()
    command.upgrade(_config(output=sql), revision_range, sql=True)
    return sql.getvalue()


def _on(connection: Connection) -> Config:
    config = _config()
    config.attributes["connection"] = connection
    return config


def _config(*, output: StringIO | None = None) -> Config:
    if output:
        return Config(_ALEMBIC_INI, output_buffer=output)
    return Config(_ALEMBIC_INI, stdout=StringIO())


async def _move(url: str, random: Random, step: Callable[[Connection], None]) -> None:
    engine = engine_on(
        url,
        session={},
        command_seconds=None,
        connect_seconds=CONNECT_SECONDS,
        poolclass=NullPool,
    )
    try:
        async with engine.connect() as connection:
            await _take_turn(connection)
            await _patiently(connection, random, step)
    finally:
        await engine.dispose()


async def _take_turn(connection: AsyncConnection) -> None:
    """Wait until no other migrator is at work.

    Asked again and again, and not waited for inside a statement: an index that is built
    concurrently would wait for that statement to end, and it for the index.
    """
    mine = text("SELECT pg_try_advisory_lock(:key)")
    for waited_seconds in itertools.count():
        is_mine = await connection.scalar(mine, {"key": _ONE_MIGRATOR})
        await connection.commit()
        if is_mine:
            return
        if waited_seconds % 10 == 0:
            _LOG.warning("migration.waits_for_another")
        await asyncio.sleep(1)


async def _patiently(
    connection: AsyncConnection, random: Random, step: Callable[[Connection], None]
) -> None:
    for tries_left in reversed(range(TRIES)):
        try:
            await connection.run_sync(step)
        except CommandError as error:
            raise MigrationProblem(_advice(error)) from error
        except DBAPIError as error:
            await connection.rollback()
            if sqlstate(error) not in {_LOCK_NOT_AVAILABLE, _DEADLOCK}:
                raise
            if tries_left == 0:
                raise MigrationProblem(
                    f"A lock was not to be had in {TRIES} tries; what runs long? "
                    "(look at pg_stat_activity). Every finished revision is kept; try again."
                ) from error
            await asyncio.sleep(random.uniform(0.1, 0.5))
        else:
            return


def sqlstate(error: DBAPIError) -> str | None:
    """PostgreSQL's own code of an error, however the driver wrapped it."""
    state: object = getattr(error.orig, "sqlstate", None)
    return state if isinstance(state, str) else None


def _advice(error: CommandError) -> str:
    if "Can't locate revision" in str(error):
        return (
            "The database belongs to a newer release: it stands at a revision that this checkout "
            "does not know. Update the checkout; nothing was changed."
        )
    return str(error)
