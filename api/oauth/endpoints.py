"""Revocation (RFC 7009) and introspection (RFC 7662), as endpoints of Authlib's server."""
# pyright: reportUnknownMemberType=false, reportArgumentType=false

from typing import Any
from uuid import UUID

from authlib.oauth2.rfc6749 import OAuth2Request
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7662 import IntrospectionEndpoint
from typing_extensions import override

from api.oauth.driver import awaited, unit
from api.oauth.server import ANY_METHOD, SECRET_METHODS, RegisteredClient
from api.oauth.tokens import AccessTokens, Claims
from domain.sessions import actions
from domain.sessions.models import Session
from domain.sessions.rules import EndReason


class _Token:
    """A token of a session, as Authlib asks about it; without claims it is a refresh token."""

    def __init__(self, session: Session, claims: Claims | None) -> None:
        self.session = session
        self.claims = claims

    def check_client(self, client: RegisteredClient) -> bool:
        """Whether it was issued to the client."""
        return self.session.client_id == client.row.id

    def is_expired(self) -> bool:
        """Whether its session is; an expired access token is not found at all."""
        return self.session.expires_at <= unit().at

    def is_revoked(self) -> bool:
        """Whether its session has ended."""
        return self.session.ended_at is not None


def _found(tokens: AccessTokens, token: str) -> _Token | None:
    """Which token it is. The hint of its type is not needed: the forms differ."""
    this, claims = unit(), tokens.claims(token)
    if claims is not None:
        session = awaited(actions.session_of(this.session, UUID(hex=claims.sid)))
    else:
        session = awaited(actions.session_of_refresh_token(this.session, token))
    return _Token(session, claims) if session else None


class Revocation(RevocationEndpoint):
    """Ends the session of a token: signing out."""

    CLIENT_AUTH_METHODS = ANY_METHOD

    def __init__(self, tokens: AccessTokens) -> None:
        super().__init__(None)
        self._tokens = tokens

    @override
    def query_token(self, token_string: str, token_type_hint: str | None) -> _Token | None:
        """The token with its session; None for an unknown one, which is no error (RFC 7009 2.2)."""
        return _found(self._tokens, token_string)

    @override
    def revoke_token(self, token: _Token, request: OAuth2Request) -> None:
        """End the whole session, whichever of its tokens was shown."""
        this = unit()
        awaited(actions.end(this.session, token.session.id, EndReason.SIGNED_OUT, at=this.at))


class Introspection(IntrospectionEndpoint):
    """Tells a partner's system what a token is worth: its own tokens, to clients with a secret."""

    CLIENT_AUTH_METHODS = SECRET_METHODS

    def __init__(self, tokens: AccessTokens) -> None:
        super().__init__(None)
        self._tokens = tokens

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
            "sid": session.id.hex,
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
