"""Accounts as they are read: all of them by owners and operators, their guides by managers."""

from typing import Any

import pytest

from domain.kernel.actors import Role
from domain.kernel.db import Database
from domain.staff.models import StaffMember
from tests import make
from tests.api.client import statements_run
from tests.api.members.desk import Caller
from tests.api.staff.desk import a_store, desk_of, id_of, someone
from tests.make import NOON


async def logins(desk: Caller, **wanted: object) -> list[str]:
    """The logins of the accounts that somebody finds, ascending."""
    page = await desk.see("StaffAccounts", filter=wanted)
    return sorted(edge["node"]["login"] for edge in page["edges"])


async def test_owners_and_operators_find_everybody_by_each_filter(database: Database):
    store = await a_store(database)
    owner = await someone(database, login="owner")
    await someone(database, Role.GUIDE, store, login="guide.gu")
    blocked = await someone(database, Role.FINANCE, login="finance")
    async with database.writes.begin() as session:
        row = await session.get_one(StaffMember, blocked.id)
        row.name, row.blocked_at, row.block_reason = "钱 Jing", NOON, "x"
    for reader in (owner, await someone(database, Role.OPERATOR, login="operator")):
        desk = desk_of(database, reader)
        assert {"owner", "guide.gu", "finance"} <= set(await logins(desk))
        assert await logins(desk, role="GUIDE") == ["guide.gu"]
        assert await logins(desk, storeId=f"place_{store.hex}") == ["guide.gu"]
        assert await logins(desk, search=" GUIDE.") == ["guide.gu"]
        assert await logins(desk, search="jing") == ["finance"]
        assert await logins(desk, isBlocked=True) == ["finance"]
        assert "finance" not in await logins(desk, isBlocked=False)
        assert await logins(desk, isBlocked=True, role="GUIDE") == []


async def test_a_manager_finds_the_guides_of_their_stores_and_nobody_else(database: Database):
    store, far = await a_store(database), await a_store(database, "ST-2")
    manager = await someone(database, Role.STORE_MANAGER, store)
    guide = await someone(database, Role.GUIDE, store, far)
    others = [
        manager,
        await someone(database, Role.GUIDE, far),
        await someone(database, Role.STORE_MANAGER, store),
        await someone(database),
    ]
    desk = desk_of(database, manager)
    assert await logins(desk) == [guide.name]
    seen = await desk.see("StaffAccount", id=id_of(guide))
    assert [each["code"] for each in seen["stores"]] == ["ST-1", "ST-2"]
    for other in others:
        assert await desk.see("StaffAccount", id=id_of(other)) is None
    assert await desk.see("StaffAccount", id=f"staff_{make.an_id().hex}") is None


@pytest.mark.parametrize("role", [Role.GUIDE, Role.FINANCE, Role.ENGINEER])
async def test_nobody_else_finds_anybody(database: Database, role: Role):
    stores = [await a_store(database)] if role is Role.GUIDE else []
    desk = desk_of(database, await someone(database, role, *stores))
    assert await desk.code("playground/StaffAccounts") == "FORBIDDEN"


async def test_pages_go_from_the_latest_to_the_first(database: Database):
    desk, after, seen = desk_of(database, await someone(database)), None, list[str]()
    for _ in range(4):
        await someone(database, Role.OPERATOR)
    while True:
        page: Any = await desk.see("StaffAccounts", first=2, after=after)
        seen += [edge["node"]["id"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == sorted(set(seen), reverse=True)
    assert len(seen) == 5


@pytest.mark.parametrize("count", [1, 9])
async def test_a_list_costs_two_statements_however_long_it_is(database: Database, count: int):
    store, owner = await a_store(database), await someone(database)
    for _ in range(count):
        await someone(database, Role.GUIDE, store)
    before = statements_run()
    page = await desk_of(database, owner).see("StaffAccounts", first=100)
    assert (len(page["edges"]), statements_run() - before) == (count + 1, 2)
