"""A client of the fake WeChat that believes nothing, for its tests."""

from dataclasses import dataclass
from typing import Any

import httpx

from tests.wechat import APP_ID, APP_SECRET, FakeWeChat

LOGIN = "/sns/jscode2session"
PHONE = "/wxa/business/getuserphonenumber"
TOKEN = "/cgi-bin/stable_token"  # noqa: S105 - a path


@dataclass(frozen=True)
class Platform:
    """A fake WeChat and how it is called over HTTP."""

    wechat: FakeWeChat
    http: httpx.AsyncClient

    async def sign_in(self, code: str, **changes: str) -> Any:
        """Call ``code2session`` as the mini-program's mall, but for the changes."""
        query = {
            "appid": APP_ID,
            "secret": APP_SECRET,
            "js_code": code,
            "grant_type": "authorization_code",
        }
        return whole(await self.http.get(LOGIN, params=query | changes))

    async def token(self, **changes: object) -> Any:
        """Ask for an access token as the mini-program's mall, but for the changes."""
        body = {"appid": APP_ID, "secret": APP_SECRET, "grant_type": "client_credential"}
        return whole(await self.http.post(TOKEN, json={**body, **changes}))

    async def call(self, path: str, body: object) -> Any:
        """Call an endpoint with a token that is good and return its JSON."""
        return whole(await self.post(path, body))

    async def post(self, path: str, body: object) -> httpx.Response:
        """Call an endpoint with a token that is good."""
        token = (await self.token())["access_token"]
        return await self.http.post(path, params={"access_token": token}, json=body)


def whole(answer: httpx.Response) -> Any:
    """Return the JSON of an answer, which WeChat gives with HTTP 200 whatever it says."""
    assert answer.status_code == 200, answer.text
    return answer.json()
