"""What tells one browser from another: its cookie, and proof that a form is one of our pages'."""

import hmac
import re
from collections.abc import Mapping
from enum import StrEnum
from random import Random

from starlette.requests import Request
from starlette.responses import Response

from domain.sessions import clients
from domain.sessions.rules import BROWSER_LIFE

CSRF = "csrf"
"""The field of each form that shows that it is ours."""
_SECRET = re.compile("[0-9a-f]{64}")


class Foreign(StrEnum):
    """What a form lacks that was not sent by one of our pages."""

    NAMELESS = "nameless"
    """Nothing says where it comes from, as every browser does."""
    ELSEWHERE = "elsewhere"
    COOKIELESS = "cookieless"
    EXPIRED = "expired"
    """It has not the token of the page that this browser was shown."""


class Browsers:
    """Gives each browser a secret, before anybody signs in and another one after that.

    ``__Host-`` keeps other hosts of the same domain from setting the cookie; it needs TLS, which
    a development mall on loopback has not.
    """

    def __init__(self, issuer: str, random: Random) -> None:
        self._origin = issuer.lower()
        self._is_secure = self._origin.startswith("https:")
        self._cookie = "__Host-mall" if self._is_secure else "mall"
        self._random = random

    def new_secret(self) -> str:
        """Make what a browser keeps."""
        return clients.new_secret(self._random)

    def secret_of(self, request: Request) -> str | None:
        """What the browser keeps; None where it has nothing, or nothing of ours."""
        secret = request.cookies.get(self._cookie, "")
        return secret if _SECRET.fullmatch(secret) else None

    def keep(self, response: Response, secret: str) -> None:
        """Have the browser keep a secret, out of the reach of scripts and other sites' forms."""
        response.set_cookie(
            self._cookie,
            secret,
            max_age=int(BROWSER_LIFE.total_seconds()),
            path="/",
            secure=self._is_secure,
            httponly=True,
            samesite="lax",
        )

    def csrf_token(self, secret: str) -> str:
        """What a page's form carries: it follows from the browser's secret and does not tell it."""
        return hmac.digest(secret.encode(), CSRF.encode(), "sha256").hex()

    def foreign(self, request: Request, form: Mapping[str, str]) -> Foreign | None:
        """Why a form is of no page of ours in the same browser; None where it is (9.4, 19).

        The browser says where the form comes from, in one header or the other, and the token
        says that our page was shown to this very browser.
        """
        site = request.headers.get("sec-fetch-site")
        origin = request.headers.get("origin")
        if site is None and origin is None:
            return Foreign.NAMELESS
        if site not in (None, "same-origin") or origin not in (None, self._origin):
            return Foreign.ELSEWHERE
        secret = self.secret_of(request)
        if secret is None:
            return Foreign.COOKIELESS
        given = form.get(CSRF, "").encode()
        is_shown = hmac.compare_digest(self.csrf_token(secret).encode(), given)
        return None if is_shown else Foreign.EXPIRED
