"""``mall client`` and ``mall keys`` as an engineer runs them."""

import asyncio
import base64

import pytest
from click.testing import CliRunner, Result

from cli import main
from domain.kernel.db import Database
from domain.kernel.settings import Settings
from tests.api.client import Api
from tests.api.oauth.desk import ask, refused
from tests.conftest import MASTER_KEY


async def mall(settings: Settings, *command: str) -> Result:
    """Run a command in a thread of its own: it has a loop of its own."""
    environment = {
        "MALL_DATABASE_URL": settings.required_database_url(),
        "MALL_MASTER_KEYS": MASTER_KEY,
    }
    runner = CliRunner()
    return await asyncio.to_thread(runner.invoke, main.mall, [*command], env=environment)


async def add(settings: Settings, client_id: str) -> Result:
    scope = ("--name", "仓库系统", "--scope", "stock:read")
    return await mall(settings, "client", "add", *scope, "--", client_id)


@pytest.mark.usefixtures("database", "redis")
async def test_a_partner_is_let_in_and_out_again(api: Api, settings: Settings):
    added = await mall(
        settings, "client", "add", "erp", "--name", "仓库系统", "--scope", "stock:read"
    )
    assert added.exit_code == 0, added.stderr
    told = dict(line.split() for line in added.stdout.splitlines())
    form = {"grant_type": "client_credentials"}
    partner = (told["client_id"], told["client_secret"])
    assert (await ask(api, form=form, auth=partner)).json()["scope"] == "stock:read"

    again = await add(settings, "erp")
    assert (again.exit_code, again.stderr) == (1, "Error: there is a client erp already\n")
    listed = (await mall(settings, "client", "list")).stdout
    assert "erp" in listed
    assert told["client_secret"] not in listed

    assert (await mall(settings, "client", "disable", "erp")).exit_code == 0
    refused(await ask(api, form=form, auth=partner), "invalid_client", 401)
    assert "disabled" in (await mall(settings, "client", "list")).stdout

    renewed = (await mall(settings, "client", "renew", "erp")).stdout
    secret = renewed.split()[-1]
    assert (await ask(api, form=form, auth=("erp", secret))).status_code == 200
    refused(await ask(api, form=form, auth=partner), "invalid_client", 401)
    unknown = await mall(settings, "client", "disable", "nobody")
    assert (unknown.exit_code, unknown.stderr) == (1, "Error: there is no such client: nobody\n")


@pytest.mark.parametrize("client_id", ["ab", "ERP", "-erp", "mini-program", "app", "pad"])
async def test_an_id_that_no_partner_can_have_is_refused(
    settings: Settings, database: Database, client_id: str
):
    added = await mall(
        settings, "client", "add", "--name", "x", "--scope", "stock:read", "--", client_id
    )
    assert added.exit_code == 1
    assert added.stderr.startswith("Error: ")


async def test_a_master_key_that_opens_nothing_makes_no_key(
    api: Api, settings: Settings, database: Database
):
    before = (await mall(settings, "keys", "list")).stdout
    runner, other = CliRunner(), base64.b64encode(bytes(range(32))).decode()
    environment = {
        "MALL_DATABASE_URL": settings.required_database_url(),
        "MALL_MASTER_KEYS": other,
    }
    refusal = await asyncio.to_thread(runner.invoke, main.mall, ["keys", "rotate"], env=environment)
    assert refusal.exit_code == 1
    assert "MALL_MASTER_KEYS does not open the keys" in refusal.stderr
    assert (await mall(settings, "keys", "list")).stdout == before


async def test_keys_are_changed_and_listed(api: Api, settings: Settings, database: Database):
    made = await mall(settings, "keys", "rotate")
    assert made.exit_code == 0, made.stderr
    new = made.stdout.removeprefix("new signing key ").strip()
    lines = (await mall(settings, "keys", "list")).stdout.splitlines()
    assert lines[-1].startswith(new)
    assert "taken until" not in lines[-1]
