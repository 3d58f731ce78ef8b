"""What staff are signed in with: sessions of a working day, tokens with a role, and their end."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from joserfc.jwk import ECKey
from redis.asyncio import Redis
from sqlalchemy import select, update

from domain.kernel.actors import Role
from domain.kernel.clock import system_clock
from domain.kernel.db import Database
from domain.sessions import actions, clients, models
from domain.sessions.clients import NewClient
from domain.sessions.rules import EndReason, Grant
from domain.staff.models import StaffMember
from tests import make
from tests.api.client import Api
from tests.api.oauth.browser import ORIGIN, VERIFIER, Browser, told
from tests.api.oauth.desk import ask, bearer, refresh, refused, register, until_out
from tests.api.oauth.office import (
    OFFICE,
    Person,
    as_staff,
    block,
    enter,
    hire,
    redeem,
    tokens,
)
from tests.api.oauth.office import office as address
from tests.api.oauth.test_forged import changed, read

VIEWER = "playground/StaffViewer"


async def session_of(database: Database) -> models.Session:
    async with database.writes() as session:
        return (await session.scalars(select(models.Session))).one()


async def end_all(database: Database, person: Person, reason: EndReason, note: str | None) -> None:
    async with database.writes.begin() as session:
        await actions.end_all_of_staff(session, person.id, reason, at=system_clock(), note=note)


@pytest.fixture
async def person(database: Database, redis: Redis) -> Person:
    """An operator."""
    return await hire(database)


async def test_a_session_lasts_for_a_working_day_and_its_tokens_for_15_minutes(
    api: Api, database: Database, desk: Browser, person: Person
):
    await enter(desk, "lin")
    body = (await tokens(api, desk)).json()
    row = await session_of(database)
    assert (row.staff_id, row.member_id, row.scopes) == (person.id, None, ["staff"])
    assert row.expires_at - row.started_at == timedelta(hours=12)
    claims = read(body["access_token"], 1)
    assert claims["exp"] - claims["iat"] == 900
    assert claims["staff"] == {"name": "林小满", "role": "operator", "stores": None}
    assert claims["sub"] == f"staff:{person.id.hex}"


async def test_a_refresh_has_no_grace(api: Api, database: Database, desk: Browser, person: Person):
    await enter(desk, "lin")
    first = (await tokens(api, desk)).json()
    second = await refresh(api, first["refresh_token"], OFFICE.id)
    assert second.status_code == 200
    refused(await refresh(api, first["refresh_token"], OFFICE.id), "invalid_grant")
    assert (await session_of(database)).end_reason is EndReason.REUSED
    refused(await refresh(api, second.json()["refresh_token"], OFFICE.id), "invalid_grant")


async def test_a_code_that_comes_again_ends_what_it_began(
    api: Api, database: Database, desk: Browser, person: Person
):
    await enter(desk, "lin")
    code = told(await desk.press("allow"))["code"]
    answers = await asyncio.gather(*(redeem(api, code) for _ in range(6)))
    assert sorted(each.status_code for each in answers) == [200] + [400] * 5
    assert (await session_of(database)).end_reason is EndReason.REUSED


async def test_who_was_blocked_in_the_meantime_is_refused_with_the_reason(
    api: Api, database: Database, desk: Browser, person: Person
):
    await enter(desk, "lin")
    code = told(await desk.press("allow"))["code"]
    await block(database, person)
    body = refused(await redeem(api, code), "access_denied")
    assert (body["code"], body["reason"]) == ("STAFF_BLOCKED", "已离职")


async def test_a_role_is_read_whenever_a_token_is_made(
    api: Api, database: Database, desk: Browser, person: Person
):
    await enter(desk, "lin")
    first = (await tokens(api, desk)).json()
    async with database.writes.begin() as session:
        await session.execute(update(StaffMember).values(role=Role.GUIDE))
    second = (await refresh(api, first["refresh_token"], OFFICE.id)).json()
    assert read(second["access_token"], 1)["staff"]["role"] == "guide"
    assert read(second["access_token"], 1)["staff"]["stores"] == []


async def test_who_is_signed_out_everywhere_is_out(api: Api, database: Database, person: Person):
    header = await as_staff(api, database, person)
    assert "errors" not in await api.run(VIEWER, header)
    await end_all(database, person, EndReason.REVOKED, None)
    answer = await until_out(api, header["authorization"].removeprefix("Bearer "))
    assert answer.status_code == 401


async def test_who_is_blocked_is_out_and_told_why(
    api: Api, database: Database, desk: Browser, person: Person
):
    await enter(desk, "lin")
    body = (await tokens(api, desk)).json()
    await end_all(database, person, EndReason.BLOCKED, "已离职")
    answer = await until_out(api, body["access_token"])
    assert answer.status_code == 403
    (error,) = answer.json()["errors"]
    assert error["message"] == "您的账户已停用：已离职"
    told_of = refused(await refresh(api, body["refresh_token"], OFFICE.id), "access_denied")
    assert told_of["code"] == "STAFF_BLOCKED"


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
async def test_who_signs_out_of_a_client_ends_the_session(
    api: Api, database: Database, desk: Browser, person: Person, kind: str
):
    await enter(desk, "lin")
    body = (await tokens(api, desk)).json()
    await ask(api, "revoke", form={"token": body[kind], "client_id": OFFICE.id})
    assert (await session_of(database)).end_reason is EndReason.SIGNED_OUT


async def test_openid_names_staff_as_the_schema_does(
    api: Api, database: Database, desk: Browser, person: Person
):
    await enter(desk, "lin")
    await desk.open(address(scope="openid profile staff", nonce="a-nonce"))
    assert "确认您的员工身份" in desk.page.text
    body = (await tokens(api, desk)).json()
    claims = read(body["id_token"], 1)
    assert (claims["sub"], claims["aud"]) == (f"staff_{person.id.hex}", OFFICE.id)
    header = bearer(body["access_token"])
    answer = await api.http.get("/oauth/userinfo", headers=header)
    assert answer.json() == {"sub": f"staff_{person.id.hex}", "name": "林小满"}
    await end_all(database, person, EndReason.REVOKED, None)
    assert (await api.http.get("/oauth/userinfo", headers=header)).status_code == 401


async def test_userinfo_takes_the_scope_openid(api: Api, database: Database, person: Person):
    header = await as_staff(api, database, person)
    answer = await api.http.get("/oauth/userinfo", headers=header)
    assert answer.status_code == 403


async def test_a_client_with_a_secret_learns_what_its_token_is_worth(
    api: Api, database: Database, desk: Browser, person: Person
):
    uris = OFFICE.redirect_uris
    erp = NewClient("erp", "ERP", (Grant.AUTHORIZATION_CODE,), ("staff",), uris)
    partner = await register(database, erp)
    await enter(desk, "lin")
    await desk.open(address(client_id="erp"))
    code = told(await desk.press("allow"))["code"]
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": uris[0],
        "code_verifier": VERIFIER,
    }
    body = (await ask(api, form=form, auth=partner.auth)).json()
    shown = {"token": body["access_token"]}
    answer = (await ask(api, "introspect", form=shown, auth=partner.auth)).json()
    assert (answer["active"], answer["sub"]) == (True, f"staff:{person.id.hex}")
    await end_all(database, person, EndReason.REVOKED, None)
    answer = await ask(api, "introspect", form=shown, auth=partner.auth)
    assert answer.json() == {"active": False}


@pytest.mark.usefixtures("own_clients")
async def test_the_playground_signs_staff_in_and_nobody_else_has_its_id(
    api: Api, database: Database, desk: Browser, person: Person
):
    home = f"{ORIGIN}/playground"
    await enter(desk, "lin")
    page = await desk.open(address(client_id="playground", redirect_uri=home))
    assert "“Playground”申请获得以下权限" in page.text
    answer = await desk.press("allow")
    assert answer.headers["location"].startswith(f"{home}?code=")
    code = answer.headers["location"].partition("code=")[2].partition("&")[0]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": home}
    form |= {"client_id": "playground", "code_verifier": VERIFIER}
    body = (await ask(api, form=form)).json()
    assert "errors" not in await api.run(VIEWER, bearer(body["access_token"]))
    for elsewhere in (f"{home}/", f"{home}?x=1", "https://thief.example/playground"):
        page = await desk.open(address(client_id="playground", redirect_uri=elsewhere))
        assert (page.status_code, "location" in page.headers) == (400, False)
    with pytest.raises(clients.ClientExists):
        await register(database, NewClient("playground", "贼", (), ()))


@pytest.mark.parametrize(
    "scopes", [("staff", "member"), ("staff", "pad"), ("openid", "member", "pad")]
)
def test_a_client_is_for_people_of_one_kind(scopes: tuple[str, ...]):
    with pytest.raises(ValueError, match="several kinds"):
        NewClient("both", "两者", (), scopes)


GUIDE: Mapping[str, object] = {"name": "林小满", "role": "guide", "stores": []}
PAD = {"id": str(UUID(int=1)), "store": str(UUID(int=2)), "sid": str(UUID(int=3))}
FORGED: Mapping[str, dict[str, Any]] = {
    "no claims of staff": {"staff": None},
    "no scope": {"scope": ""},
    "the scope of members": {"scope": "member"},
    "the scope of pads": {"scope": "pad"},
    "a pad with the scope of a browser": {"pad": PAD},
    "an unknown role": {"staff": {**GUIDE} | {"role": "emperor"}},
    "no role": {"staff": {"name": "林小满", "stores": []}},
    "no stores": {"staff": {"name": "林小满", "role": "guide"}},
    "stores that are no ids": {"staff": {**GUIDE} | {"stores": ["1"]}},
    "a name that is no text": {"staff": {**GUIDE} | {"name": 1}},
    "a member with claims of staff": {"sub": f"member:{'0' * 32}"},
    "a pad with claims of staff": {"sub": f"pad:{'0' * 32}"},
    "a pad that is no pad": {"pad": {"id": "1"}, "scope": "pad"},
    "a subject that is no id": {"sub": "staff:1"},
    "no session": {"sid": None},
}
"""Claims that the mall never puts together, signed with its own key all the same."""


@pytest.mark.parametrize("way", sorted(FORGED))
async def test_a_token_of_staff_that_does_not_add_up_is_refused(
    api: Api, database: Database, person: Person, signing_key: ECKey, way: str
):
    header = await as_staff(api, database, person)
    token = header["authorization"].removeprefix("Bearer ")
    right = await api.post({"query": "{ __typename }"}, bearer(changed(token, signing_key)))
    assert right.status_code == 200
    spoilt = changed(token, signing_key, **FORGED[way])
    answer = await api.post({"query": "{ __typename }"}, bearer(spoilt))
    assert answer.status_code == 401
    (error,) = answer.json()["errors"]
    assert error["extensions"]["code"] == "UNAUTHENTICATED"


async def test_a_guide_may_not_do_what_operators_do(api: Api, database: Database, redis: Redis):
    guide = await hire(database, role=Role.GUIDE)
    operator = await hire(database, "wang")
    document = "mutation($input: CreateTagInput!) { createTag(input: $input) { __typename } }"
    given = {"requestId": str(make.an_id()), "title": {"zh": "新品", "en": "New"}}
    for person, expected in ((guide, "FORBIDDEN"), (operator, None)):
        header = await as_staff(api, database, person)
        answer = await api.query(document, header, input=given | {"code": "new", "reason": "上新"})
        codes = [each["extensions"]["code"] for each in answer.get("errors", ())]
        assert (expected is None) is (codes != ["FORBIDDEN"]), answer
