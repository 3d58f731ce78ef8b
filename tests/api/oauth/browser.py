"""A browser for tests: it keeps the cookie, follows forms, and stops at the client's door."""

import base64
import hashlib
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
from typing_extensions import override

from tests.api.client import Api
from tests.wechat import FakeWeChat

ORIGIN = "https://mall.example"
COOKIE = "__Host-mall"
REDIRECT_URI = "https://shop.example/callback?from=mall"
VERIFIER = "a-verifier-that-is-long-enough-for-what-the-rfc-asks"
CHALLENGE = (
    base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
)
ASKED = {
    "response_type": "code",
    "client_id": "webshop",
    "redirect_uri": REDIRECT_URI,
    "scope": "openid profile",
    "state": "a state",
    "nonce": "a-nonce",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}
"""What a client asks for that does everything right."""


def asked(**changed: str | None) -> str:
    """The address of the endpoint with these parameters changed; None leaves one out."""
    parameters = {name: value for name, value in (ASKED | changed).items() if value is not None}
    return f"/oauth/authorize?{urlencode(parameters)}"


def told(response: httpx.Response) -> dict[str, str]:
    """What the client hears in the redirect to its address."""
    location = response.headers["location"]
    assert response.status_code == 303, response.text
    assert location.startswith(REDIRECT_URI + "&"), location
    assert response.headers["cache-control"] == "no-store"
    parameters = parse_qs(urlsplit(location).query)
    assert parameters.pop("from") == ["mall"]
    assert parameters.pop("iss") == [ORIGIN]
    return {name: value for name, (value,) in parameters.items()}


class Form(HTMLParser):
    """The one form of a page: where it goes, what it holds, which buttons it has."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}
        self.steps: list[str] = []
        self.feed(page)

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action = given["action"]
        elif tag == "input":
            self.fields[given["name"]] = given.get("value", "")
        elif tag == "button":
            self.steps.append(given["value"])


@dataclass
class Browser:
    """Somebody's browser, with the cookie that the mall has set."""

    api: Api
    cookie: str | None = None
    language: str = "zh-CN"
    page: httpx.Response = field(default_factory=lambda: httpx.Response(200))

    async def open(self, address: str) -> httpx.Response:
        """Go to an address of the mall, as after a click somewhere else."""
        answer = await self.api.http.get(address, headers=self._headers())
        return self._arrived(answer)

    async def press(
        self, step: str, *, headers: dict[str, str] | None = None, **typed: str
    ) -> httpx.Response:
        """Fill in the form of the page and press one of its buttons; goes on within the mall."""
        form = Form(self.page.text)
        assert step in form.steps, (step, self.page.text)
        answer = await self.send(form.action, {**form.fields, **typed, "step": step}, headers)
        if answer.headers.get("location", "").startswith("/"):
            return await self.open(answer.headers["location"])
        return answer

    async def send(
        self, action: str, fields: dict[str, str], headers: dict[str, str] | None = None
    ) -> httpx.Response:
        """Send a form as a browser does that says where it comes from."""
        own = {"origin": ORIGIN, "sec-fetch-site": "same-origin"} if headers is None else headers
        answer = await self.api.http.post(action, data=fields, headers=self._headers() | own)
        return self._arrived(answer)

    def _headers(self) -> dict[str, str]:
        cookie = {"cookie": f"{COOKIE}={self.cookie}"} if self.cookie else {}
        return {"accept-language": self.language} | cookie

    def _arrived(self, answer: httpx.Response) -> httpx.Response:
        # httpx would keep a cookie for all tests; this browser is somebody's own.
        self.api.http.cookies.clear()
        for header in answer.headers.get_list("set-cookie"):
            name, _, rest = header.partition("=")
            assert name == COOKIE
            self.cookie = rest.partition(";")[0]
        self.page = answer
        return answer


PHONE = "+8613800138000"


async def sign_in(browser: Browser, wechat: FakeWeChat, address: str) -> httpx.Response:
    """Sign in by phone where a client asks for somebody; answers with the page of the consent."""
    await browser.open(address)
    await browser.press("send_code", phone=PHONE)
    answer = await browser.press("sign_in", code=wechat.messages().sms[-1].code)
    assert "allow" in Form(answer.text).steps, answer.text
    return answer


async def code_for(browser: Browser, wechat: FakeWeChat, **changed: str | None) -> str:
    """Sign in and allow; answers with the code that the client is given."""
    await sign_in(browser, wechat, asked(**changed))
    return told(await browser.press("allow"))["code"]
