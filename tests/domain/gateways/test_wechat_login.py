"""Signing in at WeChat: every answer it can give, and what is made of it."""

from datetime import timedelta

import pytest
from redis.asyncio import Redis
from structlog.typing import EventDict

from domain.gateways.wechat.login import MiniProgramLogin
from domain.kernel.outside import (
    OutsideLimited,
    OutsideMisconfigured,
    OutsideRejected,
    OutsideUnavailable,
)
from domain.members.ports import CodeProblem, CodeRefused, PersonRefused, WeChatSession
from tests.domain.gateways.desks import HURRIED, NONSENSE, open_desk
from tests.domain.gateways.wires import Reply, Wire, reply
from tests.wechat import APP_ID, APP_SECRET, FakeWeChat

ENDPOINT = "/sns/jscode2session"


async def sign_in(wechat: FakeWeChat | Wire, redis: Redis, code: str) -> WeChatSession:
    """Sign in with a code."""
    async with open_desk(wechat, redis, patience=HURRIED) as desk:
        return await desk.login.session_of(code)


async def refused(wechat: FakeWeChat | Wire, redis: Redis, code: str) -> CodeProblem:
    """What is wrong with a code."""
    with pytest.raises(CodeRefused) as caught:
        await sign_in(wechat, redis, code)
    return caught.value.kind


async def test_a_code_stands_for_a_person(wechat: FakeWeChat, redis: Redis):
    person = wechat.person("Lin", unionid=True)
    session = await sign_in(wechat, redis, wechat.login_code(person))
    assert session == WeChatSession(person.openid, person.unionid)
    assert person.openid not in repr(session)
    assert str(person.unionid) not in repr(session)


async def test_there_may_be_no_unionid_yet(wechat: FakeWeChat, redis: Redis):
    person = wechat.person("Lin", unionid=True)
    wechat.bind(is_bound=False)
    session = await sign_in(wechat, redis, wechat.login_code(person))
    assert session == WeChatSession(person.openid, None)


async def test_a_code_is_used_once(wechat: FakeWeChat, redis: Redis):
    code = wechat.login_code(wechat.person("Lin"))
    await sign_in(wechat, redis, code)
    assert await refused(wechat, redis, code) is CodeProblem.USED


async def test_a_code_that_is_late_or_of_another_app_or_nobodys_is_invalid(
    wechat: FakeWeChat, redis: Redis
):
    person = wechat.person("Lin")
    late = wechat.login_code(person)
    wechat.pass_time(timedelta(minutes=5, seconds=1))
    for code in (late, wechat.login_code(person, app_id="wx00000000000000bb"), "0nobodys"):
        assert await refused(wechat, redis, code) is CodeProblem.INVALID


@pytest.mark.parametrize("code", ["", " ", "two words", "x" * 257, "代码", "a\nb"])
async def test_what_wechat_cannot_have_given_is_not_asked_about(code: str, redis: Redis):
    wire = Wire([reply({"openid": "somebody"})])
    assert await refused(wire, redis, code) is CodeProblem.INVALID
    assert wire.requests == []


async def test_a_person_of_high_risk_is_not_let_in(wechat: FakeWeChat, redis: Redis):
    code = wechat.login_code(wechat.person("Lin", is_high_risk=True))
    with pytest.raises(PersonRefused):
        await sign_in(wechat, redis, code)


async def test_a_limit_is_told_with_a_pause(wechat: FakeWeChat, redis: Redis):
    wechat.fail(ENDPOINT, "refused", errcode=45011)
    with pytest.raises(OutsideLimited) as caught:
        await sign_in(wechat, redis, wechat.login_code(wechat.person("Lin")))
    assert (caught.value.code, caught.value.retry_after_seconds) == ("45011", 60)


@pytest.mark.parametrize(
    ("app_id", "app_secret", "code"),
    [("wx00000000000000bb", APP_SECRET, "40013"), (APP_ID, "another", "40125")],
)
async def test_a_wrong_id_or_secret_is_the_malls_own_fault_and_wakes_somebody(
    wechat: FakeWeChat,
    redis: Redis,
    logged: list[EventDict],
    *,
    app_id: str,
    app_secret: str,
    code: str,
):
    async with open_desk(wechat, redis) as desk:
        login = MiniProgramLogin(desk.transport, app_id=app_id, app_secret=app_secret)
        with pytest.raises(OutsideMisconfigured, match=code):
            await login.session_of(wechat.login_code(wechat.person("Lin")))
    (line,) = [line for line in logged if line["event"] == "outside.misconfigured"]
    assert (line["log_level"], line["reason"]) == ("error", code)
    assert len(str(line["reference"])) == 26


@pytest.mark.parametrize("kind", ["busy", "broken", "garbage", "lost"])
async def test_whatever_happens_a_code_is_sent_once(wechat: FakeWeChat, redis: Redis, kind: str):
    code = wechat.login_code(wechat.person("Lin"))
    wechat.fail(ENDPOINT, kind)
    with pytest.raises(OutsideUnavailable) as caught:
        await sign_in(wechat, redis, code)
    assert caught.value.may_have_happened
    assert len(wechat.calls(ENDPOINT)) == 1


async def test_a_code_whose_answer_was_lost_is_used_up(wechat: FakeWeChat, redis: Redis):
    code = wechat.login_code(wechat.person("Lin"))
    wechat.fail(ENDPOINT, "lost")
    with pytest.raises(OutsideUnavailable):
        await sign_in(wechat, redis, code)
    assert await refused(wechat, redis, code) is CodeProblem.USED


@pytest.mark.parametrize("answer", NONSENSE.values(), ids=NONSENSE)
async def test_nonsense_is_no_session(answer: Reply, redis: Redis):
    with pytest.raises(OutsideUnavailable) as caught:
        await sign_in(Wire([answer]), redis, "a-code")
    assert caught.value.may_have_happened


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"openid": None},
        {"openid": 7},
        {"openid": ""},
        {"openid": "o\n"},
        {"openid": "o" * 129},
        {"openid": {"o": "o"}},
        {"openid": "somebody", "unionid": 7},
        {"openid": "somebody", "unionid": "two words"},
    ],
)
async def test_a_session_without_ids_is_none(answer: dict[str, object], redis: Redis):
    with pytest.raises(OutsideUnavailable, match=r"no_(openid|unionid)"):
        await sign_in(Wire([reply(answer)]), redis, "a-code")


@pytest.mark.parametrize("absent", ["", None])
async def test_a_unionid_that_is_empty_is_none(absent: str | None, redis: Redis):
    wire = Wire([reply({"openid": "somebody", "unionid": absent, "session_key": "k"})])
    assert await sign_in(wire, redis, "a-code") == WeChatSession("somebody", None)


async def test_an_errcode_may_be_written_as_a_text(redis: Redis):
    wire = Wire([reply({"errcode": "40029", "errmsg": "invalid code, rid: 1-2-3"})])
    assert await refused(wire, redis, "a-code") is CodeProblem.INVALID


async def test_what_is_not_known_is_told_by_its_number_and_wechats_own(redis: Redis):
    wire = Wire([reply({"errcode": 40243, "errmsg": "secret frozen, rid: 6543f-aa-bb"})])
    with pytest.raises(OutsideRejected) as caught:
        await sign_in(wire, redis, "a-code")
    assert (caught.value.code, caught.value.reference) == ("40243", "6543f-aa-bb")
