"""Members as staff see them: masked, found by exact words, and kept out on the record."""

from typing import Any

import pytest
from sqlalchemy import select

from domain.kernel.db import Database
from domain.members.words import ConsentPurpose
from domain.sessions import actions as sessions
from domain.sessions import clients
from domain.sessions.clients import NewClient
from domain.sessions.models import Session
from domain.sessions.rules import EndReason, Grant
from domain.staff.models import AuditEntry
from tests import make
from tests.api.client import statements_run
from tests.api.members.desk import GUIDE, Phones, a_member, id_of, member, publish, sign_in, staff
from tests.domain.members.people import PHONE, RANDOM
from tests.make import NOON


def names(connection: Any) -> list[str]:
    return [edge["node"]["name"] for edge in connection["edges"]]


async def a_member_with_phone(database: Database) -> str:
    """A member called 小满 who has bound a phone."""
    await publish(database, ConsentPurpose.PHONE)
    member_id = await a_member(database)
    viewer = member(database, member_id, phones=Phones(tap=PHONE))
    await viewer.do("BindPhoneByWeChat", code="tap", consentVersion=1)
    await viewer.do("EditProfile", name="小满")
    return id_of(member_id)


async def test_staff_see_the_last_digits_and_nothing_else_of_a_phone(database: Database):
    public = await a_member_with_phone(database)
    for actor in (None, GUIDE):
        colleague = staff(database, actor) if actor else staff(database)
        response = await colleague.run("playground/StaffMember", id=public)
        seen = response["data"]["staffMember"]
        assert seen["phone"]["masked"] == "****8000"
        assert (seen["name"], seen["blockedAt"]) == ("小满", None)
        assert [each["isGranted"] for each in seen["consents"]] == [True]
        assert "1380" not in str(response)


async def test_a_member_that_is_not_there_is_null(database: Database):
    assert await staff(database).see("StaffMember", id=id_of(make.an_id())) is None


async def test_members_are_found_by_exact_phone_and_exact_name(database: Database):
    await a_member_with_phone(database)
    await sign_in(database, "o-2")
    desk = staff(database)
    assert len((await desk.see("StaffMembers"))["edges"]) == 2
    for found in (
        {"phone": "138 0013 8000"},
        {"name": " 小满"},
        {"name": "小满", "phone": PHONE},
    ):
        assert names(await desk.see("StaffMembers", filter=found)) == ["小满"]
    for missed in ({"phone": "13900139000"}, {"name": "小"}, {"name": "大满", "phone": PHONE}):
        assert names(await desk.see("StaffMembers", filter=missed)) == []
    assert await desk.code("playground/StaffMembers", filter={"phone": "12"}) == "BAD_INPUT"


async def test_pages_of_members_go_from_the_latest_to_the_first(database: Database):
    for number in range(5):
        await sign_in(database, f"o-{number}")
    desk, after, seen = staff(database), None, list[str]()
    while True:
        page = await desk.see("StaffMembers", first=2, after=after)
        seen += [edge["node"]["id"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == sorted(set(seen), reverse=True)
    assert len(seen) == 5


@pytest.mark.parametrize("count", [1, 9])
async def test_a_list_costs_one_statement_however_long_it_is(database: Database, count: int):
    for number in range(count):
        await sign_in(database, f"o-{number}")
    before = statements_run()
    page = await staff(database).see("StaffMembers")
    assert (len(page["edges"]), statements_run() - before) == (count, 1)


async def test_one_member_costs_one_statement(database: Database):
    public = await a_member_with_phone(database)
    before = statements_run()
    await staff(database).see("StaffMember", id=public)
    assert statements_run() - before == 1


async def test_a_blocked_member_loses_the_sessions_and_the_trail_has_both_reasons(
    database: Database,
):
    member_id = await a_member(database)
    async with database.writes.begin() as session:
        mini = NewClient("mini", "小程序", (Grant.REFRESH,), ("member",))
        await clients.register(session, mini, with_secret=False, at=NOON, random=RANDOM)
        begun = await sessions.start_session(
            session,
            "mini",
            sessions.Owner(member_id=member_id),
            scopes=["member"],
            at=NOON,
            random=RANDOM,
        )
    saved = await staff(database).act(
        "BlockMember", memberId=id_of(member_id), blockReason="请联系客服"
    )
    assert saved["member"]["blockReason"] == "请联系客服"
    async with database.writes() as session:
        ended = await session.get_one(Session, begun.id)
        entry = (
            await session.scalars(select(AuditEntry).where(AuditEntry.subject_id == member_id))
        ).one()
    assert (ended.end_reason, ended.end_note) == (EndReason.BLOCKED, "请联系客服")
    assert (entry.action, entry.reason) == ("member.block", "核实情况")
    saved = await staff(database).act("UnblockMember", memberId=id_of(member_id))
    assert saved["member"]["blockedAt"] is None


async def test_a_whole_phone_is_told_each_time_on_the_record(database: Database):
    public = await a_member_with_phone(database)
    for _ in range(2):
        told = await staff(database).see(
            "RevealPhone", input={"memberId": public, "reason": "送货"}
        )
        assert told == {"__typename": "PhoneRevealed", "phone": PHONE}
    async with database.writes() as session:
        entries = await session.scalars(
            select(AuditEntry.reason).where(AuditEntry.action == "member.reveal_phone")
        )
        assert entries.all() == ["送货", "送货"]


async def test_what_is_not_there_is_refused(database: Database):
    desk, nobody = staff(database), id_of(make.an_id())
    for mutation, more in (
        ("BlockMember", {"blockReason": "x"}),
        ("UnblockMember", {}),
    ):
        refused = await desk.act(mutation, memberId=nobody, **more)
        assert refused["__typename"] == "MemberUnavailable"
    told = await desk.see("RevealPhone", input={"memberId": nobody, "reason": "x"})
    assert told["__typename"] == "MemberUnavailable"
    known = id_of(await a_member(database))
    told = await desk.see("RevealPhone", input={"memberId": known, "reason": "x"})
    assert told["__typename"] == "PhoneUnknown"
    told = await desk.see("RevealPhone", input={"memberId": known, "reason": " "})
    assert told["__typename"] == "InvalidInput"


@pytest.mark.parametrize(
    ("mutation", "more"),
    [
        ("BlockMember", {"requestId": str(make.an_id()), "blockReason": "x"}),
        ("UnblockMember", {"requestId": str(make.an_id())}),
        ("RevealPhone", {}),
    ],
)
async def test_a_guide_changes_no_members_and_is_told_no_phones(
    database: Database, mutation: str, more: dict[str, str]
):
    member_id = await a_member(database)
    given = {"memberId": id_of(member_id), "reason": "x", **more}
    assert await staff(database, GUIDE).code(f"playground/{mutation}", input=given) == "FORBIDDEN"
