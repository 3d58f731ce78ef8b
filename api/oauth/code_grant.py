"""The authorization code with PKCE, and the id token of OpenID Connect (integrations 9)."""
# pyright: reportIncompatibleMethodOverride=false, reportUnknownMemberType=false

import re
from typing import Any, Final

from authlib.oauth2.rfc6749 import OAuth2Request, grants
from authlib.oauth2.rfc6749.errors import InvalidRequestError, InvalidScopeError, OAuth2Error
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core.grants.code import OpenIDCode
from joserfc.jwk import KeySet
from typing_extensions import override

from api.oauth.driver import awaited, unit
from api.oauth.end_user import EndUser, subject_of
from api.oauth.errors import STAFF_BLOCKED, Blocked
from api.oauth.grants import client_of, scopes_of
from api.oauth.server import ANY_METHOD, RegisteredClient, Response
from api.oauth.standing import Standing
from domain.members.errors import MemberBlocked
from domain.sessions import codes, models
from domain.sessions.actions import Owner, owner_of, start_session
from domain.sessions.clients import is_of_staff, new_secret
from domain.sessions.codes import NewCode
from domain.sessions.rules import ID_TOKEN_LIFE, MEMBER_SCOPES, STAFF_SCOPES
from domain.staff.statements import StaffBlocked

ALGORITHM: Final = "ES256"
_CHALLENGE = re.compile("[A-Za-z0-9_-]{43}")
_METHODS = ["S256"]
_LONGEST_NONCE = 500
_UNSUPPORTED = {"request": "request_not_supported", "request_uri": "request_uri_not_supported"}


class AuthorizationCode(grants.AuthorizationCodeGrant):
    """Changes a person's yes in the browser for a session of the client that asked.

    A code lives for `CODE_LIFE` (9.4, 8: what Authlib makes itself lives for ten days).
    """

    TOKEN_ENDPOINT_AUTH_METHODS = ANY_METHOD

    @staticmethod
    @override
    def validate_authorization_redirect_uri(
        request: OAuth2Request, client: RegisteredClient
    ) -> str:
        """The client's own address, to the letter; where it is not, nobody is sent anywhere.

        Authlib would repeat it in the description, and raise at what may not stand there (9.4, 13).
        """
        assert request.payload is not None
        address = request.payload.redirect_uri
        if not address or not client.check_redirect_uri(address):
            raise InvalidRequestError("The redirect_uri is not one of this client.")
        return address

    @override
    def validate_requested_scope(self) -> None:
        """Refuse a scope of others than the client and its people, and what we do not do."""
        theirs = STAFF_SCOPES if is_of_staff(client_of(self)) else MEMBER_SCOPES
        if not set(scopes_of(self)) <= {*theirs}:
            raise InvalidScopeError()
        asked = _asked(self)
        for parameter, error in _UNSUPPORTED.items():
            if parameter in asked:
                raise OAuth2Error(error=error)
        if asked.get("response_mode", "query") != "query":
            raise InvalidRequestError("The response_mode is not supported.")
        if len(asked.get("nonce", "")) > _LONGEST_NONCE:
            raise InvalidRequestError("The nonce is too long.")

    @override
    def generate_authorization_code(self) -> str:
        """A code that nobody guesses."""
        return new_secret(unit().random)

    @override
    def save_authorization_code(self, code: str, request: OAuth2Request) -> None:
        """Keep the code with all that it is bound to."""
        this, asked, user = unit(), _asked(self), request.user
        assert isinstance(user, EndUser)
        new = NewCode(
            client_id=client_of(self).id,
            owner=user.owner,
            redirect_uri=asked["redirect_uri"],
            scopes=scopes_of(self),
            nonce=asked.get("nonce"),
            challenge=asked["code_challenge"],
            authenticated_at=user.authenticated_at,
        )
        awaited(codes.issue(this.session, code, new, at=this.at))

    @override
    def query_authorization_code(self, code: str, client: RegisteredClient) -> "_Code | None":
        """The code, used up by this very statement, so a wrong verifier burns it (9.4, 2)."""
        this = unit()
        try:
            redeemed = awaited(codes.redeem(this.session, code, client.row, at=this.at))
        except MemberBlocked as blocked:
            raise Blocked(blocked.reason) from blocked
        except StaffBlocked as blocked:
            raise Blocked(blocked.reason, STAFF_BLOCKED) from blocked
        return _Code(redeemed) if redeemed else None

    @override
    def authenticate_user(self, authorization_code: "_Code") -> models.Session:
        """Begin the session of whoever said yes; the token generator finds it in the `unit`."""
        this, row = unit(), authorization_code.row
        this.begun = awaited(
            start_session(
                this.session,
                row.client_id,
                Owner(row.member_id, row.staff_id),
                scopes=row.scopes,
                at=this.at,
                random=this.random,
            )
        )
        return this.begun

    @override
    def delete_authorization_code(self, authorization_code: "_Code") -> None:
        """Keep it instead, with its session, which ends where the code comes again."""
        this = unit()
        assert this.begun is not None
        awaited(codes.note_session(this.session, authorization_code.row, this.begun.id))


class OnlyS256(CodeChallenge):
    """PKCE (RFC 7636) for every client, also for one with a secret, and by S256 alone (9.4, 5)."""

    DEFAULT_CODE_CHALLENGE_METHOD = "S256"
    SUPPORTED_CODE_CHALLENGE_METHOD = _METHODS

    @override
    def validate_code_challenge(self, grant: AuthorizationCode, redirect_uri: str) -> None:
        """Refuse what has no challenge, or another method: one that is left out means plain."""
        asked = _asked(grant)
        if not _CHALLENGE.fullmatch(asked.get("code_challenge", "")):
            raise InvalidRequestError("A code_challenge of S256 is required.")
        if asked.get("code_challenge_method") != "S256":
            raise InvalidRequestError("The code_challenge_method has to be S256.")


class IdToken(OpenIDCode):
    """Puts an id token beside the others where the scope openid was granted.

    It tells who signed in and when, to the client alone; a name comes from ``/oauth/userinfo``.
    Refreshing gives no other one (9.4, 17).
    """

    def __init__(self, standing: Standing, issuer: str) -> None:
        super().__init__(require_nonce=False)
        self._standing = standing
        self._issuer = issuer

    @override
    def __call__(self, grant: grants.BaseGrant) -> None:
        """One hook for each event (9.4, 12): the challenge has the one of the request.

        So no nonce is refused for being there twice: it ties an id token to a browser at the
        client, which is to check it there, and who goes back and says yes again does no harm.
        """
        grant.register_hook("after_create_token_response", self._add)

    def resolve_client_private_key(self, client: RegisteredClient) -> KeySet:
        """A set of exactly one: from several joserfc would choose at random (9.4, 10)."""
        return KeySet([self._standing.signing_key()])

    def get_client_algorithm(self, client: RegisteredClient) -> str:
        """What every id token is signed with."""
        return ALGORITHM

    def get_encode_header(self, client: RegisteredClient) -> dict[str, str]:
        """A type that no access token has; which key it is follows from the set."""
        return {"alg": ALGORITHM, "typ": "JWT"}

    def get_client_claims(self, client: RegisteredClient) -> dict[str, Any]:
        """From whom, for whom and for how long."""
        at = unit().at
        return {
            "iss": self._issuer,
            "aud": client.get_client_id(),
            "iat": int(at.timestamp()),
            "exp": int((at + ID_TOKEN_LIFE).timestamp()),
        }

    @override
    def generate_user_info(self, user: models.Session, scope: str) -> dict[str, str]:
        """Whose session it is, by the name that all clients know them by."""
        return {"sub": subject_of(owner_of(user))}

    def _add(self, grant: grants.BaseGrant, response: Response) -> None:
        self.process_token(grant, response)


def address_of(grant: AuthorizationCode) -> str:
    """The client's address that a request names, which was checked."""
    return str(_asked(grant)["redirect_uri"])


class _Code:
    """A code that was just used up, as Authlib asks about it."""

    def __init__(self, row: models.AuthorizationCode) -> None:
        self.row = row
        self.code_challenge = row.challenge
        self.code_challenge_method = "S256"

    def get_redirect_uri(self) -> str:
        """Where the code was sent, which the client has to say again."""
        return self.row.redirect_uri

    def get_scope(self) -> str:
        """The scopes that were granted."""
        return " ".join(self.row.scopes)

    def get_nonce(self) -> str | None:
        """What the client had repeated in the id token."""
        return self.row.nonce

    def get_auth_time(self) -> int:
        """When the person signed in in the browser."""
        return int(self.row.authenticated_at.timestamp())

    def get_acr(self) -> None:
        """None: how strong a sign-in is has no name here."""

    def get_amr(self) -> None:
        """None: nor has the way."""


def _asked(grant: grants.BaseGrant) -> dict[str, str]:
    assert grant.request.payload is not None
    return grant.request.payload.data
