"""The viewer: what members see and say of themselves."""

from sqlalchemy import text

from domain.kernel.actors import Partner, Scope
from domain.kernel.db import Database
from domain.members.actions.blocking import block_member
from domain.members.words import ConsentPurpose
from tests import make
from tests.api.client import statements_run
from tests.api.members.desk import Caller, a_member, id_of, member, publish, staff
from tests.domain.members.people import BY, write


async def test_a_member_sees_themselves(database: Database):
    member_id = await a_member(database)
    await publish(database, ConsentPurpose.TERMS, ConsentPurpose.MARKETING)
    seen = await member(database, member_id).read("Viewer")
    assert seen.pop("name").startswith("会员")
    assert seen == {
        "id": id_of(member_id),
        "pictureUrl": None,
        "birthday": None,
        "language": None,
        "isPersonalised": True,
        "phone": None,
        "joinedAt": "2026-11-11T04:00:00+00:00",
        "consents": [
            {
                "purpose": purpose,
                "isGranted": False,
                "version": None,
                "newestVersion": 1,
                "channel": None,
                "at": None,
            }
            for purpose in ("MARKETING", "TERMS")
        ],
    }


async def test_the_viewer_costs_one_statement_with_its_consents(database: Database):
    viewer = member(database, await a_member(database))
    before = statements_run()
    await viewer.read("Viewer")
    assert statements_run() - before == 1


async def test_a_profile_is_edited_field_by_field_and_answered_whole(database: Database):
    viewer = member(database, await a_member(database))
    saved = await viewer.do(
        "EditProfile", name=" 小满 ", birthday={"month": 2, "day": 29}, language="EN"
    )
    assert saved["__typename"] == "ViewerSaved"
    assert saved["viewer"]["name"] == "小满"
    saved = await viewer.do("EditProfile", isPersonalised=False, language=None)
    seen = saved["viewer"]
    assert (seen["birthday"], seen["language"]) == ({"month": 2, "day": 29}, None)
    assert (seen["name"], seen["isPersonalised"]) == ("小满", False)
    saved = await viewer.do("EditProfile", birthday=None)
    assert saved["viewer"]["birthday"] is None
    assert saved["viewer"] == await viewer.read("Viewer")


async def test_what_is_wrong_with_a_profile_is_told_by_field(database: Database):
    viewer = member(database, await a_member(database))
    refused = await viewer.do("EditProfile", name="", birthday={"month": 13, "day": 1})
    assert [(each["path"], each["code"]) for each in refused["problems"]] == [
        ("name", "missing"),
        ("birthday.month", "out_of_range"),
    ]
    assert all(each["message"] for each in refused["problems"])


async def test_an_edit_that_is_sent_again_is_not_made_again(database: Database):
    viewer = member(database, await a_member(database))
    request_id = str(make.an_id())
    for name in ("一", "二"):
        await viewer.do(
            "EditProfile", requestId=request_id if name == "一" else str(make.an_id()), name=name
        )
    again = await viewer.do("EditProfile", requestId=request_id, name="一")
    assert again["viewer"]["name"] == "二"


async def test_a_blocked_member_is_told_why(database: Database):
    member_id = await a_member(database)
    await write(
        database,
        lambda session: block_member(session, member_id, told="请联系客服", reason="x", by=BY),
    )
    refused = await member(database, member_id).do("EditProfile", name="小满")
    assert (refused["__typename"], refused["reason"]) == ("MemberBlocked", "请联系客服")
    assert "请联系客服" in refused["message"]


async def test_only_members_are_viewers(database: Database):
    partner = Partner("erp", make.an_id(), frozenset(Scope))
    for caller, code in (
        (Caller(database, None), "UNAUTHENTICATED"),
        (Caller(database, partner), "FORBIDDEN"),
        (staff(database), "FORBIDDEN"),
    ):
        assert await caller.code("miniprogram/Viewer") == code


async def test_a_session_of_nobody_is_unauthenticated(database: Database):
    ghost = member(database, make.an_id())
    assert await ghost.code("miniprogram/Viewer") == "UNAUTHENTICATED"
    given = {"requestId": str(make.an_id()), "name": "小满"}
    assert await ghost.code("miniprogram/EditProfile", input=given) == "UNAUTHENTICATED"


async def test_a_picture_has_an_address(database: Database):
    member_id = await a_member(database)
    async with database.writes.begin() as session:
        await session.execute(text("UPDATE members SET picture_key = 'members/1.svg'"))
    seen = await member(database, member_id).read("Viewer")
    assert seen["pictureUrl"] == "members/1.svg"
