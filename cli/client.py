"""``mall client``: the partner systems that may ask for tokens of their own."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from random import SystemRandom
from typing import TypeVar

import click

from cli.reach import postgresql_told
from domain.kernel.actors import Scope
from domain.kernel.clock import system_clock
from domain.kernel.db import WriteSession, open_database
from domain.kernel.settings import read_settings
from domain.sessions import clients
from domain.sessions.clients import ClientExists, ClientUnknown, NewClient
from domain.sessions.rules import Grant

T = TypeVar("T")


@click.group("client")
def command() -> None:
    """Let partner systems in, and out again. The mini-program and the app need no registration."""


@command.command("add")
@click.argument("client_id")
@click.option("--name", required=True, help="What people call the system.")
@click.option(
    "--scope",
    "scopes",
    required=True,
    multiple=True,
    type=click.Choice([scope.value for scope in Scope]),
    help="What it may do; give it again for more.",
)
def add(client_id: str, name: str, scopes: tuple[str, ...]) -> None:
    """Register CLIENT_ID and tell its secret, this once."""
    new = NewClient(client_id, name, (Grant.CLIENT_CREDENTIALS,), scopes)

    async def act(session: WriteSession) -> str | None:
        return await clients.register(
            session, new, with_secret=True, at=system_clock(), random=SystemRandom()
        )

    if not clients.is_id(client_id):
        raise click.ClickException("a client's id is 3 to 50 small letters, digits and hyphens")
    try:
        secret = in_transaction(act)
    except ClientExists:
        raise click.ClickException(f"there is a client {client_id} already") from None
    click.echo(f"client_id      {client_id}\nclient_secret  {secret}")


@command.command("renew")
@click.argument("client_id")
def renew(client_id: str) -> None:
    """Give CLIENT_ID another secret, told this once; lets a disabled one in again."""

    async def act(session: WriteSession) -> str:
        return await clients.renew(session, client_id, random=SystemRandom())

    click.echo(f"client_id      {client_id}\nclient_secret  {_of_known(client_id, act)}")


@command.command("disable")
@click.argument("client_id")
def disable(client_id: str) -> None:
    """Let CLIENT_ID ask for nothing more; within a second none of its tokens is taken."""

    async def act(session: WriteSession) -> None:
        await clients.disable(session, client_id, at=system_clock())

    _of_known(client_id, act)
    click.echo(f"disabled {client_id}")


@command.command("list")
def list_clients() -> None:
    """Show who may ask for tokens, and since when."""
    for each in in_transaction(clients.every):
        state = "disabled" if each.disabled_at else "active"
        since = f"{each.created_at:%Y-%m-%d}"
        click.echo(f"{each.id:30} {state:8} {since} {' '.join(each.scopes):30} {each.name}")


def in_transaction(act: Callable[[WriteSession], Awaitable[T]]) -> T:
    """Carry one change out on the mall that MALL_DATABASE_URL names, and commit it."""

    async def whole() -> T:
        url = read_settings(os.environ).required_database_url()
        async with (
            open_database(url, read_connections=1, write_connections=1) as database,
            database.writes.begin() as session,
        ):
            return await act(session)

    with postgresql_told():
        return asyncio.run(whole())


def _of_known(client_id: str, act: Callable[[WriteSession], Awaitable[T]]) -> T:
    try:
        return in_transaction(act)
    except ClientUnknown:
        raise click.ClickException(f"there is no such client: {client_id}") from None
