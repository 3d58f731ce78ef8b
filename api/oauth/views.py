"""The server over HTTP: the endpoints under ``/oauth`` that take forms."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.attempts import Attempts, Limit
from api.errors import STATUS_BY_CODE
from api.language import language_of
from api.oauth.beginning import Beginning
from api.oauth.devices import DeviceAuthorization, DeviceRequest
from api.oauth.driver import Driver
from api.oauth.errors import TOLD, Told, telling
from api.oauth.forms import client_headers, read_form
from api.oauth.member_decisions import note_answer
from api.oauth.outside import NotSignedIn, wechat_session
from api.oauth.phone_codes import PhoneCodes
from api.oauth.pins import Pins
from api.oauth.server import MallServer, TokenRequest
from api.oauth.server import Response as OAuthResponse
from api.wire import Unreadable
from domain.kernel.errors import Busy, Fault, FaultCode
from domain.kernel.language import Language, Sentence
from domain.members.ports import WeChatLogin
from domain.sessions.rules import Grant

REQUEST_SECONDS = 10.0
"""From a request that was read to its answer, with all that WeChat takes."""
REQUESTS = Limit("oauth", most=1_200, seconds=60)
"""Requests of one address: a store's network may stand for hundreds of members."""
FAILURES = Limit("oauth_failed", most=60, seconds=60)
"""Codes of one kind that one address may try in vain. Tokens and secrets cannot be guessed, so that
nobody is kept from using theirs by what others of the same network do."""
SIGN_INS = Limit("oauth_wechat", most=600, seconds=60)
"""Questions to WeChat for one address, which cost it as much as us."""
DEVICES = Limit("oauth_devices", most=30, seconds=60)
"""Devices of one address that may ask to be let in: each leaves a row for a day."""
_GUESSED = {Grant.WECHAT, Grant.PHONE_CODE, Grant.AUTHORIZATION_CODE, Grant.STAFF_PIN}
_SENTENCES: Mapping[str, Sentence] = {
    "invalid_request": Sentence(zh="请求有误。", en="Something in the request is wrong."),
    "invalid_client": Sentence(zh="客户端验证失败。", en="The client could not be verified."),
    "invalid_grant": Sentence(
        zh="登录已失效，请重新登录。", en="This is not valid any more; sign in again."
    ),
    "unauthorized_client": Sentence(
        zh="此客户端不能以这种方式登录。", en="This client may not sign in in this way."
    ),
    "unsupported_grant_type": Sentence(
        zh="不支持这种登录方式。", en="There is no such way to sign in."
    ),
    "invalid_scope": Sentence(zh="请求的权限无效。", en="The scope cannot be granted."),
    "access_denied": Sentence(zh="登录被拒绝。", en="Signing in was refused."),
    "authorization_pending": Sentence(
        zh="等待店长授权。", en="Waiting for a manager to let this device in."
    ),
    "slow_down": Sentence(zh="询问过于频繁，请放慢。", en="Asking too often; please slow down."),
    "expired_token": Sentence(
        zh="授权码已过期，请重新开始。", en="The code has expired; please begin again."
    ),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that was read: a form, a client's header, from which address, in which language.

    ``device`` is what the client says of the device that it runs on.
    """

    form: Mapping[str, str]
    headers: Mapping[str, str]
    address: str
    language: Language
    device: str

    def for_authlib(self) -> TokenRequest:
        """The request as Authlib takes it."""
        return TokenRequest(self.form, self.headers)


_UNKNOWN = Sentence(zh="请求被拒绝。", en="The request was refused.")
Handler = Callable[[Asked], Awaitable[OAuthResponse]]
_HEADERS = {"cache-control": "no-store", "pragma": "no-cache", "vary": "Accept-Language"}


class OAuthViews:
    """The endpoints that take forms. Each error carries a ``message`` for people besides."""

    def __init__(
        self,
        server: MallServer,
        driver: Driver,
        beginning: Beginning,
        attempts: Attempts,
        *,
        login: WeChatLogin | None,
        phone_codes: PhoneCodes | None,
        pins: Pins,
    ) -> None:
        self._server = server
        self._driver = driver
        self._beginning = beginning
        self._attempts = attempts
        self._login = login
        self._phone_codes = phone_codes
        self._pins = pins

    def routes(self) -> list[Route]:
        """Where the endpoints are."""
        return [
            Route("/oauth/token", self.token, methods=["POST"]),
            Route("/oauth/phone-code", self.phone_code, methods=["POST"]),
            Route("/oauth/device_authorization", self.device_authorization, methods=["POST"]),
            Route("/oauth/revoke", self.revoke, methods=["POST"]),
            Route("/oauth/introspect", self.introspect, methods=["POST"]),
        ]

    async def token(self, request: Request) -> Response:
        """Sign somebody in, or keep them signed in (RFC 6749)."""
        return await self._answer(request, self._token)

    async def phone_code(self, request: Request) -> Response:
        """Send somebody a code to sign in with; 202, whoever has the number."""
        return await self._answer(request, self._phone_code)

    async def device_authorization(self, request: Request) -> Response:
        """Give a device the codes with which it is let in (RFC 8628)."""
        return await self._answer(request, self._device)

    async def revoke(self, request: Request) -> Response:
        """Sign out: end the session of a token (RFC 7009)."""
        return await self._answer(request, partial(self._endpoint, "revocation"))

    async def introspect(self, request: Request) -> Response:
        """Tell a client with a secret what a token of its own is worth (RFC 7662)."""
        return await self._answer(request, partial(self._endpoint, "introspection"))

    async def _token(self, asked: Asked) -> OAuthResponse:
        answer = await self._decided(asked)
        note_answer(asked.form.get("grant_type"), answer[1])
        return answer

    async def _decided(self, asked: Asked) -> OAuthResponse:
        request = asked.for_authlib()
        if asked.form.get("grant_type") == Grant.WECHAT and self._login is not None:
            refusal = await self._driver.run(partial(self._server.checked, request))
            if refusal is not None:
                return refusal
            await self._attempts.take(SIGN_INS, asked.address)
            try:
                request.outside = await wechat_session(self._login, asked.form["code"])
            except NotSignedIn as refused:
                return refused.answer
        if asked.form.get("grant_type") == Grant.STAFF_PIN:
            refusal = await self._driver.run(partial(self._server.checked, request))
            if refusal is not None:
                return refusal
            request.outside = await self._pins.proof(asked.form)
        return await self._driver.run(partial(self._server.token_response, request))

    async def _device(self, asked: Asked) -> OAuthResponse:
        await self._attempts.take(DEVICES, asked.address)
        request = DeviceRequest(
            asked.form, asked.headers, device=asked.device, address=asked.address
        )
        name = DeviceAuthorization.ENDPOINT_NAME
        return await self._driver.run(partial(self._server.endpoint_response, name, request))

    async def _phone_code(self, asked: Asked) -> OAuthResponse:
        if self._phone_codes is None:
            return 400, {"error": "unauthorized_client"}, []
        return await self._phone_codes.send(
            asked.form, address=asked.address, language=asked.language
        )

    async def _endpoint(self, name: str, asked: Asked) -> OAuthResponse:
        request = asked.for_authlib()
        return await self._driver.run(partial(self._server.endpoint_response, name, request))

    async def _tried(self, asked: Asked, handle: Handler) -> OAuthResponse:
        """Carry a request out, unless its address has tried too many codes in vain."""
        if not _is_guess(asked.form):
            return await handle(asked)
        who = f"{asked.address} {asked.form['grant_type']}"
        await self._attempts.check(FAILURES, who)
        answer = await handle(asked)
        if answer[1].get("error") == "invalid_grant":
            await self._attempts.take(FAILURES, who)
        return answer

    async def _answer(self, request: Request, handle: Handler) -> Response:
        language = language_of(request.headers.get("accept-language"))
        address = request.client.host if request.client else ""
        try:
            await self._attempts.take(REQUESTS, address)
            await self._beginning.make()
            form = await read_form(request)
            headers, device = client_headers(request), request.headers.get("user-agent", "")
            asked = Asked(form, headers, address, language, device)
            async with asyncio.timeout(REQUEST_SECONDS):
                status, body, headers = await self._tried(asked, handle)
        except TimeoutError:
            return _refused(503, _error_of(Busy()), Busy(), language)
        except Unreadable as unreadable:
            return _refused(unreadable.status, "invalid_request", unreadable.fault, language)
        except Fault as fault:
            return _refused(STATUS_BY_CODE[fault.code], _error_of(fault), fault, language)
        return _response(status, body, dict(headers), language)


def _is_guess(form: Mapping[str, str]) -> bool:
    """Whether a request could be one of many that look for a code that is right."""
    return form.get("grant_type") in _GUESSED


def _response(
    status: int, body: dict[str, Any], headers: dict[str, str], language: Language
) -> Response:
    if "error" in body:
        told: Told = body.pop(TOLD, None) or telling(_SENTENCES.get(body["error"], _UNKNOWN))
        body["message"] = told(language)
    return _json(status, body, headers, language)


def _refused(status: int, error: str, fault: Fault, language: Language) -> Response:
    headers: dict[str, str] = {}
    if fault.retry_after_seconds is not None:
        headers["retry-after"] = str(fault.retry_after_seconds)
    return _json(status, {"error": error, "message": fault.told_in(language)}, headers, language)


def _error_of(fault: Fault) -> str:
    """The word of OAuth for a fault of ours."""
    if isinstance(fault, Busy):
        return "temporarily_unavailable"
    return "rate_limited" if fault.code is FaultCode.RATE_LIMITED else "access_denied"


def _json(
    status: int, body: dict[str, Any], headers: Mapping[str, str], language: Language
) -> Response:
    # Authlib gives its own content type; ours says the character set of no JSON.
    extra = {name.lower(): value for name, value in headers.items()} | _HEADERS
    extra |= {"content-language": language, "content-type": "application/json"}
    return Response(orjson.dumps(body), status, extra)
