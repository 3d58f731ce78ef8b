"""The mall as the mini-program reaches it: signing in, and questions of who has signed in."""

from collections.abc import Mapping
from dataclasses import dataclass

import httpx
import msgspec

GRANT_TYPE = "urn:mall:grant-type:wechat-mini-program"
VIEWER = "{ viewer { id name phone { masked } } }"
CONSENT_TEXTS = "{ consentTexts { purpose version } }"
BIND_PHONE = """
mutation BindPhone($input: BindPhoneByWeChatInput!) {
  bindPhoneByWeChat(input: $input) {
    __typename
    ... on ViewerSaved { viewer { phone { masked } } }
    ... on Refusal { message }
  }
}
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the mall answered: its JSON, or its words; without a status it did not answer."""

    status: int | None
    body: object

    def text(self, name: str) -> str | None:
        """Return a text that the JSON has under this name, if it has one."""
        try:
            value = msgspec.convert(self.body, dict[str, object]).get(name)
        except msgspec.ValidationError:
            return None
        return value if isinstance(value, str) else None


@dataclass(frozen=True, slots=True)
class Mall:
    """A mall on this machine and the client that the mini-program is to it."""

    http: httpx.AsyncClient
    url: str
    client_id: str

    async def sign_in(self, code: str, language: str) -> Answer:
        """Exchange a login code for tokens."""
        form = {"grant_type": GRANT_TYPE, "client_id": self.client_id, "code": code}
        return await self._post("/oauth/token", language, data=form)

    async def viewer(self, token: str, language: str) -> Answer:
        """Ask who a token belongs to."""
        return await self.ask({"query": VIEWER}, token, language)

    async def bind_phone(self, token: str, code: str, language: str, *, request_id: str) -> Answer:
        """Let the mall have the number that a phone code stands for, agreeing to its text."""
        texts = await self.ask({"query": CONSENT_TEXTS}, token, language)
        given = {"requestId": request_id, "code": code, "consentVersion": _phone_version(texts)}
        question = {"query": BIND_PHONE, "variables": {"input": given}}
        return await self.ask(question, token, language)

    async def ask(self, question: Mapping[str, object], token: str, language: str) -> Answer:
        """Ask what a GraphQL request asks, as whoever a token belongs to."""
        headers = {"authorization": f"Bearer {token}"}
        return await self._post("/graphql", language, json=question, headers=headers)

    async def _post(
        self,
        path: str,
        language: str,
        *,
        data: Mapping[str, str] | None = None,
        json: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        headers = {"accept-language": language, **(headers or {})}
        try:
            answer = await self.http.post(self.url + path, data=data, json=json, headers=headers)
        except httpx.HTTPError as error:
            return Answer(None, f"{type(error).__name__}: {error}")
        try:
            return Answer(answer.status_code, msgspec.json.decode(answer.content))
        except (msgspec.DecodeError, UnicodeDecodeError):
            return Answer(answer.status_code, answer.text)


class _Text(msgspec.Struct):
    purpose: str
    version: int


class _Texts(msgspec.Struct):
    texts: list[_Text] = msgspec.field(name="consentTexts")


class _TextsAnswer(msgspec.Struct):
    data: _Texts


def _phone_version(answer: Answer) -> int:
    """The version of the text about phones that stands; 0 where the mall tells of none."""
    try:
        texts = msgspec.convert(answer.body, _TextsAnswer).data.texts
    except msgspec.ValidationError:
        return 0
    return next((text.version for text in texts if text.purpose == "PHONE"), 0)
