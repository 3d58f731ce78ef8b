"""The fake platform answers this machine alone, and no browser but on its own page."""

from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.wechat.loopback import leads_to_loopback


class LoopbackOnly:
    """Refuses what a page of another site makes a browser send.

    A name that somebody lets lead to loopback is told by ``Host``, a request of a foreign page
    by ``Origin``.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand on what comes from this machine, and answer 403 to anything else."""
        headers = Headers(scope=scope)
        here = f"http://{headers.get('host', '')}"
        if leads_to_loopback(here) and headers.get("origin", here) == here:
            await self._app(scope, receive, send)
            return
        refused = JSONResponse({"error": "only for this machine"}, HTTPStatus.FORBIDDEN)
        await refused(scope, receive, send)
