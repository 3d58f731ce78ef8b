"""``/``: who answers here, for people and programs that try the bare address.

A development mall says where things are. Production tells its name and nothing else.
"""

from collections.abc import Mapping
from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "vary": "Accept",
}
_WHAT = {
    "zh": "商城的接口服务，供小程序、门店平板与运营使用。",
    "en": "The API of a mall, for its mini-program, its pads and its operators.",
}
_PATHS: Mapping[str, tuple[str, str]] = {
    "/graphql": ("GraphQL 接口（POST）", "GraphQL, by POST"),
    "/playground": ("运营工作台", "The playground"),
    "/.well-known/openid-configuration": ("登录服务", "Where to sign in"),
    "/readyz": ("运行状态", "Whether it is ready"),
}
_DOCS = {
    "zh": "说明见代码目录的 README.md 与 docs/，全部类型见 schema.graphql。",
    "en": "README.md and docs/ of the checkout explain it; schema.graphql has every type.",
}


class FrontPage:
    """The answer, which is the same for whoever asks; a page for browsers, else JSON."""

    def __init__(self, name: str, *, is_development: bool) -> None:
        self._json = _told(name) if is_development else {"name": name}
        self._page = _page(name, _links() if is_development else "")

    async def answer(self, request: Request) -> Response:
        """Say what this is."""
        if "text/html" in request.headers.get("accept", ""):
            return HTMLResponse(self._page, headers=_HEADERS)
        return JSONResponse(self._json, headers=_HEADERS)


def _told(name: str) -> dict[str, object]:
    paths = {path: {"zh": zh, "en": en} for path, (zh, en) in _PATHS.items()}
    return {"name": name, "what": _WHAT, "paths": paths, "docs": _DOCS}


def _links() -> str:
    items = "".join(
        f'<li><a href="{path}">{path}</a> {zh} {en}</li>' for path, (zh, en) in _PATHS.items()
    )
    return f"{_both(_WHAT)}<ul>{items}</ul>{_both(_DOCS)}"


def _both(text: Mapping[str, str]) -> str:
    return f'<p>{text["zh"]}</p><p lang="en">{text["en"]}</p>'


def _page(name: str, rest: str) -> str:
    shown = escape(name)
    return (
        '<!doctype html><html lang="zh-CN"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{shown}</title><h1>{shown}</h1>{rest}</html>"
    )
