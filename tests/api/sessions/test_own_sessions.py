"""People see where they are signed in, and sign out of what is theirs; never of anybody else's."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from redis.asyncio import Redis
from sqlalchemy import select

from domain.kernel.clock import system_clock
from domain.kernel.db import Database
from domain.sessions import actions
from domain.sessions.models import Session
from domain.sessions.rules import MEMBER_LIFE, EndReason
from tests import make
from tests.api.client import AS_STAFF, Api, statements_run
from tests.api.oauth.desk import (
    RANDOM,
    SignedIn,
    as_member,
    bearer,
    mini_program,
    refresh,
    register,
    sign_in,
)
from tests.api.oauth.office import OFFICE, Person, hire

SESSIONS = "miniprogram/Sessions"


async def header_of(api: Api, signed_in: SignedIn) -> dict[str, str]:
    """The header that makes a request that session's."""
    return bearer((await refresh(api, signed_in.refresh_token)).json()["access_token"])


async def listed(api: Api, headers: dict[str, str], **variables: object) -> list[Any]:
    answer = await api.run(SESSIONS, headers, **variables)
    assert "errors" not in answer, answer
    return [edge["node"] for edge in answer["data"]["sessions"]["edges"]]


async def ended(api: Api, headers: dict[str, str], session_id: str) -> Any:
    answer = await api.run("miniprogram/EndSession", headers, input={"sessionId": session_id})
    assert "errors" not in answer, answer
    return answer["data"]["endSession"]


def public(signed_in: SignedIn) -> str:
    return f"session_{signed_in.session_id.hex}"


async def test_a_member_sees_their_open_sessions_the_newest_first(api: Api, database: Database):
    await mini_program(database)
    await mini_program(database, id="tablet")
    now = system_clock()
    old = await sign_in(database, "tablet", at=now - timedelta(days=3))
    me = old.member_id
    gone = await sign_in(database, "mini", me, at=now - MEMBER_LIFE.whole)
    over = await sign_in(database, "mini", me, at=now - timedelta(days=2))
    here = await sign_in(database, "mini", me, at=now - timedelta(days=1))
    await sign_in(database, "mini")
    async with database.writes.begin() as session:
        await actions.end(session, over.session_id, EndReason.SIGNED_OUT, at=now)
    seen = await listed(api, await header_of(api, here))
    assert gone.session_id not in {each["id"] for each in seen}
    assert [(each["id"], each["isCurrent"], each["clientName"]) for each in seen] == [
        (public(here), True, "小程序"),
        (public(old), False, "小程序"),
    ]
    assert seen[0]["startedAt"] > seen[1]["startedAt"]


async def test_sessions_come_in_pages_by_one_statement_each(api: Api, database: Database):
    headers = await as_member(api, database)
    (first,) = await listed(api, headers)
    me = await owner_of(database, first["id"])
    for _ in range(4):
        await sign_in(database, "mini", me)
    whole = [each["id"] for each in await listed(api, headers)]
    assert len(whole) == 5
    seen: list[str] = []
    after: str | None = None
    while True:
        before = statements_run()
        page = (await api.run(SESSIONS, headers, first=2, after=after))["data"]["sessions"]
        assert statements_run() == before + 1
        seen += [edge["node"]["id"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == whole


async def owner_of(database: Database, session_id: str) -> Any:
    async with database.writes() as session:
        key = make.key_of(session_id, "session")
        return await session.scalar(select(Session.member_id).where(Session.id == key))


@pytest.mark.parametrize("variables", [{"first": 0}, {"first": 101}, {"after": "x"}])
async def test_a_page_that_cannot_be_is_bad_input(
    api: Api, database: Database, variables: dict[str, object]
):
    headers = await as_member(api, database)
    (error,) = (await api.run(SESSIONS, headers, **variables))["errors"]
    assert error["extensions"]["code"] == "BAD_INPUT"


async def test_a_member_signs_out_of_a_lost_phone_once_however_often_they_ask(
    api: Api, database: Database, redis: Redis
):
    await mini_program(database)
    lost = await sign_in(database, "mini")
    here = await sign_in(database, "mini", lost.member_id)
    headers = await header_of(api, here)
    for _ in range(2):
        answer = await ended(api, headers, public(lost))
        assert answer == {"__typename": "SessionSignedOut", "sessionId": public(lost)}
    assert [each["id"] for each in await listed(api, headers)] == [public(here)]
    async with database.writes() as session:
        row = await session.get_one(Session, lost.session_id)
        assert row.end_reason is EndReason.SIGNED_OUT
    assert (await refresh(api, lost.refresh_token)).status_code == 400


async def test_a_session_that_ended_otherwise_keeps_its_reason(api: Api, database: Database):
    await mini_program(database)
    other = await sign_in(database, "mini")
    here = await sign_in(database, "mini", other.member_id)
    async with database.writes.begin() as session:
        await actions.end(session, other.session_id, EndReason.REUSED, at=system_clock())
    answer = await ended(api, await header_of(api, here), public(other))
    assert answer["__typename"] == "SessionSignedOut"
    async with database.writes() as session:
        row = await session.get_one(Session, other.session_id)
        assert row.end_reason is EndReason.REUSED


async def test_nobody_ends_a_session_that_is_not_theirs(api: Api, database: Database):
    await mini_program(database)
    others = await sign_in(database, "mini")
    headers = await as_member(api, database)
    nothing = f"session_{make.an_id().hex}"
    answers = [await ended(api, headers, each) for each in (public(others), nothing)]
    assert answers[0] == answers[1]
    assert answers[0] == {"__typename": "SessionUnknown", "message": "没有这个登录设备。"}
    async with database.writes() as session:
        assert (await session.get_one(Session, others.session_id)).ended_at is None


@pytest.mark.parametrize("document", [SESSIONS, "miniprogram/EndSession"])
async def test_the_development_token_is_nobodys_session(
    api: Api, database: Database, document: str
):
    answer = await api.run(document, AS_STAFF, input={"sessionId": f"session_{make.an_id().hex}"})
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "FORBIDDEN"


async def test_staff_see_their_sessions_and_end_the_others(api: Api, database: Database):
    await register(database, OFFICE, with_secret=False)
    person, now = await hire(database), system_clock()
    other = await staff_session(database, person, at=now - timedelta(hours=1))
    mine = await staff_session(database, person, at=now)
    token = (await refresh(api, mine.refresh_token, "office")).json()["access_token"]
    seen = await listed(api, bearer(token))
    assert [(each["id"], each["isCurrent"]) for each in seen] == [
        (public(mine), True),
        (public(other), False),
    ]
    assert (await ended(api, bearer(token), public(other)))["__typename"] == "SessionSignedOut"
    assert [each["id"] for each in await listed(api, bearer(token))] == [public(mine)]


async def staff_session(database: Database, person: Person, *, at: datetime) -> SignedIn:
    """Begin a session of a member of the staff."""
    async with database.writes.begin() as session:
        owner = actions.Owner(staff_id=person.id)
        begun = await actions.start_session(
            session, "office", owner, scopes=["staff"], at=at, random=RANDOM
        )
        token = RANDOM.randbytes(32).hex()
        await actions.keep_refresh_token(session, begun, token, parent=None, at=at)
    return SignedIn(person.id, begun.id, token)
