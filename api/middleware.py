"""What happens around every request: its number, and the last net under a bug."""

from collections.abc import Mapping
from random import Random

import orjson
from starlette.applications import Starlette
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from domain.kernel.errors import FaultCode
from domain.kernel.logs import TRACE_ID, logger

_LOG = logger(__name__)


class ShortCut:
    """Passes requests for some paths straight to their applications, past all of Starlette.

    Routing and what Starlette wraps around it cost as much as a statement. Whatever is not HTTP
    goes that way, and so does whatever has another path.
    """

    def __init__(self, starlette: Starlette, straight: Mapping[str, ASGIApp]) -> None:
        self.starlette = starlette
        self._straight = straight

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on."""
        straight = self._straight.get(scope["path"]) if scope["type"] == "http" else None
        await (straight or self.starlette)(scope, receive, send)


class TraceRequests:
    """Numbers each request, in the log and in ``X-Request-Id``, and masks what nobody caught."""

    def __init__(self, app: ASGIApp, random: Random) -> None:
        self._app = app
        self._random = random

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on under a number of its own."""
        trace_id = f"{self._random.getrandbits(64):016x}"
        outside = TRACE_ID.set(trace_id)
        try:
            if scope["type"] == "http":
                await self._pass_http(trace_id, scope, receive, send)
            else:
                await self._app(scope, receive, send)
        finally:
            TRACE_ID.reset(outside)

    async def _pass_http(self, trace_id: str, scope: Scope, receive: Receive, send: Send) -> None:
        has_begun = False

        async def send_with_id(message: Message) -> None:
            nonlocal has_begun
            if message["type"] == "http.response.start":
                has_begun = True
                message["headers"] = [
                    *message.get("headers", ()),
                    (b"x-request-id", trace_id.encode()),
                ]
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        except Exception:
            _LOG.exception("http.bug", path=scope["path"])
            if has_begun:
                raise
            await _send_unexpected(send_with_id, trace_id)


def trace_id() -> str:
    """The number of this request, in its log lines and in the error of a bug."""
    return TRACE_ID.get()


async def _send_unexpected(send: Send, trace_id: str) -> None:
    extensions = {"code": FaultCode.INTERNAL, "traceId": trace_id}
    error = {"message": "系统出错了，请稍后再试。 Unexpected error.", "extensions": extensions}
    body = orjson.dumps({"errors": [error]})
    headers = [(b"content-type", b"application/json; charset=utf-8")]
    await send({"type": "http.response.start", "status": 500, "headers": headers})
    await send({"type": "http.response.body", "body": body})
