"""``POST /webhooks/wechat-pay``: what WeChat Pay tells of payments and refunds (WeChat Pay 2.6).

Verified from the raw bytes before anything is read of them, answered after the commit. Every
answer but 204 makes WeChat Pay tell it again, for a day.
"""

import asyncio

from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from api.arriving import HttpRequest
from api.payments.desk import PaymentDesk
from domain.kernel.errors import Busy
from domain.kernel.logs import logger
from domain.kernel.metrics import NOTICES_REFUSED
from domain.kernel.outside import OutsideError
from domain.orders.paying import OrderMoved
from domain.payments.ports import MOST_NOTICE_BYTES, UntrustedNotice
from domain.payments.words import NoticeOutcome

PATH = "/webhooks/wechat-pay"
_LOG = logger(__name__)
_LONGEST_SECONDS = 4.5
"""WeChat Pay waits five seconds; what takes longer is told again and finds it done."""
_NO_METHOD = PlainTextResponse("Method Not Allowed", 405, {"allow": "POST"})
"""As Starlette answers wherever a path takes another method."""
_TAKEN = frozenset({NoticeOutcome.APPLIED, NoticeOutcome.REPEATED, NoticeOutcome.IGNORED})


class WeChatPayNotices:
    """Takes notices in; 404 where the mall takes no money by WeChat Pay."""

    def __init__(self, desk: PaymentDesk) -> None:
        self._desk = desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """204 once it is taken in; 401 for what is not signed as it should be, 405 for no POST."""
        request = HttpRequest(scope, receive)
        answer = await self._post(request) if request.method == "POST" else _NO_METHOD
        await answer(scope, receive, send)

    async def _post(self, request: HttpRequest) -> Response:
        if self._desk.gateway is None:
            return _failed(404, "not set up")
        try:
            async with asyncio.timeout(_LONGEST_SECONDS):
                return await self._answered(request)
        except TimeoutError:
            _LOG.warning("payment_notice.slow")
            return _failed(503, "busy")

    async def _answered(self, request: HttpRequest) -> Response:
        gateway = self._desk.gateway
        assert gateway is not None
        body = await _body(request)
        if body is None:
            return _failed(413, "too large")
        try:
            notice = await gateway.read_notice(
                request.texts_of_headers(), body, at=self._desk.real_clock()
            )
            outcome = await self._desk.take(notice)
        except UntrustedNotice as error:
            NOTICES_REFUSED.labels(error.reason).inc()
            _LOG.info("payment_notice.refused", reason=error.reason)
            return _failed(401, "not trusted")
        except (OutsideError, Busy, OrderMoved) as error:
            _LOG.warning("payment_notice.put_off", reason=repr(error))
            return _failed(503, "busy")
        _LOG.info("payment_notice.taken", notice_id=notice.id, outcome=outcome)
        return Response(status_code=204) if outcome in _TAKEN else _failed(422, outcome)


async def _body(request: HttpRequest) -> bytes | None:
    """The raw bytes; None where there are too many."""
    body = bytearray()
    try:
        async for chunk in request.parts():
            body += chunk
            if len(body) > MOST_NOTICE_BYTES:
                return None
    except ClientDisconnect:
        return None
    return bytes(body)


def _failed(status: int, message: str) -> Response:
    return JSONResponse({"code": "FAIL", "message": message}, status)
