"""``mall keys``: the keys that access tokens are signed with."""

import os
from random import SystemRandom

import click

from cli.client import in_transaction
from domain.kernel.clock import system_clock
from domain.kernel.db import WriteSession
from domain.kernel.sealing import Unsealable
from domain.kernel.settings import read_settings
from domain.sessions import keys


@click.group("keys")
def command() -> None:
    """Change the signing keys. The first one is made by the API itself."""


@command.command("rotate")
@click.option("--now", is_flag=True, help="For a stolen key: every access token ends at once.")
def rotate(*, now: bool) -> None:
    """Make a new key. It signs after a minute, and what the old one signed stays valid until then.

    Nobody notices, unless with --now: then every client has to refresh.
    """
    vault = read_settings(os.environ).required_vault()

    async def act(session: WriteSession) -> str:
        return await keys.rotate(
            session, vault, at=system_clock(), random=SystemRandom(), at_once=now
        )

    try:
        made = in_transaction(act)
    except Unsealable:
        raise click.ClickException(
            "MALL_MASTER_KEYS does not open the keys that there are: give it what the API has"
        ) from None
    click.echo(f"new signing key {made}")


@command.command("list")
def list_keys() -> None:
    """Show each key, since when it signs, and until when what it signed is taken."""
    for key in in_transaction(keys.every):
        until = f"taken until {key.retires_at:%Y-%m-%d %H:%M:%S} UTC" if key.retires_at else ""
        click.echo(f"{key.id}  signs from {key.signs_from:%Y-%m-%d %H:%M:%S} UTC  {until}".rstrip())
