"""Pages as responses: rendered in one language, and locked against other sites."""

import base64
import hashlib
import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from markupsafe import Markup
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.oauth.end_user import Page
from api.oauth.pages.words import WORDS
from domain.kernel.language import Language, Sentence

CONSENT = "consent.html"
_TEMPLATES = Path(__file__).parent / "templates"
_STYLE = (_TEMPLATES / "style.css").read_text()
_STYLE_DIGEST = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_DIGEST}'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_HEADERS = {
    "cache-control": "no-store",
    "vary": "Accept-Language",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # Nobody else learns of the page. With no-referrer browsers send `Origin: null` with the
    # pages' own forms, and where a form comes from could not be told.
    "referrer-policy": "same-origin",
}


def page_response(
    page: Page, language: Language, *, form_action: str, csrf_token: str
) -> HTMLResponse:
    """Render a page; its forms go to ``form_action``, with the token."""

    def say(word: str | Sentence, **particulars: object) -> str:
        sentence = word if isinstance(word, Sentence) else WORDS[word]
        return sentence.told_in(language, particulars)

    given = {
        "say": say,
        "is_chinese": language is Language.ZH,
        "language": language,
        "style": Markup(_STYLE),  # noqa: S704 - a file of ours
        "form_action": form_action,
        "csrf_token": csrf_token,
    }
    # The library is loaded with the first page: no start pays for it.
    templates = importlib.import_module("api.oauth.pages.templating")
    body = cast("str", templates.rendered(page.template, {**page.says, **given}))
    policy = _POLICY if page.template == CONSENT else f"{_POLICY}; form-action 'self'"
    headers = {**page.headers, **_HEADERS, "content-language": language}
    # Browsers hold the redirects after a form against form-action too, and where a client sends
    # people on to is not known here.
    return HTMLResponse(body, page.status, {**headers, "content-security-policy": policy})


def redirect(location: str) -> Response:
    """Send a browser on with a GET, also after a form (303, RFC 9700 4.12), without a referrer."""
    headers = {"cache-control": "no-store", "referrer-policy": "no-referrer"}
    return RedirectResponse(location, 303, headers)


def message(
    sentence: Sentence,
    status: int,
    *,
    title: str = "stopped",
    particulars: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Page:
    """A page that says one thing and leads nowhere."""
    says = {"title": title, "sentence": sentence, "particulars": particulars or {}}
    return Page("message.html", says, status, headers or {})
