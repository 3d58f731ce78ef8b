"""The page of the phone signs a person in at the mall, and shows what the mall answers."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

import httpx
import pytest
from msgspec import json

from sandbox.wechat.app import create_app
from sandbox.wechat.mall import Mall
from tests.wechat import FakeWeChat

ACCESS_TOKEN = "a.b.c"  # noqa: S105 - opens nothing


@dataclass
class StubMall:
    """Answers as the mall would, and keeps what it was sent."""

    sent: list[httpx.Request] = field(default_factory=list[httpx.Request])
    down: bool = False
    refuses: bool = False

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request)
        if self.down:
            raise httpx.ConnectError("refused")
        if request.url.path == "/oauth/token":
            if self.refuses:
                return httpx.Response(400, json={"error": "invalid_grant"})
            return httpx.Response(200, json={"access_token": ACCESS_TOKEN, "expires_in": 900})
        if b"consentTexts" in request.content:
            texts = [{"purpose": "PRIVACY", "version": 9}, {"purpose": "PHONE", "version": 3}]
            return httpx.Response(200, json={"data": {"consentTexts": texts}})
        return httpx.Response(200, json={"data": {"viewer": None}})


@pytest.fixture
def mall() -> StubMall:
    return StubMall()


@pytest.fixture
async def phone(wechat: FakeWeChat, mall: StubMall) -> AsyncGenerator[httpx.AsyncClient]:
    """The page's own calls, where a mall is known."""
    async with httpx.AsyncClient(transport=httpx.MockTransport(mall.answer)) as to_mall:
        app = create_app(wechat.world, to_mall, Mall(to_mall, "http://mall.test", "mini-program"))
        async with browser(app) as client:
            yield client


def browser(app: Any) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url="http://127.0.0.1:8001",
        headers={"accept-language": "en", "origin": "http://127.0.0.1:8001"},
    )


async def test_opening_the_mini_program_signs_in_and_asks_who_that_is(
    wechat: FakeWeChat, phone: httpx.AsyncClient, mall: StubMall
):
    wechat.person("李雷")

    answer = (await phone.post("/phone/sign-in", json={"person": "李雷"})).json()

    assert answer["access_token"] == ACCESS_TOKEN
    assert answer["exchange"]["status"] == 200
    assert answer["viewer"] == {"status": 200, "body": {"data": {"viewer": None}}}
    exchange, viewer = mall.sent
    assert parse_qs(exchange.content.decode()) == {
        "grant_type": ["urn:mall:grant-type:wechat-mini-program"],
        "client_id": ["mini-program"],
        "code": [answer["code"]],
    }
    assert exchange.headers["content-type"] == "application/x-www-form-urlencoded"
    assert viewer.url == "http://mall.test/graphql"
    assert viewer.headers["authorization"] == f"Bearer {ACCESS_TOKEN}"
    assert viewer.headers["accept-language"] == "en"


async def test_a_refusal_of_the_mall_is_shown_and_nobody_is_asked_for(
    wechat: FakeWeChat, phone: httpx.AsyncClient, mall: StubMall
):
    wechat.person("李雷")
    mall.refuses = True

    answer = (await phone.post("/phone/sign-in", json={"person": "李雷"})).json()

    assert answer["exchange"] == {"status": 400, "body": {"error": "invalid_grant"}}
    assert answer["access_token"] is answer["viewer"] is None
    assert len(mall.sent) == 1


async def test_a_mall_that_is_down_is_told(
    wechat: FakeWeChat, phone: httpx.AsyncClient, mall: StubMall
):
    wechat.person("李雷")
    mall.down = True

    answer = (await phone.post("/phone/sign-in", json={"person": "李雷"})).json()

    assert answer["exchange"] == {"status": None, "body": "ConnectError: refused"}


async def test_a_number_is_given_to_the_mall_by_a_mutation(
    wechat: FakeWeChat, phone: httpx.AsyncClient, mall: StubMall
):
    wechat.person("李雷", phone="+8613800138000")
    body = {"person": "李雷", "access_token": ACCESS_TOKEN}

    answer = (await phone.post("/phone/bind-phone", json=body)).json()

    _, sent = mall.sent
    question = json.decode(sent.content)
    assert "bindPhoneByWeChat(input: $input)" in question["query"]
    given = question["variables"]["input"]
    assert (given["code"], given["consentVersion"]) == (answer["code"], 3)
    assert UUID(given["requestId"])
    assert answer["answer"]["status"] == 200


async def test_without_a_mall_or_a_token_codes_are_only_shown(
    wechat: FakeWeChat, phone: httpx.AsyncClient, mall: StubMall
):
    wechat.person("李雷", phone="+8613800138000")
    async with httpx.AsyncClient() as unused, browser(create_app(wechat.world, unused)) as alone:
        login = (await alone.post("/phone/sign-in", json={"person": "李雷"})).json()
        assert (await alone.get("/phone/mall")).json()["url"] is None
    number = (await phone.post("/phone/bind-phone", json={"person": "李雷"})).json()

    assert login == {"code": login["code"], "exchange": None, "access_token": None, "viewer": None}
    assert number == {"code": number["code"], "answer": None}
    assert mall.sent == []


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("sign-in", {"person": "nobody"}, 404),
        ("sign-in", {"person": ""}, 400),
        ("bind-phone", {"person": "李雷"}, 400),
        ("bind-phone", {"person": "李雷", "access_token": "a\r\nx: y"}, 400),
    ],
)
async def test_what_cannot_be_done_is_told(
    wechat: FakeWeChat, phone: httpx.AsyncClient, path: str, body: object, status: int
):
    wechat.person("李雷")

    answer = await phone.post(f"/phone/{path}", json=body)

    assert answer.status_code == status
    assert answer.json()["error"]


async def test_the_page_is_whole_and_takes_nothing_from_elsewhere(phone: httpx.AsyncClient):
    page = await phone.get("/")

    assert page.text == (await phone.get("/phone")).text
    assert "打开小程序" in page.text
    assert "Open the mini-program" in page.text
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert "https://" not in page.text
    paths = ("/phone.js", "/pay.js", "/messages.js", "/shipping.js")
    scripts = dict.fromkeys(paths, "text/javascript")
    for path, media_type in (scripts | {"/phone.css": "text/css"}).items():
        assert f'"{path}"' in page.text
        file = await phone.get(path)
        assert file.headers["content-type"].startswith(media_type)
        assert "http" not in file.text
    script = "".join([(await phone.get(path)).text for path in scripts])
    named = {part.split('"')[0] for part in script.split('at("')[1:]}
    assert {f'id="{name}"' for name in named} <= set(page.text.replace(">", " ").split())


async def test_a_form_of_another_site_signs_nobody_in(phone: httpx.AsyncClient, mall: StubMall):
    headers = {"content-type": "text/plain"}

    answer = await phone.post("/phone/sign-in", content=b'{"person": "x"}', headers=headers)

    assert answer.status_code == 415
    assert mall.sent == []


MALL = {"origin": "http://mall.test"}


async def test_the_malls_own_page_learns_who_there_is_and_gets_a_login_code(
    phone: httpx.AsyncClient, wechat: FakeWeChat
):
    wechat.person("李雷")
    asked = {
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type",
    }

    may = await phone.options("/_control/login-codes", headers=MALL | asked)
    people = await phone.get("/_control/people", headers=MALL)
    code = await phone.post("/_control/login-codes", json={"person": "李雷"}, headers=MALL)

    assert [person["name"] for person in people.json()] == ["李雷"]
    assert code.json()["code"]
    for answer in (may, people, code):
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] == "http://mall.test"


@pytest.mark.parametrize("origin", ["http://mall.test.example", "http://127.0.0.1:8000", "null"])
@pytest.mark.parametrize("path", ["/_control/people", "/_control/login-codes"])
async def test_another_page_learns_nothing(phone: httpx.AsyncClient, origin: str, path: str):
    for ask in (phone.get, phone.options):
        answer = await ask(path, headers={"origin": origin})
        assert answer.status_code == 403
        assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("path", ["/_control/messages", "/_control/calls", "/phone/mall", "/phone"])
async def test_the_malls_own_page_gets_nothing_else(phone: httpx.AsyncClient, path: str):
    assert (await phone.get(path, headers=MALL)).status_code == 403
