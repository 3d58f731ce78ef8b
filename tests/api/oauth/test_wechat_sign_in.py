"""Signing in from the mini-program: a code of ``wx.login`` for our tokens."""

import asyncio

import pytest
from sqlalchemy import func, select

from domain.kernel.clock import system_clock
from domain.kernel.db import Database
from domain.members.models import Member, MemberIdentity
from domain.sessions.rules import Grant
from tests.api.client import Api
from tests.api.oauth.desk import ask, bearer, refresh, refused
from tests.wechat import FakeWeChat

pytestmark = pytest.mark.usefixtures("own_clients")
PROBE = "{ products(first: 1) { edges { node { id } } } }"
SESSION = "/sns/jscode2session"


def form(code: str, **more: str) -> dict[str, str]:
    return {"grant_type": Grant.WECHAT, "client_id": "mini-program", "code": code} | more


async def members(database: Database) -> int:
    async with database.writes() as session:
        return (await session.scalars(select(func.count()).select_from(Member))).one()


async def test_who_comes_first_becomes_a_member_and_stays_the_same_one(
    api: Api, database: Database, wechat: FakeWeChat
):
    person = wechat.person("林晓")
    first = (await ask(api, form=form(wechat.login_code(person)))).json()
    assert first["scope"] == "member openid profile"
    assert set(first) == {"access_token", "refresh_token", "token_type", "expires_in", "scope"}
    assert "errors" not in await api.query(PROBE, bearer(first["access_token"]))
    await ask(api, form=form(wechat.login_code(person)))
    assert await members(database) == 1
    again = await refresh(api, first["refresh_token"], "mini-program")
    assert again.status_code == 200


async def test_twenty_first_sign_ins_at_once_make_one_member(
    api: Api, database: Database, wechat: FakeWeChat
):
    person = wechat.person("林晓", unionid=True)
    codes = [wechat.login_code(person) for _ in range(20)]
    answers = await asyncio.gather(*(ask(api, form=form(code)) for code in codes))
    assert {answer.status_code for answer in answers} == {200}
    assert await members(database) == 1
    async with database.writes() as session:
        assert len((await session.scalars(select(MemberIdentity))).all()) == 1


async def test_of_six_that_bring_one_code_one_signs_in(api: Api, wechat: FakeWeChat):
    code = wechat.login_code(wechat.person("林晓"))
    answers = await asyncio.gather(*(ask(api, form=form(code)) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [200, 400, 400, 400, 400, 400]
    for answer in answers:
        if answer.status_code == 400:
            assert refused(answer, "invalid_grant")["code"] == "CODE_USED"


async def test_the_unionid_is_learned_when_it_comes(
    api: Api, database: Database, wechat: FakeWeChat
):
    wechat.bind(is_bound=False)
    person = wechat.person("林晓", unionid=True)
    assert (await ask(api, form=form(wechat.login_code(person)))).status_code == 200

    async def unionid() -> str | None:
        async with database.writes() as session:
            return (await session.scalars(select(MemberIdentity.unionid))).one()

    assert await unionid() is None
    wechat.bind()
    assert (await ask(api, form=form(wechat.login_code(person)))).status_code == 200
    assert await unionid() == person.unionid
    assert await members(database) == 1


@pytest.mark.parametrize(
    ("code", "client", "error"),
    [
        ("", "mini-program", "invalid_request"),
        ("nonsense", "mini-program", "invalid_grant"),
        ("x" * 3000, "mini-program", "invalid_grant"),
        ("nonsense", "app", "unauthorized_client"),
        ("nonsense", "nobody", "invalid_client"),
    ],
)
async def test_what_is_no_code_is_refused(api: Api, code: str, client: str, error: str):
    refused(await ask(api, form=form(code, client_id=client)), error)


async def test_a_code_is_not_spent_where_the_request_is_wrong_anyway(api: Api, wechat: FakeWeChat):
    code = wechat.login_code(wechat.person("林晓"))
    refused(await ask(api, form=form(code, client_id="app")), "unauthorized_client")
    refused(await ask(api, form=form(code, scope="stock:read")), "invalid_scope")
    assert wechat.calls(SESSION) == []
    assert (await ask(api, form=form(code))).status_code == 200


async def test_a_person_that_wechat_refuses_is_told_so(api: Api, wechat: FakeWeChat):
    person = wechat.person("陌生人", is_high_risk=True)
    answer = await ask(api, form=form(wechat.login_code(person)))
    assert refused(answer, "access_denied")["message"] == "微信认为此账户存在风险，暂时无法登录。"


@pytest.mark.parametrize(
    ("kind", "status", "error"),
    [
        ("busy", 503, "temporarily_unavailable"),
        ("broken", 503, "temporarily_unavailable"),
        ("garbage", 503, "temporarily_unavailable"),
        ("limited", 429, "rate_limited"),
    ],
)
async def test_where_wechat_fails_the_client_is_told_when_to_come_again(
    api: Api, database: Database, wechat: FakeWeChat, kind: str, status: int, error: str
):
    person = wechat.person("林晓")
    wechat.fail(SESSION, kind)
    answer = await ask(api, form=form(wechat.login_code(person)))
    refused(answer, error, status)
    assert int(answer.headers["retry-after"]) >= 1
    # A code is never asked about twice: it may be used up although nobody was told.
    assert len(wechat.calls(SESSION)) == 1
    assert await members(database) == 0
    assert (await ask(api, form=form(wechat.login_code(person)))).status_code == 200


async def test_a_blocked_member_is_refused_with_the_reason(
    api: Api, database: Database, wechat: FakeWeChat
):
    person = wechat.person("林晓")
    await ask(api, form=form(wechat.login_code(person)))
    async with database.writes.begin() as session:
        member = (await session.scalars(select(Member))).one()
        member.blocked_at, member.block_reason = system_clock(), "多次恶意退货"
    answer = await ask(api, form=form(wechat.login_code(person)))
    body = refused(answer, "access_denied")
    assert (body["code"], body["reason"]) == ("MEMBER_BLOCKED", "多次恶意退货")
    assert body["message"] == "您的账户已停用：多次恶意退货"


async def test_nothing_of_the_session_key_is_kept_or_told(
    api: Api, database: Database, wechat: FakeWeChat
):
    answer = await ask(api, form=form(wechat.login_code(wechat.person("林晓"))))
    assert "session_key" not in answer.text
    assert "openid" not in answer.json()
