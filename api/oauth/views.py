"""The server over HTTP: ``/oauth/token``, ``/oauth/revoke``, ``/oauth/introspect``."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.errors import STATUS_BY_CODE
from api.language import language_of
from api.oauth.driver import Driver
from api.oauth.forms import client_headers, read_form
from api.oauth.limits import Attempts, Limit
from api.oauth.server import MallServer, TokenRequest
from api.oauth.server import Response as OAuthResponse
from api.oauth.standing import Standing
from api.wire import Unreadable
from domain.kernel.errors import Busy, Fault, FaultCode
from domain.kernel.language import Language, Sentence
from domain.kernel.logs import logger

_LOG = logger(__name__)
REQUESTS = Limit("oauth", most=1_200, seconds=60)
"""Requests of one address: a store's network may stand for hundreds of members."""
FAILURES = Limit("oauth_failed", most=60, seconds=60)
"""Refused requests of one address with one client."""
_FAILED = {"invalid_client", "invalid_grant"}
_OK = 200
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
}

Handler = Callable[[TokenRequest], OAuthResponse]
_HEADERS = {"cache-control": "no-store", "pragma": "no-cache", "vary": "Accept-Language"}


class OAuthViews:
    """The endpoints that take forms. Each error carries a ``message`` for people besides."""

    def __init__(
        self,
        server: MallServer,
        driver: Driver,
        standing: Standing,
        attempts: Attempts,
        issuer: str,
    ) -> None:
        self._server = server
        self._driver = driver
        self._standing = standing
        self._attempts = attempts
        self._issuer = issuer

    def routes(self) -> list[Route]:
        """Where the endpoints are."""
        return [
            Route("/oauth/token", self.token, methods=["POST"]),
            Route("/oauth/revoke", self.revoke, methods=["POST"]),
            Route("/oauth/introspect", self.introspect, methods=["POST"]),
        ]

    async def token(self, request: Request) -> Response:
        """Sign somebody in, or keep them signed in (RFC 6749)."""
        await self._standing.ensure_key()
        return await self._answer(request, self._server.token_response)

    async def revoke(self, request: Request) -> Response:
        """Sign out: end the session of a token (RFC 7009)."""
        return await self._answer(request, partial(self._server.endpoint_response, "revocation"))

    async def introspect(self, request: Request) -> Response:
        """Tell a client with a secret what a token of its own is worth (RFC 7662)."""
        answer = partial(self._server.endpoint_response, "introspection")
        return await self._answer(request, answer)

    async def _answer(self, request: Request, handle: Handler) -> Response:
        language = language_of(request.headers.get("accept-language"))
        address = request.client.host if request.client else ""
        try:
            await self._attempts.take(REQUESTS, address)
            form = await read_form(request)
            uri = self._issuer + request.url.path
            asked = TokenRequest(uri, form, client_headers(request))
            who = f"{address} {form.get('client_id', '')}"
            await self._attempts.check(FAILURES, who)
            status, body, headers = await self._driver.run(partial(handle, asked))
            if status != _OK and body.get("error") in _FAILED:
                await self._attempts.take(FAILURES, who)
        except Unreadable as unreadable:
            return _refused(unreadable.status, "invalid_request", unreadable.fault, language)
        except Fault as fault:
            return _refused(STATUS_BY_CODE[fault.code], _error_of(fault), fault, language)
        return _response(status, body, dict(headers), language)


def _response(
    status: int, body: dict[str, Any], headers: dict[str, str], language: Language
) -> Response:
    if status != _OK:
        sentence = body.pop("sentence", None) or _SENTENCES.get(body["error"])
        body["message"] = sentence.told_in(language, {}) if sentence else body["error"]
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
