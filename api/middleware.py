"""What happens around every request: its number, and the last net under a bug."""

from collections.abc import Callable, Iterator, Mapping
from random import Random

import orjson
from starlette.applications import Starlette
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.caching.encoded import Whole
from domain.kernel.errors import FaultCode
from domain.kernel.logs import TRACE_ID, logger

_LOG = logger(__name__)
_NUMBER_BYTES = 8
_DRAWN = 128


FindKept = Callable[[Scope, Receive], Whole | None]
"""Finds the answer to an HTTP request where that is there already, and takes note of it."""


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

    def __init__(self, app: ASGIApp, random: Random, kept: FindKept | None = None) -> None:
        """Number requests to ``app``, but first look whether a whole answer is ``kept``."""
        self._app = app
        self._numbers = _numbers(random)
        self._kept = kept

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on under a number of its own."""
        trace_id = next(self._numbers)
        outside = TRACE_ID.set(trace_id)
        is_http = scope["type"] == "http"
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
            kept = self._kept(scope, receive) if is_http and self._kept else None
            if kept is None:
                await self._app(scope, receive, send_with_id if is_http else send)
            else:
                has_begun = True
                await send(kept.start(trace_id))
                await send(kept.body)
        except Exception:
            if not is_http:
                raise
            _LOG.exception("http.bug", path=scope["path"])
            if has_begun:
                raise
            await _send_unexpected(send_with_id, trace_id)
        finally:
            TRACE_ID.reset(outside)


def trace_id() -> str:
    """The number of this request, in its log lines and in the error of a bug."""
    return TRACE_ID.get()


def _numbers(random: Random) -> Iterator[str]:
    """Numbers of requests without end, drawn many at a time: a draw asks the system."""
    while True:
        drawn = random.randbytes(_DRAWN * _NUMBER_BYTES).hex()
        for at in range(0, len(drawn), 2 * _NUMBER_BYTES):
            yield drawn[at : at + 2 * _NUMBER_BYTES]


async def _send_unexpected(send: Send, trace_id: str) -> None:
    extensions = {"code": FaultCode.INTERNAL, "traceId": trace_id}
    error = {"message": "系统出错了，请稍后再试。 Unexpected error.", "extensions": extensions}
    body = orjson.dumps({"errors": [error]})
    headers = [(b"content-type", b"application/json; charset=utf-8")]
    await send({"type": "http.response.start", "status": 500, "headers": headers})
    await send({"type": "http.response.body", "body": body})
