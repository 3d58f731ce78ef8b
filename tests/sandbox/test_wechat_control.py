"""The control API steers the fake WeChat, and tells what is wrong with what it is asked."""

from typing import Any

import pytest

from sandbox.wechat.push import PushAddress, PushKeys
from tests.sandbox.platform_client import LOGIN, PHONE, TOKEN, Platform
from tests.wechat import APP_ID, SMS_TOKEN

CONTROL = "/_control"
PATHS = ("people", "login-codes", "phone-codes", "bind", "faults", "templates", "permits")


async def ask(platform: Platform, action: str, /, **body: object) -> Any:
    """Ask for something that can be done."""
    answer = await platform.http.post(f"{CONTROL}/{action}", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def told(platform: Platform, subject: str, /, **query: str) -> Any:
    """What it tells of a subject."""
    return (await platform.http.get(f"{CONTROL}/{subject}", params=query)).json()


async def test_a_person_is_made_once_and_then_changed(platform: Platform):
    made = await ask(platform, "people", name="李雷", phone="+8613800138000", unionid=True)
    changed = await ask(platform, "people", name="李雷", is_high_risk=True)
    bare = await ask(platform, "people", name="李雷", unionid=None, phone=None)

    assert made == {
        "name": "李雷",
        "openid": platform.wechat.world.people.meet("李雷").openid,
        "unionid": made["unionid"],
        "phone": "+8613800138000",
        "is_high_risk": False,
    }
    assert made["unionid"]
    assert changed == made | {"is_high_risk": True}
    assert bare == changed | {"unionid": None, "phone": None}
    assert await told(platform, "people") == [bare]


async def test_codes_that_it_gives_are_good(platform: Platform):
    await ask(platform, "people", name="李雷", phone="+8613800138000")
    login = (await ask(platform, "login-codes", person="李雷"))["code"]
    phone = (await ask(platform, "phone-codes", person="李雷"))["code"]
    foreign = (await ask(platform, "login-codes", person="李雷", appid="wx" + "b" * 16))["code"]

    assert "openid" in await platform.sign_in(login)
    assert (await platform.call(PHONE, {"code": phone}))["errcode"] == 0
    assert (await platform.sign_in(foreign))["errcode"] == 40029


async def test_binding_decides_whether_unionids_are_told(platform: Platform):
    unionid = (await ask(platform, "people", name="李雷", unionid="o-six"))["unionid"]
    await ask(platform, "bind", appid=APP_ID, is_bound=False)
    code = (await ask(platform, "login-codes", person="李雷"))["code"]
    assert "unionid" not in await platform.sign_in(code)

    await ask(platform, "bind", appid=APP_ID)

    code = (await ask(platform, "login-codes", person="李雷"))["code"]
    assert (await platform.sign_in(code))["unionid"] == unionid == "o-six"


async def test_a_fault_comes_as_often_as_planned(platform: Platform):
    await ask(platform, "faults", path=TOKEN, kind="refused", errcode=40243, times=2)

    answers = [await platform.token() for _ in range(3)]

    assert [answer.get("errcode") for answer in answers] == [40243, 40243, None]


async def test_accepted_messages_and_short_messages_are_told(platform: Platform):
    openid = (await ask(platform, "people", name="李雷"))["openid"]
    await ask(platform, "templates", template_id="t", keys=["thing1"])
    await ask(platform, "permits", person="李雷", template_id="t")
    body = {"touser": openid, "template_id": "t", "data": {"thing1": {"value": "已发货"}}}
    assert (await platform.call("/cgi-bin/message/subscribe/send", body))["errcode"] == 0
    sms = {"phone": "+8613800138000", "code": "123456", "language": "en", "purpose": "sign_in"}
    headers = {"authorization": f"Bearer {SMS_TOKEN}"}
    await platform.http.post("/sms", json=sms, headers=headers)

    messages = await told(platform, "messages")

    (short,), (subscribed,) = messages["sms"], messages["subscribe"]
    assert {name: short[name] for name in sms} == sms
    assert (subscribed["person"], subscribed["values"]) == ("李雷", {"thing1": "已发货"})


async def test_calls_are_told_of_one_path_or_of_all(platform: Platform):
    await platform.token()
    await platform.sign_in("never-issued")

    (login,) = await told(platform, "calls", path=LOGIN)

    assert (login["method"], login["errcode"]) == ("GET", 40029)
    assert {login["query"][name] for name in ("secret", "js_code")} == {"[redacted]"}
    assert [call["path"] for call in await told(platform, "calls")] == [TOKEN, LOGIN]


async def test_a_reset_forgets_everything(platform: Platform):
    await ask(platform, "people", name="李雷")
    token = (await platform.token())["access_token"]
    platform.wechat.world.push = PushAddress("http://localhost:1", PushKeys(APP_ID, "x", "y"))
    await ask(platform, "bind", appid=APP_ID, is_bound=False)

    await ask(platform, "reset")

    assert await told(platform, "people") == await told(platform, "calls") == []
    assert (await platform.token())["access_token"] != token
    assert platform.wechat.world.push is None
    assert platform.wechat.world.is_bound


@pytest.mark.parametrize(
    ("path", "body", "status", "reason"),
    [
        ("people", {"name": ""}, 400, "length >= 1"),
        ("people", {}, 400, "missing required field `name`"),
        ("people", {"name": "李雷", "age": 3}, 400, "unknown field `age`"),
        ("people", {"name": "李雷", "phone": "13800138000"}, 400, "no phone number"),
        ("login-codes", {"person": "李雷"}, 404, "nobody called 李雷"),
        ("login-codes", {"person": "李雷", "appid": "wx1"}, 400, "$.appid"),
        ("phone-codes", {"person": "韩梅梅"}, 400, "has no phone number"),
        ("permits", {"person": "李雷", "template_id": "t"}, 404, "nobody called"),
        ("bind", {"appid": "wx1"}, 400, APP_ID),
        ("faults", {"path": "/unknown", "kind": "busy"}, 400, LOGIN),
        ("faults", {"path": LOGIN, "kind": "odd"}, 400, "Invalid enum value"),
        ("faults", {"path": LOGIN, "kind": "busy", "times": 0}, 400, ">= 1"),
        ("faults", {"path": LOGIN, "kind": "slow", "seconds": 61}, 400, "<= 60"),
        ("faults", {"path": LOGIN, "kind": "refused"}, 400, "errcode"),
        ("push", {"event": {}}, 400, "no address for events"),
        (
            "push-address",
            {"url": "http://example.com", "token": "a" * 3, "key": "a" * 43},
            400,
            "url",
        ),
        (
            "push-address",
            {"url": "http://127.0.0.1:1", "token": "a", "key": "a" * 43},
            400,
            "token",
        ),
        ("reset", {"all": True}, 400, "unknown field"),
        ("unknown", {}, 404, "Not Found"),
    ],
)
async def test_what_cannot_be_done_is_told_with_a_reason(
    platform: Platform, path: str, body: dict[str, object], status: int, reason: str
):
    platform.wechat.person("韩梅梅")

    answer = await platform.http.post(f"{CONTROL}/{path}", json=body)

    assert answer.status_code == status
    assert reason in answer.json()["error"]


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded"])
@pytest.mark.parametrize("path", [*PATHS, "push", "push-address", "reset"])
async def test_a_form_of_another_site_steers_nothing(
    platform: Platform, path: str, media_type: str
):
    headers = {"content-type": media_type}

    answer = await platform.http.post(f"{CONTROL}/{path}", content=b"{}", headers=headers)

    assert answer.status_code == 415


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "rebound.example"},
        {"host": "127.0.0.1.rebound.example"},
        {"host": "127.0.0.1@rebound.example"},
        {"host": "192.168.1.7:8001"},
        {"host": "[::]:8001"},
        {"host": ""},
        {"origin": "https://another.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:1"},
    ],
)
async def test_a_browser_on_another_site_gets_nowhere(platform: Platform, headers: dict[str, str]):
    steered = await platform.http.post(f"{CONTROL}/reset", json={}, headers=headers)
    read = await platform.http.get(f"{CONTROL}/messages", headers=headers)

    assert (steered.status_code, read.status_code) == (403, 403)


@pytest.mark.parametrize("host", ["localhost:8001", "127.0.0.1", "[::1]:8001", "127.0.0.2:80"])
async def test_each_name_of_this_machine_is_known(platform: Platform, host: str):
    headers = {"host": host, "origin": f"http://{host}"}

    assert (await platform.http.get(f"{CONTROL}/people", headers=headers)).status_code == 200
