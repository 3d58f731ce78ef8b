"""Revocation (RFC 7009) and introspection (RFC 7662), as endpoints of Authlib's server."""
# pyright: reportUnknownMemberType=false, reportArgumentType=false

from typing import Any

from authlib.oauth2.rfc6749 import OAuth2Request
from authlib.oauth2.rfc6749.errors import InvalidRequestError
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7662 import IntrospectionEndpoint
from typing_extensions import override

from api.oauth.claims import Claims
from api.oauth.driver import awaited, unit
from api.oauth.server import ANY_METHOD, SECRET_METHODS, RegisteredClient
from api.oauth.tokens import AccessTokens
from domain.sessions import actions, pads
from domain.sessions.models import RefreshToken, Session
from domain.sessions.rules import EndReason


class _Token:
    """A token of a session, as Authlib asks about it; without claims it is a refresh token."""

    def __init__(
        self, session: Session, *, claims: Claims | None, refresh_token: RefreshToken | None
    ) -> None:
        self.session = session
        self.claims = claims
        self._refresh_token = refresh_token

    def check_client(self, client: RegisteredClient) -> bool:
        """Whether it was issued to the client."""
        return self.session.client_id == client.row.id

    def is_expired(self) -> bool:
        """Whether it is, or its session; an expired access token is not found at all."""
        own = self._refresh_token.expires_at if self._refresh_token else self.session.expires_at
        return min(own, self.session.expires_at) <= unit().at

    def is_revoked(self) -> bool:
        """Whether its session has ended, or it was changed for the next already."""
        is_used = self._refresh_token is not None and self._refresh_token.used_at is not None
        return is_used or self.session.ended_at is not None


def _found(tokens: AccessTokens, token: str) -> _Token | None:
    """Which token it is. The hint of its type is not needed: the forms differ."""
    this, claims = unit(), tokens.claims(token)
    if claims is not None:
        session = awaited(actions.session_of(this.session, claims.sid))
        return _Token(session, claims=claims, refresh_token=None) if session else None
    found = awaited(actions.refresh_token(this.session, token))
    return _Token(found[1], claims=None, refresh_token=found[0]) if found else None


def _check_token_is_there(request: OAuth2Request) -> None:
    """A hint that nobody knows may be passed over (RFC 7009 2.1), so none is looked at."""
    if not request.form.get("token"):
        raise InvalidRequestError()


class Revocation(RevocationEndpoint):
    """Ends the session of a token: signing out."""

    CLIENT_AUTH_METHODS = ANY_METHOD

    def __init__(self, tokens: AccessTokens) -> None:
        super().__init__(None)
        self._tokens = tokens

    @override
    def check_params(self, request: OAuth2Request, client: object) -> None:
        """Refuse a request without a token."""
        _check_token_is_there(request)

    @override
    def query_token(self, token_string: str, token_type_hint: str | None) -> _Token | None:
        """The token with its session; None for an unknown one, which is no error (RFC 7009 2.2)."""
        return _found(self._tokens, token_string)

    @override
    def revoke_token(self, token: _Token, request: OAuth2Request) -> None:
        """End the whole session, whichever of its tokens was shown.

        Staff who sign out at a pad leave the pad its own session.
        """
        this = unit()
        if token.session.parent_id is not None:
            awaited(pads.sign_out(this.session, token.session, at=this.at, random=this.random))
            return
        awaited(actions.end(this.session, token.session.id, EndReason.SIGNED_OUT, at=this.at))


class Introspection(IntrospectionEndpoint):
    """Tells a partner's system what a token is worth: its own tokens, to clients with a secret."""

    CLIENT_AUTH_METHODS = SECRET_METHODS

    def __init__(self, tokens: AccessTokens) -> None:
        super().__init__(None)
        self._tokens = tokens

    @override
    def check_params(self, request: OAuth2Request, client: object) -> None:
        """Refuse a request without a token."""
        _check_token_is_there(request)

    @override
    def query_token(self, token_string: str, token_type_hint: str | None) -> _Token | None:
        """The token with its session."""
        return _found(self._tokens, token_string)

    @override
    def check_permission(
        self, token: _Token, client: RegisteredClient, request: OAuth2Request
    ) -> bool:
        """Whether the client may know: it was issued to it."""
        return token.check_client(client)

    @override
    def introspect_token(self, token: _Token) -> dict[str, Any]:
        """What the token says; of a refresh token only whose it is."""
        session, claims = token.session, token.claims
        told: dict[str, Any] = {
            "client_id": session.client_id,
            "scope": claims.scope if claims else " ".join(session.scopes),
            "sid": str(session.id),
        }
        if claims is None:
            return told
        return told | {
            "token_type": "Bearer",
            "sub": claims.sub,
            "aud": claims.aud,
            "iss": claims.iss,
            "exp": claims.exp,
            "iat": claims.iat,
            "jti": claims.jti,
        }
