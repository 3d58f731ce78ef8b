"""Accounts by an owner: made, changed, closed and opened, each on the record and told once."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, text, update

from api.auth import DEVELOPER
from domain.kernel.actors import Role
from domain.kernel.db import Database
from domain.sessions import actions as sessions
from domain.sessions import clients
from domain.sessions.clients import NewClient
from domain.sessions.models import Session
from domain.sessions.rules import EndReason, Grant
from domain.staff.credentials import is_right
from domain.staff.models import RecoveryCode, StaffMember
from tests import make
from tests.api.catalog.desk import a_request
from tests.api.members.desk import Caller
from tests.api.staff.desk import a_store, desk_of, id_of, row_of, someone, trail
from tests.domain.members.people import RANDOM
from tests.make import NOON, key_of


async def an_owner(database: Database) -> Caller:
    """An owner beside another one."""
    await someone(database)
    return desk_of(database, await someone(database))


async def create(desk: Caller, **given: object) -> Any:
    whole = {"login": "gu.qing", "name": "顾清", "role": "OPERATOR", **given}
    return await desk.act("CreateStaff", **whole)


async def a_session(database: Database, staff_id: UUID) -> UUID:
    """A session of somebody in a browser."""
    async with database.writes.begin() as session:
        web = NewClient(f"web-{staff_id.hex[-8:]}", "后台", (Grant.REFRESH,), ("staff",))
        await clients.register(session, web, with_secret=False, at=NOON, random=RANDOM)
        owner = sessions.Owner(staff_id=staff_id)
        begun = await sessions.start_session(
            session, web.id, owner, scopes=["staff"], at=NOON, random=RANDOM
        )
        return begun.id


async def end_of(database: Database, session_id: UUID) -> tuple[EndReason | None, str | None]:
    """Why a session ended, and what they are told."""
    async with database.writes() as session:
        found = await session.get_one(Session, session_id)
        return found.end_reason, found.end_note


async def test_an_account_is_made_with_a_password_that_is_told_once(database: Database):
    desk, request = await an_owner(database), a_request()
    made = await create(desk, login=" Gu.Qing ", requestId=request)
    account, password = made["account"], made["temporaryPassword"]
    assert (account["login"], account["isPasswordTemporary"]) == ("gu.qing", True)
    kept = await row_of(database, key_of(account["id"], "staff"))
    assert is_right(password, kept.password_hash)
    again = await create(desk, login=" Gu.Qing ", requestId=request)
    assert again["account"]["id"] == account["id"]
    assert again["temporaryPassword"] is None
    async with database.writes() as session:
        for table in ("request_answers", "audit_entries", "staff"):
            rows = await session.scalars(text(f"SELECT {table}::text FROM {table}"))
            assert all(password not in row for row in rows)
    (entry,) = await trail(database)
    assert (entry.action, entry.subject_kind, entry.subject_id) == (
        "staff.create",
        "staff",
        kept.id,
    )
    assert entry.after == {"login": "gu.qing", "name": "顾清", "role": "operator", "stores": []}
    assert desk.actor
    assert (entry.actor, entry.reason) == (desk.actor.key, "核实情况")


async def test_a_login_is_never_somebody_elses_even_of_two_at_once(database: Database):
    desk = await an_owner(database)
    made = await asyncio.gather(create(desk), create(desk, login="GU.QING"))
    assert sorted(each["__typename"] for each in made) == ["InvalidInput", "TemporaryPasswordTold"]
    (refused,) = [each for each in made if each["__typename"] == "InvalidInput"]
    assert [each["code"] for each in refused["problems"]] == ["taken"]


@pytest.mark.parametrize(
    ("given", "problems"),
    [
        ({"login": "顾"}, {"login": "not_a_login"}),
        ({"login": "ab"}, {"login": "not_a_login"}),
        ({"login": "a" * 51}, {"login": "not_a_login"}),
        ({"name": " "}, {"name": "missing"}),
        ({"name": "顾" * 41}, {"name": "too_long"}),
        ({"name": "顾\u202e清"}, {"name": "not_printable"}),
        ({"role": "GUIDE"}, {"storeIds": "missing"}),
        ({"storeIds": ["store"]}, {"storeIds": "no_store_role"}),
        ({"role": "GUIDE", "storeIds": ["warehouse"]}, {"storeIds.0": "not_found"}),
        ({"role": "GUIDE", "storeIds": ["store", "store"]}, {"storeIds.1": "repeated"}),
        ({"reason": " "}, {"reason": "missing"}),
    ],
)
async def test_what_an_account_cannot_be_is_refused(
    database: Database, given: dict[str, Any], problems: dict[str, str]
):
    desk, store = await an_owner(database), await a_store(database)
    async with database.writes.begin() as session:
        warehouse = await make.place(session)
    known = {"store": f"place_{store.hex}", "warehouse": f"place_{warehouse.hex}"}
    if "storeIds" in given:
        given = {**given, "storeIds": [known[each] for each in given["storeIds"]]}
    refused = await create(desk, **given)
    assert {each["path"]: each["code"] for each in refused["problems"]} == problems
    async with database.writes() as session:
        assert await session.scalar(select(func.count()).select_from(StaffMember)) == 2
    assert await trail(database) == []


async def test_another_role_and_other_stores_end_the_sessions_and_a_name_does_not(
    database: Database,
):
    desk, store = await an_owner(database), await a_store(database)
    guide = await someone(database, Role.GUIDE, store)
    begun = await a_session(database, guide.id)
    saved = await desk.act("EditStaff", staffId=id_of(guide), revision=1, name="小顾")
    assert (saved["account"]["name"], saved["account"]["revision"]) == ("小顾", 2)
    assert await end_of(database, begun) == (None, None)
    saved = await desk.act(
        "EditStaff", staffId=id_of(guide), revision=2, role="OPERATOR", storeIds=[]
    )
    assert (saved["account"]["role"], saved["account"]["stores"]) == ("OPERATOR", [])
    assert await end_of(database, begun) == (EndReason.REVOKED, None)
    assert [entry.action for entry in await trail(database)] == ["staff.edit"] * 2


async def test_an_edit_of_what_was_changed_meanwhile_is_refused(database: Database):
    desk, colleague = await an_owner(database), await someone(database, Role.OPERATOR)
    refused = await desk.act("EditStaff", staffId=id_of(colleague), revision=7, name="新")
    assert (refused["__typename"], refused["revision"]) == ("StaffChanged", 1)


async def test_who_is_blocked_loses_the_sessions_and_comes_back_anew(database: Database):
    desk, colleague = await an_owner(database), await someone(database, Role.ENGINEER)
    begun = await a_session(database, colleague.id)
    saved = await desk.act("BlockStaff", staffId=id_of(colleague), blockReason="请联系店主")
    assert saved["account"]["blockReason"] == "请联系店主"
    assert await end_of(database, begun) == (EndReason.BLOCKED, "请联系店主")
    saved = await desk.act("UnblockStaff", staffId=id_of(colleague))
    assert (saved["account"]["blockedAt"], saved["account"]["blockReason"]) == (None, None)
    # What the block ended stays over, and says no more that they are blocked.
    assert await end_of(database, begun) == (EndReason.REVOKED, None)
    actions = sorted(entry.action for entry in await trail(database))
    assert actions == ["staff.block", "staff.unblock"]
    refused = await desk.act("BlockStaff", staffId=id_of(colleague), blockReason=" ")
    assert refused["problems"][0]["path"] == "blockReason"


async def test_a_password_is_reset_unlocks_and_is_told_once(database: Database):
    desk, colleague = await an_owner(database), await someone(database, Role.FINANCE)
    begun = await a_session(database, colleague.id)
    async with database.writes.begin() as session:
        row = await session.get_one(StaffMember, colleague.id)
        row.password_failures, row.password_locked_until, row.pin_hash = 9, NOON, "a pin's hash"
    given = {"staffId": id_of(colleague), "requestId": a_request()}
    reset = await desk.act("ResetStaffPassword", **given)
    kept = await row_of(database, colleague.id)
    assert is_right(reset["temporaryPassword"], kept.password_hash)
    assert (kept.is_password_temporary, kept.password_failures) == (True, 0)
    assert kept.password_locked_until is None
    assert kept.pin_hash is None
    (entry,) = await trail(database)
    assert entry.before
    assert entry.after
    assert (entry.before["has_pin"], entry.after["has_pin"]) == (True, False)
    assert "a pin's hash" not in str((entry.before, entry.after))
    assert await end_of(database, begun) == (EndReason.REVOKED, None)
    assert (await desk.act("ResetStaffPassword", **given))["temporaryPassword"] is None
    assert (await row_of(database, colleague.id)).password_hash == kept.password_hash


async def test_an_owner_takes_a_lost_authenticator_away_with_its_codes(database: Database):
    desk, colleague = await an_owner(database), await someone(database, Role.FINANCE)
    begun = await a_session(database, colleague.id)
    async with database.writes.begin() as session:
        row = await session.get_one(StaffMember, colleague.id)
        row.totp_sealed, row.totp_confirmed_at, row.totp_last_step = b"sealed", NOON, 5
        session.add(RecoveryCode(digest=b"d" * 32, staff_id=colleague.id, created_at=NOON))
    saved = await desk.act("ResetStaffAuthenticator", staffId=id_of(colleague))
    account = saved["account"]
    assert (account["hasAuthenticator"], account["recoveryCodesLeft"]) == (False, 0)
    assert await end_of(database, begun) == (EndReason.REVOKED, None)
    (entry,) = await trail(database)
    assert (entry.before, entry.after) == (
        {"has_authenticator": True},
        {"has_authenticator": False},
    )
    await desk.act("ResetStaffAuthenticator", staffId=id_of(colleague))
    assert len(await trail(database)) == 1


@pytest.mark.parametrize(
    ("mutation", "more"),
    [
        ("EditStaff", {"revision": 1, "role": "OPERATOR"}),
        ("BlockStaff", {"blockReason": "x"}),
        ("UnblockStaff", {}),
        ("ResetStaffPassword", {}),
        ("ResetStaffAuthenticator", {}),
    ],
)
async def test_nobody_does_it_to_themselves_or_to_nobody_and_only_owners_do_it(
    database: Database, mutation: str, more: dict[str, object]
):
    desk = await an_owner(database)
    assert desk.actor
    own = desk.actor.key.replace(":", "_")
    assert (await desk.act(mutation, staffId=own, **more))["__typename"] == "OwnAccount"
    nobody = f"staff_{make.an_id().hex}"
    assert (await desk.act(mutation, staffId=nobody, **more))["__typename"] == "StaffUnavailable"
    given = {"staffId": nobody, "requestId": a_request(), "reason": "x", **more}
    for role in (Role.OPERATOR, Role.ENGINEER, Role.FINANCE):
        other = desk_of(database, await someone(database, role))
        assert await other.code(f"playground/{mutation}", input=given) == "FORBIDDEN"
    assert await trail(database) == []


async def test_the_last_owner_who_can_sign_in_stays_one(database: Database):
    owner, operator = await someone(database), await someone(database, Role.OPERATOR)
    # The development token and an engineer's command have no account of their own.
    desk = Caller(database, DEVELOPER)
    for mutation, more in (
        ("BlockStaff", {"blockReason": "x"}),
        ("EditStaff", {"revision": 1, "role": "OPERATOR"}),
    ):
        refused = await desk.act(mutation, staffId=id_of(owner), **more)
        assert refused["__typename"] == "LastOwner"
    saved = await desk.act("EditStaff", staffId=id_of(operator), revision=1, role="OWNER")
    assert saved["account"]["role"] == "OWNER"
    saved = await desk.act("BlockStaff", staffId=id_of(owner), blockReason="x")
    assert saved["__typename"] == "StaffSaved"


async def test_of_owners_who_block_each_other_at_once_one_stays(database: Database):
    for _ in range(3):
        owners = [await someone(database) for _ in range(2)]
        async with database.writes.begin() as session:
            others = StaffMember.id.not_in([owner.id for owner in owners])
            gone = update(StaffMember).where(others).values(blocked_at=NOON, block_reason="x")
            await session.execute(gone)

        async def block(by: int, whom: int, owners: Any = owners) -> str:
            desk = desk_of(database, owners[by])
            given = {
                "staffId": id_of(owners[whom]),
                "requestId": a_request(),
                "reason": "x",
                "blockReason": "x",
            }
            answer = await desk.run("playground/BlockStaff", input=given)
            if "errors" in answer:
                return answer["errors"][0]["extensions"]["code"]
            return answer["data"]["blockStaff"]["__typename"]

        outcomes = await asyncio.gather(block(0, 1), block(1, 0))
        assert sorted(outcomes) == ["FORBIDDEN", "StaffSaved"]
        rows = [await row_of(database, owner.id) for owner in owners]
        assert sum(row.blocked_at is None for row in rows) == 1
