"""``mall client`` as an operator runs it."""

import asyncio
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from cli.client import command
from domain.kernel.db import Database
from domain.kernel.settings import Settings
from domain.sessions.clients import is_secret_of
from domain.sessions.models import Client

Mall = Callable[..., "asyncio.Future[Result]"]
ADDRESS = "https://shop.example/callback"
WEB = ("--name", "官网", "--kind", "web", "--scope", "openid", "--scope", "profile")


@pytest.fixture
def mall(settings: Settings) -> Mall:
    """Runs the command beside this event loop, for it has one of its own."""

    def run(*arguments: str, profile: str = "production") -> "asyncio.Future[Result]":
        environ = {
            "MALL_PROFILE": profile,
            "MALL_PUBLIC_URL": "https://mall.example",
            "MALL_DATABASE_URL": settings.required_database_url(),
        }
        runner = CliRunner(env=environ)
        return asyncio.get_running_loop().run_in_executor(
            None, lambda: runner.invoke(command, arguments)
        )

    return run


async def only_client(database: Database) -> Client:
    async with database.writes() as session:
        return (await session.scalars(select(Client))).one()


async def test_a_web_client_is_registered_with_its_addresses_and_a_secret(
    mall: Mall, database: Database
):
    told = await mall("add", "webshop", *WEB, "--redirect-uri", ADDRESS)
    assert told.exit_code == 0, told.output
    row = await only_client(database)
    assert row.grants == ["authorization_code", "refresh_token"]
    assert (row.scopes, row.redirect_uris) == (["openid", "profile"], [ADDRESS])
    assert is_secret_of(row, told.output.split()[-1])


async def test_a_web_client_that_keeps_no_secret_has_none(mall: Mall, database: Database):
    told = await mall("add", "webshop", *WEB, "--redirect-uri", ADDRESS, "--public")
    assert (told.exit_code, "client_secret" in told.output) == (0, False)
    assert (await only_client(database)).secret_digest is None


async def test_a_partner_is_what_it_was(mall: Mall, database: Database):
    told = await mall("add", "erp", "--name", "仓库系统", "--scope", "stock:read")
    assert told.exit_code == 0, told.output
    row = await only_client(database)
    assert (row.grants, row.scopes) == (["client_credentials"], ["stock:read"])
    assert is_secret_of(row, told.output.split()[-1])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add", "webshop", *WEB), "--redirect-uri: is missing"),
        (("add", "webshop", *WEB, "--redirect-uri", "https://x/*"), "without a fragment"),
        (("add", "webshop", *WEB, "--redirect-uri", "http://localhost/"), "must be https://"),
        (
            ("add", "webshop", *WEB, "--scope", "stock:read", "--redirect-uri", ADDRESS),
            "--scope of web",
        ),
        (("add", "Shop", *WEB, "--redirect-uri", ADDRESS), "3 to 50 small letters"),
        (("add", "app", *WEB, "--redirect-uri", ADDRESS), "there is a client app already"),
        (
            ("add", "erp", "--name", "x", "--scope", "stock:read", "--redirect-uri", ADDRESS),
            "for --kind web",
        ),
        (("add", "erp", "--name", "x", "--scope", "openid"), "--scope of partner"),
        (("add", "erp", "--name", "x", "--scope", "stock:read", "--public"), "takes a secret"),
    ],
)
async def test_what_cannot_be_registered_is_told_and_not_done(
    mall: Mall, database: Database, arguments: tuple[str, ...], said: str
):
    told = await mall(*arguments)
    assert told.exit_code == 1
    assert said in told.output
    async with database.writes() as session:
        assert (await session.scalars(select(Client))).all() == []


async def test_a_web_client_on_this_machine_is_for_development(mall: Mall, database: Database):
    address = "http://localhost:3000/callback"
    arguments = ("add", "webshop", *WEB, "--redirect-uri", address)
    assert (await mall(*arguments, profile="development")).exit_code == 0
    assert (await only_client(database)).redirect_uris == [address]
