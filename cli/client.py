"""``mall client``: the systems that may ask for tokens, of their own or of members."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from enum import StrEnum
from random import SystemRandom
from typing import TypeVar

import click

from cli.reach import postgresql_told
from domain.kernel.actors import Scope
from domain.kernel.clock import system_clock
from domain.kernel.db import WriteSession, open_database
from domain.kernel.settings import Profile, read_settings
from domain.sessions import clients
from domain.sessions.clients import ClientExists, ClientUnknown, NewClient
from domain.sessions.rules import MEMBER_SCOPES, Grant, is_redirect_uri

T = TypeVar("T")


class Kind(StrEnum):
    """What a client is registered for."""

    PARTNER = "partner"
    """Acts as itself, with a secret."""
    WEB = "web"
    """Signs members in in their browsers, and comes back to one of its addresses."""


_SCOPES: Mapping[Kind, tuple[str, ...]] = {Kind.PARTNER: (*Scope,), Kind.WEB: MEMBER_SCOPES}


@click.group("client")
def command() -> None:
    """Let other systems in, and out again. The mini-program and the app need no registration."""


@command.command("add")
@click.argument("client_id")
@click.option("--name", required=True, help="What people call the system.")
@click.option(
    "--kind",
    type=click.Choice([kind.value for kind in Kind]),
    default=Kind.PARTNER.value,
    show_default=True,
    help="partner acts as itself, web signs members in.",
)
@click.option(
    "--scope",
    "scopes",
    required=True,
    multiple=True,
    help="What it may do; give it again for more.",
)
@click.option(
    "--redirect-uri",
    "redirect_uris",
    multiple=True,
    help="Where members come back to, to the letter (web); give it again for more.",
)
@click.option("--public", "is_public", is_flag=True, help="It cannot keep a secret (web).")
def add(
    client_id: str,
    name: str,
    *,
    kind: str,
    scopes: tuple[str, ...],
    redirect_uris: tuple[str, ...],
    is_public: bool,
) -> None:
    """Register CLIENT_ID and tell its secret, this once."""
    new = _new_client(client_id, name, Kind(kind), scopes=scopes, redirect_uris=redirect_uris)
    if is_public and kind == Kind.PARTNER:
        raise click.ClickException("a partner acts as itself, which takes a secret")

    async def act(session: WriteSession) -> str | None:
        return await clients.register(
            session, new, with_secret=not is_public, at=system_clock(), random=SystemRandom()
        )

    try:
        secret = in_transaction(act)
    except ClientExists:
        raise click.ClickException(f"there is a client {client_id} already") from None
    click.echo(f"client_id      {client_id}")
    if secret is not None:
        click.echo(f"client_secret  {secret}")


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


def _new_client(
    client_id: str,
    name: str,
    kind: Kind,
    *,
    scopes: tuple[str, ...],
    redirect_uris: tuple[str, ...],
) -> NewClient:
    """What is registered; ClickException for what cannot be."""
    if not clients.is_id(client_id):
        raise click.ClickException("a client's id is 3 to 50 small letters, digits and hyphens")
    for scope in scopes:
        if scope not in _SCOPES[kind]:
            raise click.ClickException(f"--scope of {kind}: one of {', '.join(_SCOPES[kind])}")
    if kind is Kind.PARTNER:
        if redirect_uris:
            raise click.ClickException("--redirect-uri is for --kind web: a partner acts as itself")
        return NewClient(client_id, name, (Grant.CLIENT_CREDENTIALS,), scopes)
    _check_addresses(redirect_uris)
    grants = (Grant.AUTHORIZATION_CODE, Grant.REFRESH)
    return NewClient(client_id, name, grants, scopes, redirect_uris)


def _check_addresses(redirect_uris: tuple[str, ...]) -> None:
    if not redirect_uris:
        raise click.ClickException("--redirect-uri: is missing, where do members come back to?")
    in_development = read_settings(os.environ).profile is Profile.DEVELOPMENT
    for address in redirect_uris:
        if not is_redirect_uri(address, in_development=in_development):
            raise click.ClickException(
                f"--redirect-uri {address}: must be https://…, without a fragment or a wildcard"
                " (in development also http://localhost)"
            )
