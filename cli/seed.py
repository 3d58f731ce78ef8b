"""``mall seed``: fills an empty mall with the demo brand."""

import asyncio
import os

import click

from cli.reach import postgresql_told
from domain.kernel.clock import system_clock
from domain.kernel.db import open_database
from domain.kernel.settings import Profile, Settings, SettingsRefused, read_settings
from sandbox.brand.seeding import DEFAULT_SEED, seed


@click.command("seed")
@click.option("--seed", "number", default=DEFAULT_SEED, show_default=True, help="Which demo data.")
def command(number: int) -> None:
    """Fill an empty mall with the demo brand; a mall that sells something is left as it is."""
    settings = read_settings(os.environ)
    if settings.profile is not Profile.DEVELOPMENT:
        raise SettingsRefused(["MALL_PROFILE: demo data is for development only"])
    with postgresql_told():
        added = asyncio.run(_seed(settings, number))
    click.echo(f"demo brand: {added} products added" if added else "demo brand: already there")


async def _seed(settings: Settings, number: int) -> int:
    async with (
        open_database(
            settings.required_database_url(), read_connections=1, write_connections=1
        ) as database,
        database.writes.begin() as session,
    ):
        folder, at = settings.media_folder, system_clock()
        return await seed(session, folder, number=number, at=at)
