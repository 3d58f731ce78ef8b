"""``mall staff``: the first owner of a mall, and one who cannot sign in any more."""

import sys
from collections.abc import Awaitable, Callable
from random import SystemRandom
from typing import TypeVar
from uuid import UUID

import click
from sqlalchemy import select

from cli.client import in_transaction
from domain.kernel.actors import By, Role, Staff
from domain.kernel.clock import system_clock
from domain.kernel.db import WriteSession
from domain.kernel.errors import InvalidInput
from domain.kernel.language import Language
from domain.sessions import actions as sessions
from domain.sessions.rules import EndReason
from domain.staff import accounts, credentials
from domain.staff.accounts import NewAccount, SavedAccount
from domain.staff.models import StaffMember
from domain.staff.rules import tidy_login
from domain.stores.models import Place

T = TypeVar("T")

ENGINEER = Staff(UUID("0192f000-0000-7000-8000-000000000002"), "命令行 mall staff", Role.OWNER)
"""Who the trail says it was: whoever may give commands on the mall's machines."""
_REASON = "命令行 mall staff / the command mall staff"


@click.group("staff")
def command() -> None:
    """Let the first owner in, and one who is locked out; owners do the rest in the mall itself."""


@command.command("add")
@click.argument("login")
@click.option("--name", required=True, help="What colleagues read.")
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]))
@click.option(
    "--store",
    "stores",
    multiple=True,
    help="The code of a store that they work in (guide, store_manager); give it again for more.",
)
def add(login: str, name: str, *, role: str, stores: tuple[str, ...]) -> None:
    """Make the account LOGIN and tell its first password, this once."""
    password, hashed = _new_password()

    async def act(session: WriteSession) -> SavedAccount:
        store_ids = [await _store_id(session, code) for code in stores]
        new = NewAccount(login, name, Role(role), store_ids, hashed)
        return await accounts.create_account(session, new, reason=_REASON, by=_by())

    _carried_out(act)
    _tell(tidy_login(login), password)


@command.command("reset")
@click.argument("login")
def reset(login: str) -> None:
    """Give LOGIN another password, told this once, and forget their authenticator.

    Their sessions end, and they are let in again if they were kept out.
    """
    password, hashed = _new_password()

    async def act(session: WriteSession) -> None:
        by = _by()
        found = select(StaffMember.id).where(StaffMember.login == tidy_login(login))
        staff_id = await session.scalar(found)
        if staff_id is None:
            raise click.ClickException(f"there is nobody with the login {login}")
        await accounts.reset_password(session, staff_id, hashed, reason=_REASON, by=by)
        await accounts.reset_authenticator(session, staff_id, reason=_REASON, by=by)
        await accounts.unblock_account(session, staff_id, reason=_REASON, by=by)
        await sessions.end_all_of_staff(session, staff_id, EndReason.REVOKED, at=by.at, note=None)
        await sessions.forget_block(session, staff_id, at=by.at)

    _carried_out(act)
    _tell(tidy_login(login), password)


@command.command("list")
def list_staff() -> None:
    """Show who works here, and who of them can sign in."""

    async def every(session: WriteSession) -> list[StaffMember]:
        return list(await session.scalars(select(StaffMember).order_by(StaffMember.login)))

    for each in in_transaction(every):
        state = "blocked" if each.blocked_at else "active" if each.password_hash else "no password"
        since = f"{each.created_at:%Y-%m-%d}"
        click.echo(f"{each.login:30} {each.role:14} {state:12} {since} {each.name}")


def _new_password() -> tuple[str, str]:
    """A password and its hash, made before anything is locked."""
    password = accounts.temporary_password(SystemRandom())
    return password, credentials.hashed(password)


def _by() -> By:
    return By(ENGINEER, system_clock(), SystemRandom())


async def _store_id(session: WriteSession, code: str) -> UUID:
    found = await session.scalar(select(Place.id).where(Place.code == code))
    if found is None:
        raise click.ClickException(f"--store {code}: there is no such store")
    return found


def _carried_out(act: Callable[[WriteSession], Awaitable[T]]) -> T:
    """Carry one change out; ClickException with every problem that there is."""
    try:
        return in_transaction(act)
    except InvalidInput as invalid:
        told = "; ".join(f"{each.path}: {each.told_in(Language.EN)}" for each in invalid.problems)
        raise click.ClickException(told) from None


def _tell(login: str, password: str) -> None:
    click.echo(f"login     {login}")
    click.echo(f"password  {password}")
    click.echo("It is told this once; whoever signs in with it chooses their own.", file=sys.stderr)
