"""``mall migrate``: brings a database to this release's schema, also while the mall is open."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Coroutine
from pathlib import Path
from random import SystemRandom

import click

from cli.reach import postgresql_told
from domain.kernel.settings import Settings, read_settings
from migrations import migrator
from migrations.history import revisions
from migrations.problem import MigrationProblem


@click.command("migrate")
@click.option("--check", is_flag=True, help="Compare the migrated database with the models.")
@click.option("--lint", is_flag=True, help="Hold the SQL of all migrations against squawk.")
@click.option("--sql", is_flag=True, help="Print the SQL of all migrations and change nothing.")
def command(*, check: bool, lint: bool, sql: bool) -> None:
    """Bring the database to this release's schema, as its owner.

    That is MALL_MIGRATION_DATABASE_URL, or MALL_DATABASE_URL. Then MALL_APPLICATION_ROLE gets
    what the API and the workers need. Safe on a live database and safe to run twice: it waits
    half a second for a lock, lets the traffic pass and tries again.
    """
    if sql:
        click.echo(migrator.sql_of())
    elif lint:
        sys.exit(_lint())
    elif check:
        url = read_settings(os.environ).required_migration_url()
        _carry_out(migrator.check(url, SystemRandom()))
    else:
        _carry_out(_upgrade(read_settings(os.environ)))
        click.echo(f"schema at {revisions().head}")


async def _upgrade(settings: Settings) -> None:
    url, role = settings.required_migration_url(), settings.application_role
    await migrator.upgrade(url, SystemRandom(), application_role=role)


def _carry_out(work: Coroutine[None, None, None]) -> None:
    try:
        with postgresql_told():
            asyncio.run(work)
    except MigrationProblem as problem:
        raise click.ClickException(str(problem)) from None


def _lint() -> int:
    squawk = Path(sys.executable).with_name("squawk")
    if not squawk.exists():
        raise click.ClickException("The linter comes with the development tools; `make check`.")
    linted = subprocess.run(
        [squawk, "--stdin-filepath", "migrations.sql"],
        input=migrator.sql_of(),
        text=True,
        check=False,
    )
    return linted.returncode
