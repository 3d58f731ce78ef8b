"""``/oauth/userinfo``: what a client may know of the person who let it in (OpenID Connect 5.3)."""

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.attempts import Attempts, Limit
from api.errors import STATUS_BY_CODE
from api.language import language_of
from api.oauth.end_user import subject_of
from api.oauth.tokens import AccessTokens, Claims
from domain.kernel.clock import Clock
from domain.kernel.db import ReadPool
from domain.kernel.errors import Fault
from domain.sessions.actions import Owner
from domain.sessions.rules import OPENID_SCOPE, PROFILE_SCOPE
from domain.sessions.views import SessionMember, member_of_session, staff_of_session

QUESTIONS = Limit("oauth_userinfo", most=1_200, seconds=60)
"""Questions of one address, which may be the server of a client with many members."""
_HEADERS = {"cache-control": "no-store", "pragma": "no-cache"}


class UserInfo:
    """A plain view: Authlib's needs a framework (9.4, 15). Never tells a phone."""

    def __init__(
        self,
        reads: ReadPool,
        tokens: AccessTokens,
        attempts: Attempts,
        clock: Clock,
        *,
        public_address: str,
    ) -> None:
        self._reads = reads
        self._tokens = tokens
        self._attempts = attempts
        self._clock = clock
        self._public_address = public_address

    def routes(self) -> list[Route]:
        """Where it is; a client may ask with either method, and with the header alone."""
        return [Route("/oauth/userinfo", self.answer, methods=["GET", "POST"])]

    async def answer(self, request: Request) -> Response:
        """Who the person is, and with the scope profile their name, and a member's picture."""
        try:
            await self._attempts.take(QUESTIONS, request.client.host if request.client else "")
            return await self._told(request.headers.getlist("authorization"))
        except Fault as fault:
            language = language_of(request.headers.get("accept-language"))
            wait = fault.retry_after_seconds
            headers = {} if wait is None else {"retry-after": str(wait)}
            body = {"error": "temporarily_unavailable", "message": fault.told_in(language)}
            return _json(STATUS_BY_CODE[fault.code], body, headers)

    async def _told(self, authorization: list[str]) -> Response:
        """Asked of the database itself, so that who was signed out a moment ago is unknown."""
        claims = self._claims(authorization)
        if claims is None:
            return _refused(401, "invalid_token" if authorization else None)
        scopes = claims.scope.split()
        if OPENID_SCOPE not in scopes:
            return _refused(403, "insufficient_scope")
        person = await self._person(claims)
        if person is None:
            return _refused(401, "invalid_token")
        owner, profile = person
        body = {"sub": subject_of(owner)}
        return _json(200, body | (profile if PROFILE_SCOPE in scopes else {}), {})

    async def _person(self, claims: Claims) -> tuple[Owner, dict[str, str]] | None:
        """Whose session it is, and their profile."""
        if claims.staff is not None:
            staff = await staff_of_session(self._reads, claims.sid, at=self._clock())
            return (Owner(staff_id=staff.staff_id), {"name": staff.name}) if staff else None
        member = await member_of_session(self._reads, claims.sid, at=self._clock())
        return (Owner(member_id=member.member_id), self._profile(member)) if member else None

    def _claims(self, authorization: list[str]) -> Claims | None:
        if len(authorization) != 1:
            return None
        scheme, _, token = authorization[0].partition(" ")
        return self._tokens.claims(token.strip()) if scheme.lower() == "bearer" else None

    def _profile(self, member: SessionMember) -> dict[str, str]:
        picture = member.picture_key
        return {"name": member.name} | (
            {"picture": self._public_address + picture} if picture else {}
        )


def _refused(status: int, error: str | None) -> Response:
    """What RFC 6750 3.1 says of a token; nothing of one that did not come."""
    challenge = f'Bearer error="{error}"' if error else "Bearer"
    body = {"error": error} if error else {}
    return _json(status, body, {"www-authenticate": challenge})


def _json(status: int, body: dict[str, str], headers: dict[str, str]) -> Response:
    return Response(orjson.dumps(body), status, headers | _HEADERS, media_type="application/json")
