"""The ways to a token, each a grant of Authlib's server (integrations 9)."""
# pyright: reportIncompatibleMethodOverride=false, reportUnknownMemberType=false

from abc import ABC, abstractmethod
from uuid import UUID

from authlib.oauth2.rfc6749 import grants
from authlib.oauth2.rfc6749.errors import (
    InvalidRequestError,
    InvalidScopeError,
    UnauthorizedClientError,
)
from typing_extensions import override

from api.oauth.driver import awaited, unit
from api.oauth.errors import MEMBER_BLOCKED, STAFF_BLOCKED, Blocked
from api.oauth.member_decisions import note_signed_in
from api.oauth.server import (
    ANY_METHOD,
    PUBLIC_METHODS,
    SECRET_METHODS,
    RegisteredClient,
    Response,
)
from domain.kernel.actors import Scope
from domain.sessions import actions
from domain.sessions.models import Client, Session
from domain.sessions.rules import EndReason


class RefreshToken(grants.RefreshTokenGrant):
    """Changes a refresh token for the next one, and signs a new access token."""

    TOKEN_ENDPOINT_AUTH_METHODS = ANY_METHOD
    INCLUDE_NEW_REFRESH_TOKEN = True

    @override
    def authenticate_refresh_token(self, refresh_token: str) -> "_Credential | None":
        """The token with its session, both locked. One that comes again ends its session."""
        this = unit()
        by = client_of(self)
        found = awaited(actions.present(this.session, refresh_token, by, at=this.at))
        if isinstance(found, actions.Over) and found.reason is EndReason.BLOCKED:
            code = STAFF_BLOCKED if found.owner.staff_id else MEMBER_BLOCKED
            raise Blocked(found.note or "", code)
        if not isinstance(found, actions.Presented):
            return None
        this.begun, this.parent = found.session, found.token
        return _Credential(found.session.scopes)

    @override
    def authenticate_user(self, refresh_token: "_Credential") -> object:
        """Whoever the session belongs to; that it does was looked at already."""
        return unit().begun

    @override
    def revoke_old_credential(self, refresh_token: "_Credential") -> None:
        """Nothing: the token was counted as used when the next one was kept."""


class _Credential:
    """A refresh token, as Authlib asks about it."""

    def __init__(self, scopes: list[str]) -> None:
        self._scopes = scopes

    def check_client(self, _client: RegisteredClient) -> bool:
        """True: a token of another client is not found at all."""
        return True

    def get_scope(self) -> str:
        """The scopes of the session."""
        return " ".join(self._scopes)


class ClientCredentials(grants.ClientCredentialsGrant):
    """Signs a partner's system in as itself, with a secret and for its scopes."""

    TOKEN_ENDPOINT_AUTH_METHODS = SECRET_METHODS

    @override
    def validate_requested_scope(self) -> None:
        """Refuse a scope that the client may not have, or that is of members alone."""
        if not set(scopes_of(self)) <= set(Scope):
            raise InvalidScopeError()

    @override
    def create_token_response(self) -> Response:
        """Begin a session of the client's own; without a refresh token, for it has a secret."""
        return session_answer(self, actions.Owner(), scopes_of(self), refreshable=False)


class FormGrant(grants.BaseGrant, grants.TokenEndpointMixin, ABC):
    """What the mall's own ways to a token have in common: a public client and its form."""

    TOKEN_ENDPOINT_AUTH_METHODS = PUBLIC_METHODS
    FIELDS: tuple[str, ...] = ()
    """What the form must carry besides."""

    @override
    def validate_token_request(self) -> None:
        """Know the client, and that it may sign people in this way; asks nothing outside."""
        client = self.authenticate_token_endpoint_client()
        if not client.check_grant_type(str(self.GRANT_TYPE)):
            raise UnauthorizedClientError()
        self.request.client = client
        scopes_of(self)
        for field in self.FIELDS:
            if not self.request.form.get(field):
                raise InvalidRequestError(f"Missing '{field}' in request.")


class MemberGrant(FormGrant):
    """What the sign-ins of members have in common: the session that they come to."""

    @override
    def create_token_response(self) -> Response:
        """Sign the member in and begin the session."""
        member_id = self.member_id()
        owner = actions.Owner(member_id=member_id)
        answer = session_answer(self, owner, scopes_of(self), refreshable=True)
        note_signed_in(member_id, client_of(self).id, str(self.GRANT_TYPE))
        return answer

    @abstractmethod
    def member_id(self) -> UUID:
        """Who signs in; raises an error of OAuth where nobody does."""


def scopes_of(grant: grants.BaseGrant) -> list[str]:
    """The scopes that a request asks for, or all of its client's; refuses those it may not have."""
    allowed = client_of(grant).scopes
    payload = grant.request.payload
    asked = payload.scope if payload else None
    if not asked:
        return allowed
    scopes = list(dict.fromkeys(asked.split()))
    if not set(scopes) <= set(allowed):
        raise InvalidScopeError()
    return scopes


def client_of(grant: grants.BaseGrant) -> Client:
    """The client that a grant has authenticated."""
    client = grant.request.client
    assert isinstance(client, RegisteredClient)
    return client.row


def session_answer(
    grant: grants.BaseGrant, owner: actions.Owner, scopes: list[str], *, refreshable: bool
) -> Response:
    """Begin the session that a grant has come to, and answer with its first tokens."""
    this = unit()
    begun = awaited(
        actions.start_session(
            this.session,
            client_of(grant).id,
            owner,
            scopes=scopes,
            at=this.at,
            random=this.random,
        )
    )
    return begun_answer(grant, begun, refreshable=refreshable)


def begun_answer(grant: grants.BaseGrant, begun: Session, *, refreshable: bool) -> Response:
    """Answer with the first tokens of a session that has just begun."""
    unit().begun = begun
    token = grant.generate_token(
        user=begun, scope=" ".join(begun.scopes), include_refresh_token=refreshable
    )
    grant.save_token(token)
    return 200, token, list(grant.TOKEN_RESPONSE_HEADER)
