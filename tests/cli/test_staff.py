"""``mall staff``: the first owner, and one who is locked out; on the record as the command."""

import asyncio
import re

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from cli.staff import ENGINEER, command
from domain.kernel.clock import system_clock
from domain.kernel.db import Database
from domain.sessions.models import Session
from domain.sessions.rules import EndReason
from domain.staff.credentials import is_right
from domain.staff.models import AuditEntry, RecoveryCode, StaffMember, StaffStore
from domain.stores.models import Place, PlaceKind
from tests import make
from tests.api.staff.test_accounts import a_session, end_of
from tests.make import NOON

_PASSWORD = re.compile(r"password  (\S+)")


async def mall_staff(url: str, *words: str) -> Result:
    """Give the command on the tests' own mall, in a thread: it has a loop of its own."""
    runner = CliRunner()
    environment = {"MALL_DATABASE_URL": url}
    return await asyncio.to_thread(runner.invoke, command, words, env=environment)


def told_in(result: Result) -> str:
    """The password that it told."""
    assert result.exit_code == 0, result.output
    found = _PASSWORD.search(result.output)
    assert found
    return found[1]


async def only(database: Database) -> StaffMember:
    """The one account."""
    async with database.writes() as session:
        return (await session.scalars(select(StaffMember))).one()


async def trail(database: Database) -> list[AuditEntry]:
    """What the command did."""
    async with database.writes() as session:
        return list(await session.scalars(select(AuditEntry)))


async def test_the_first_owner_is_let_in(database: Database, database_url: str):
    told = await mall_staff(database_url, "add", "Shen.Yu", "--name", "沈屿", "--role", "owner")
    staff = await only(database)
    assert (staff.login, staff.role, staff.is_password_temporary) == ("shen.yu", "owner", True)
    assert is_right(told_in(told), staff.password_hash)
    (entry,) = await trail(database)
    assert (entry.actor, entry.actor_name) == (ENGINEER.key, ENGINEER.name)
    assert (entry.action, entry.reason) == (
        "staff.create",
        "命令行 mall staff / the command mall staff",
    )
    again = await mall_staff(database_url, "add", "shen.yu", "--name", "沈屿", "--role", "owner")
    assert (again.exit_code, "login: " in again.output) == (1, True)
    listed = await mall_staff(database_url, "list")
    assert listed.output.split()[:3] == ["shen.yu", "owner", "active"]


async def test_a_guide_is_sent_to_a_store_that_there_is(database: Database, database_url: str):
    async with database.writes.begin() as session:
        key = make.an_id()
        session.add(
            Place(id=key, code="ST-1", kind=PlaceKind.STORE, title_zh="店", title_en="Store")
        )
    guide = ("add", "guide", "--name", "小顾", "--role", "guide")
    for wrong in ((), ("--store", "ST-2")):
        assert (await mall_staff(database_url, *guide, *wrong)).exit_code == 1
    assert (await mall_staff(database_url, *guide, "--store", "ST-1")).exit_code == 0
    async with database.writes() as session:
        assert (await session.scalars(select(StaffStore.store_id))).all() == [key]


async def test_an_owner_who_lost_everything_is_let_in_again(database: Database, database_url: str):
    await mall_staff(database_url, "add", "owner", "--name", "沈屿", "--role", "owner")
    async with database.writes.begin() as session:
        row = (await session.scalars(select(StaffMember))).one()
        row.totp_sealed, row.totp_confirmed_at = b"sealed", NOON
        row.password_failures, row.password_locked_until, row.pin_hash = 9, NOON, "a pin's hash"
        row.blocked_at, row.block_reason = NOON, "x"
        session.add(RecoveryCode(digest=b"d" * 32, staff_id=row.id, created_at=NOON))
    told = await mall_staff(database_url, "reset", "OWNER")
    staff = await only(database)
    assert is_right(told_in(told), staff.password_hash)
    assert (staff.totp_sealed, staff.password_failures, staff.blocked_at) == (None, 0, None)
    assert staff.pin_hash is None
    async with database.writes() as session:
        assert (await session.scalars(select(RecoveryCode))).all() == []
    assert sorted(entry.action for entry in await trail(database)) == [
        "staff.create",
        "staff.reset_authenticator",
        "staff.reset_password",
        "staff.unblock",
    ]


async def test_who_is_reset_is_told_no_more_that_they_are_blocked(
    database: Database, database_url: str
):
    await mall_staff(database_url, "add", "owner", "--name", "沈屿", "--role", "owner")
    staff = await only(database)
    begun = await a_session(database, staff.id)
    async with database.writes.begin() as session:
        row = await session.get_one(Session, begun)
        row.ended_at = row.expires_at = system_clock()
        row.end_reason, row.end_note = EndReason.BLOCKED, "x"
    await mall_staff(database_url, "reset", "owner")
    assert await end_of(database, begun) == (EndReason.REVOKED, None)


@pytest.mark.usefixtures("database")
async def test_nobody_is_reset_who_is_not_there(database_url: str):
    result = await mall_staff(database_url, "reset", "nobody")
    assert (result.exit_code, "there is nobody" in result.output) == (1, True)
