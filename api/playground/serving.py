"""``/playground``: the page under a strict policy, its files, and the named operations."""

from collections.abc import MutableMapping
from dataclasses import dataclass
from os import PathLike, stat_result
from typing import Any
from urllib.parse import urlsplit

import msgspec
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from typing_extensions import override

from api.playground.build import INDEX, Build
from api.playground.catalogue import delivered, read_catalogue
from api.playground.missing import missing_page

PATH = "/playground"
_CONFIG = "__CONFIG__"
_FOR_EVER = {
    # The names of these files follow from their content.
    "cache-control": "public, max-age=31536000, immutable",
    "x-content-type-options": "nosniff",
}
_HEADERS = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the page is told of the mall.

    ``issuer`` is the mall's public address, and ``media`` that of its pictures. ``wechat`` is the
    fake WeChat of a development mall, with whose help the page can be a member.
    """

    name: str
    issuer: str
    media: str
    is_development: bool
    wechat: str | None


class Playground:
    """The page and what belongs to it. The build may come while the mall runs, or never."""

    def __init__(self, build: Build, surroundings: Surroundings) -> None:
        self._build = build
        self._config = _config(surroundings)
        self._is_development = surroundings.is_development
        self._headers = {**_HEADERS, "content-security-policy": _policy(surroundings)}
        self._operations: bytes | None = None
        self._page: str | None = None

    def routes(self) -> list[BaseRoute]:
        """Where it is."""
        return [
            Route(PATH, self.page),
            Route(f"{PATH}/", self.without_slash),
            Route(f"{PATH}/operations.json", self.operations),
            Mount(f"{PATH}/assets", _Assets(self._build)),
        ]

    async def page(self, _: Request) -> Response:
        """The page, with what it is told; or another one that says what is missing."""
        if self._page is None:
            if not self._build.is_ready:
                return missing_page(self._build, is_development=self._is_development)
            text = (self._build.place / INDEX).read_text()
            self._page = text.replace(_CONFIG, self._config)
        return HTMLResponse(self._page, headers=self._headers)

    async def without_slash(self, _: Request) -> Response:
        """To the address that the sign-in knows."""
        return RedirectResponse(PATH, 308)

    async def operations(self, _: Request) -> Response:
        """The named operations."""
        if self._operations is None:
            self._operations = delivered(read_catalogue())
        headers = {"cache-control": "no-cache", "x-content-type-options": "nosniff"}
        return Response(self._operations, media_type="application/json", headers=headers)


class _Assets(StaticFiles):
    """The scripts, styles and fonts of the page, which need not be there yet."""

    def __init__(self, build: Build) -> None:
        super().__init__(directory=build.place / "assets", check_dir=False)

    @override
    async def check_config(self) -> None:
        """Check nothing: the folder comes with the build."""

    @override
    def file_response(
        self,
        full_path: str | PathLike[str],
        stat_result: stat_result,
        scope: MutableMapping[str, Any],
        status_code: int = 200,
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers.update(_FOR_EVER)
        return response


def _config(around: Surroundings) -> str:
    """What the page reads, as JSON that cannot end the element that it stands in."""
    told = {
        "issuer": around.issuer,
        "name": around.name,
        "isDevelopment": around.is_development,
        "wechat": around.wechat,
    }
    return msgspec.json.encode(told).decode().replace("<", "\\u003c")


def _policy(around: Surroundings) -> str:
    socket = around.issuer.replace("http", "ws", 1)
    connections = ["'self'", socket, *([around.wechat] if around.wechat else [])]
    return "; ".join(
        [
            "default-src 'none'",
            "script-src 'self'",
            "worker-src 'self'",
            # The editor places its lines with style attributes.
            "style-src 'self' 'unsafe-inline'",
            f"img-src 'self' data: {_origin(around.media)}",
            "font-src 'self' data:",
            f"connect-src {' '.join(connections)}",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        ]
    )


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
