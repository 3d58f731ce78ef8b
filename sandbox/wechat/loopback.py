"""The fake platform is for this machine alone, and for nobody's browser but by its own page."""

from http import HTTPStatus
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send


def is_loopback(host: str) -> bool:
    """Whether this host, a name or an address, is this machine and nothing beyond it."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def leads_to_loopback(url: str) -> bool:
    """Whether this is an http address of this machine."""
    try:
        parts = urlsplit(url)
        return parts.scheme == "http" and is_loopback(parts.hostname or "") and parts.port != 0
    except ValueError:
        return False


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
