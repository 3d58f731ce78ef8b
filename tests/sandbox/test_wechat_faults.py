"""What goes wrong with the fake WeChat when it is asked to, and only then."""

import asyncio

import httpx
import pytest

from sandbox.wechat.faults import FaultKind
from tests.sandbox.platform_client import LOGIN, TOKEN, Platform
from tests.wechat import APP_ID, APP_SECRET

QUERY = {"appid": APP_ID, "secret": APP_SECRET, "grant_type": "authorization_code"}
SOON = httpx.Timeout(0.1)


async def test_a_busy_platform_is_busy_as_often_as_asked_and_spends_no_code(platform: Platform):
    code = platform.wechat.login_code(platform.wechat.person("李雷"))
    platform.wechat.fail(LOGIN, "busy", times=2)

    answers = [await platform.sign_in(code) for _ in range(3)]

    assert [answer.get("errcode") for answer in answers] == [-1, -1, None]


@pytest.mark.parametrize(
    ("kind", "asked", "errcode"),
    [(FaultKind.LIMITED, 0, 45009), (FaultKind.REFUSED, 50002, 50002)],
)
async def test_a_limit_or_any_other_refusal_can_be_had(
    platform: Platform, kind: FaultKind, asked: int, errcode: int
):
    platform.wechat.fail(TOKEN, kind, errcode=asked)

    assert (await platform.token())["errcode"] == errcode
    assert "access_token" in await platform.token()


async def test_a_broken_platform_answers_500_without_json(platform: Platform):
    code = platform.wechat.login_code(platform.wechat.person("李雷"))
    platform.wechat.fail(LOGIN, "broken")

    answer = await platform.http.get(LOGIN, params=QUERY | {"js_code": code})

    assert answer.status_code == 500
    assert "openid" in await platform.sign_in(code)


async def test_an_answer_may_be_lost_after_the_code_was_spent(platform: Platform):
    code = platform.wechat.login_code(platform.wechat.person("李雷"))
    platform.wechat.fail(LOGIN, "lost")

    with pytest.raises(httpx.ReadTimeout):
        await platform.http.get(LOGIN, params=QUERY | {"js_code": code}, timeout=SOON)

    assert (await platform.sign_in(code))["errcode"] == 40163


async def test_a_client_that_waits_for_a_lost_answer_gets_none(platform: Platform):
    platform.wechat.fail(LOGIN, "lost", seconds=0.02)

    answer = await platform.http.get(LOGIN, params=QUERY)

    assert (answer.status_code, answer.content) == (504, b"")


async def test_garbage_cannot_be_read_and_the_code_is_spent(platform: Platform):
    code = platform.wechat.login_code(platform.wechat.person("李雷"))
    platform.wechat.fail(LOGIN, "garbage")

    answer = await platform.http.get(LOGIN, params=QUERY | {"js_code": code})

    with pytest.raises(ValueError, match="codec can't decode"):
        answer.json()
    assert (await platform.sign_in(code))["errcode"] == 40163


async def test_a_slow_answer_is_right_and_holds_up_nobody_else(platform: Platform):
    code = platform.wechat.login_code(platform.wechat.person("李雷"))
    platform.wechat.fail(LOGIN, "slow", seconds=0.2)
    slow = asyncio.create_task(platform.sign_in(code))

    token = await platform.token()

    assert "access_token" in token
    assert not slow.done()
    assert "openid" in await slow


async def test_a_fault_is_for_one_path_and_gone_after_a_reset(platform: Platform):
    platform.wechat.fail(TOKEN, "busy", times=9)
    person = platform.wechat.person("李雷")
    assert "openid" in await platform.sign_in(platform.wechat.login_code(person))

    platform.wechat.reset()

    assert "access_token" in await platform.token()


async def test_calls_are_told_without_their_secrets(platform: Platform):
    code = platform.wechat.login_code(platform.wechat.person("李雷"))
    await platform.sign_in(code)
    await platform.token(appid="wx00000000000000bb")
    await platform.call("/wxa/business/getuserphonenumber", {"code": "a-phone-code"})

    login, token, *_, phone = platform.wechat.calls()

    assert (login.method, login.path, login.status, login.errcode) == ("GET", LOGIN, 200, 0)
    assert login.query == QUERY | {"secret": "[redacted]", "js_code": "[redacted]"}
    assert token.body == {
        "appid": "wx00000000000000bb",
        "secret": "[redacted]",
        "grant_type": "client_credential",
    }
    assert (token.status, token.errcode) == (200, 40013)
    assert phone.query == {"access_token": "[redacted]"}
    assert phone.body == {"code": "[redacted]"}
    assert platform.wechat.calls(LOGIN) == [login]
