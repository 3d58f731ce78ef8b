"""Authlib's authorization server on our clients and tokens.

With the grants and endpoints a façade (0.33): Authlib's types are written by others, and wrong in
what its own hooks take and answer.
"""
# pyright: reportIncompatibleMethodOverride=false, reportUnknownMemberType=false
# pyright: reportArgumentType=false, reportAssignmentType=false

from collections.abc import Mapping, Sequence
from typing import Any, cast

from authlib.oauth2.rfc6749 import (
    AuthorizationServer,
    BaseGrant,
    ClientMixin,
    OAuth2Request,
    TokenEndpoint,
    TokenEndpointMixin,
)
from authlib.oauth2.rfc6749.errors import OAuth2Error
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc8628 import DeviceAuthorizationEndpoint
from typing_extensions import override

from api.oauth.driver import awaited, unit
from api.oauth.tokens import AccessTokens
from domain.sessions import actions, clients
from domain.sessions.bearers import bearer_of
from domain.sessions.models import Client
from domain.sessions.rules import ACCESS_LIFE

Response = tuple[int, dict[str, Any], Sequence[tuple[str, str]]]
"""An answer as Authlib makes it: status, body, headers."""

SECRET_METHODS = ["client_secret_basic", "client_secret_post"]
"""How a client with a secret shows it."""
PUBLIC_METHODS = ["none"]
"""How one without a secret does: by its id."""
ANY_METHOD = [*PUBLIC_METHODS, *SECRET_METHODS]
_REFRESH_BYTES = 32


class TokenRequest(OAuth2Request):
    """A request to the server, from a form that was read already."""

    def __init__(self, form: Mapping[str, str], headers: Mapping[str, str]) -> None:
        # Authlib refuses plain http, which is all that a process behind a TLS proxy sees. How a
        # mall is reached is for its operator to say, so the address that it looks at is not real.
        super().__init__("POST", "https://mall.invalid/", headers=dict(headers))
        self.payload = BasicOAuth2Payload(dict(form))
        self._form = dict(form)
        self.outside: object = None
        """What a service outside has said about this request, asked before the transaction."""

    @property
    @override
    def form(self) -> dict[str, str]:
        """The form's fields."""
        return self._form


class RegisteredClient(ClientMixin):
    """One of our clients, as Authlib asks about it."""

    def __init__(self, row: Client) -> None:
        self.row = row

    @override
    def get_client_id(self) -> str:
        """The client's id."""
        return self.row.id

    @override
    def get_default_redirect_uri(self) -> None:
        """None: a client names its address in each request."""

    @override
    def get_allowed_scope(self, scope: str) -> str:
        """Those of the scopes that the client may have."""
        return " ".join(each for each in (scope or "").split() if each in self.row.scopes)

    @override
    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Whether it is one of the client's addresses, to the letter."""
        return redirect_uri in self.row.redirect_uris

    @override
    def check_client_secret(self, client_secret: str) -> bool:
        """Whether it is the client's secret."""
        return clients.is_secret_of(self.row, client_secret)

    @override
    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        """Whether the client shows who it is in this way, at every endpoint the same."""
        return (method == "none") == (self.row.secret_digest is None)

    @override
    def check_response_type(self, response_type: str) -> bool:
        """Whether the client may have an authorization code."""
        return response_type == "code" and "authorization_code" in self.row.grants

    @override
    def check_grant_type(self, grant_type: str) -> bool:
        """Whether the client may come to a session in this way."""
        return grant_type in self.row.grants


class MallServer(AuthorizationServer):
    """One for the process; what belongs to a request is in its `unit`."""

    def __init__(
        self,
        tokens: AccessTokens,
        grants: Sequence[type[BaseGrant]],
        endpoints: Sequence[TokenEndpoint | DeviceAuthorizationEndpoint],
    ) -> None:
        super().__init__()
        self._tokens = tokens
        self.register_token_generator("default", self._generate)
        for grant in grants:
            self.register_grant(grant)
        for endpoint in endpoints:
            self.register_endpoint(endpoint)

    def token_response(self, asked: TokenRequest) -> Response:
        """Answer a request for a token. Runs in the `Driver`."""
        return cast("Response", self.create_token_response(asked))

    def checked(self, asked: TokenRequest) -> Response | None:
        """Whether a request may go on to ask outside: None, or the answer that it may not."""
        try:
            grant: TokenEndpointMixin = self.get_token_grant(asked)
            grant.validate_token_request()
        except OAuth2Error as error:
            return cast("Response", self.handle_error_response(asked, error))
        return None

    def consent_grant(self, asked: OAuth2Request, user: object | None) -> BaseGrant:
        """What a client asks of a person, checked. Raises an error of OAuth.

        Runs in the `Driver`.
        """
        return cast("BaseGrant", self.get_consent_grant(asked, user))

    def decided(self, grant: BaseGrant, user: object | None) -> str:
        """Where a browser goes with a person's yes; without a person it is a no.

        Runs in the `Driver`.
        """
        response = self.create_authorization_response(grant.request, user, grant=grant)
        _, _, headers = cast("Response", response)
        return dict(headers)["Location"]

    def endpoint_response(self, name: str, asked: TokenRequest) -> Response:
        """Answer a request to another endpoint by its name. Runs in the `Driver`."""
        return cast("Response", self.create_endpoint_response(name, asked))

    @staticmethod
    def address_of(error: OAuth2Error) -> str:
        """Where a client hears of an error that has its redirect_uri."""
        _, _, headers = cast("Response", error())
        return dict(headers)["Location"]

    @override
    def query_client(self, client_id: str) -> RegisteredClient | None:
        """A client by its id; None for one that is disabled."""
        row = awaited(clients.client(unit().session, client_id))
        return RegisteredClient(row) if row else None

    @override
    def save_token(self, token: Mapping[str, Any], request: OAuth2Request) -> None:
        """Keep the refresh token; an access token is kept nowhere."""
        this = unit()
        if "refresh_token" in token:
            assert this.begun is not None
            keeping = actions.keep_refresh_token(
                this.session, this.begun, token["refresh_token"], parent=this.parent, at=this.at
            )
            awaited(keeping)

    @override
    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """Nobody listens: what happens besides is written by the use cases."""

    @override
    def create_oauth2_request(self, request: OAuth2Request) -> OAuth2Request:
        """The request itself: it was adapted before."""
        return request

    @override
    def handle_response(
        self, status: int, body: Any, headers: Sequence[tuple[str, str]]
    ) -> Response:
        """The answer itself: it becomes a response outside the transaction."""
        return status, dict(body), headers

    def _generate(
        self,
        grant_type: str,
        client: RegisteredClient,
        user: object = None,
        scope: str | None = None,
        expires_in: int | None = None,
        include_refresh_token: bool = True,  # noqa: FBT001, FBT002 - Authlib calls it so
    ) -> dict[str, object]:
        this = unit()
        assert this.begun is not None
        scopes = (scope or "").split()
        actor = awaited(bearer_of(this.session, this.begun))
        token: dict[str, object] = {
            "token_type": "Bearer",
            "access_token": self._tokens.sign(this.begun, scopes, actor),
            "expires_in": int(ACCESS_LIFE.total_seconds()),
            "scope": " ".join(scopes),
        }
        if include_refresh_token:
            token["refresh_token"] = this.random.randbytes(_REFRESH_BYTES).hex()
        return token
