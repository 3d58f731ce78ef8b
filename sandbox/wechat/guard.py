"""The fake platform answers this machine alone, and of other pages only the playground."""

from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.wechat.loopback import leads_to_loopback

FOR_THE_MALL = frozenset({"/_control/people", "/_control/login-codes"})
"""What the mall's own page needs to be a member: who there is, and a code of ``wx.login``."""


class LoopbackOnly:
    """Refuses what a page of another site makes a browser send.

    A name that somebody lets lead to loopback is told by ``Host``, a request of a foreign page
    by ``Origin``. Pages of the mall, if there is one, may send what is `FOR_THE_MALL`.
    """

    def __init__(self, app: ASGIApp, mall_origin: str | None) -> None:
        self._app = app
        self._mall_origin = mall_origin

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand on what comes from this machine, and answer 403 to anything else."""
        headers = Headers(scope=scope)
        here = f"http://{headers.get('host', '')}"
        welcome = {here, self._mall_origin} if scope["path"] in FOR_THE_MALL else {here}
        if leads_to_loopback(here) and headers.get("origin", here) in welcome:
            await self._app(scope, receive, send)
            return
        refused = JSONResponse({"error": "only for this machine"}, HTTPStatus.FORBIDDEN)
        await refused(scope, receive, send)
