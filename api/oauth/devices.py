"""``/oauth/device_authorization``: a device asks to be let in (RFC 8628 3.1)."""
# pyright: reportIncompatibleMethodOverride=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false

from collections.abc import Mapping

from authlib.common.urls import add_params_to_uri
from authlib.oauth2.rfc6749.errors import InvalidScopeError, UnauthorizedClientError
from authlib.oauth2.rfc8628 import DeviceAuthorizationEndpoint
from typing_extensions import override

from api.oauth.driver import awaited, unit
from api.oauth.server import PUBLIC_METHODS, RegisteredClient, Response, TokenRequest
from domain.sessions import devices
from domain.sessions.rules import DEVICE_CODE_LIFE, PAD_SCOPE, POLL_SECONDS, Grant

DEVICE_PATH = "/oauth/device"
"""Where somebody types the code that a device shows."""
_LONGEST_DEVICE = 200


class DeviceRequest(TokenRequest):
    """A device's question, with what it says of itself and the address that it comes from."""

    def __init__(
        self, form: Mapping[str, str], headers: Mapping[str, str], *, device: str, address: str
    ) -> None:
        super().__init__(form, headers)
        self.device = "".join(filter(str.isprintable, device))[:_LONGEST_DEVICE]
        self.address = address


class DeviceAuthorization(DeviceAuthorizationEndpoint):
    """Gives a device its two codes, where its client may have them.

    Authlib asks neither for the grant nor for the scope (9.4, 4), and makes each code apart, where
    one that is taken is not noticed: all but who the client is, is decided here.
    """

    CLIENT_AUTH_METHODS = PUBLIC_METHODS
    EXPIRES_IN = int(DEVICE_CODE_LIFE.total_seconds())
    INTERVAL = POLL_SECONDS

    def __init__(self, issuer: str) -> None:
        super().__init__(None)
        self._issuer = issuer

    @override
    def create_endpoint_response(self, request: DeviceRequest) -> Response:
        """Note the question, and tell both codes and where the short one is typed."""
        client = self._client(request)
        _check_may_ask(client, request)
        this = unit()
        codes = awaited(
            devices.ask(
                this.session,
                this.vault,
                client.row.id,
                device=request.device,
                address=request.address,
                at=this.at,
                random=this.random,
            )
        )
        address = self.get_verification_uri()
        body = {
            "device_code": codes.device_code,
            "user_code": codes.user_code,
            "verification_uri": address,
            "verification_uri_complete": add_params_to_uri(
                address, [("user_code", codes.user_code)]
            ),
            "expires_in": self.EXPIRES_IN,
            "interval": self.INTERVAL,
        }
        return 200, body, []

    @override
    def get_verification_uri(self) -> str:
        """Where somebody in charge types the short code."""
        return self._issuer + DEVICE_PATH

    def _client(self, request: DeviceRequest) -> RegisteredClient:
        client = self.authenticate_client(request)
        assert isinstance(client, RegisteredClient)
        return client


def _check_may_ask(client: RegisteredClient, request: DeviceRequest) -> None:
    """The client has this way to a session, and asks for what pads have, which is one scope."""
    if not client.check_grant_type(Grant.DEVICE_CODE):
        raise UnauthorizedClientError()
    asked = set(request.form.get("scope", "").split()) or set(client.row.scopes)
    if PAD_SCOPE not in client.row.scopes or asked != {PAD_SCOPE}:
        raise InvalidScopeError()
