"""How pads come to their sessions, and the staff to theirs at a pad."""
# pyright: reportIncompatibleMethodOverride=false, reportUnknownMemberType=false

from authlib.oauth2.rfc6749.errors import AccessDeniedError, InvalidGrantError
from authlib.oauth2.rfc8628 import ExpiredTokenError
from typing_extensions import override

from api.oauth.driver import awaited, unit
from api.oauth.errors import NotYet, PadSignedOut, PinWrong
from api.oauth.grants import FormGrant, begun_answer, client_of
from api.oauth.pins import PinProof
from api.oauth.server import Response, TokenRequest
from domain.sessions import devices
from domain.sessions.rules import Grant
from domain.sessions.staff_at_pads import sign_in_at_pad


class DeviceCode(FormGrant):
    """Changes a device's code for the session of a pad, once somebody has let it in (RFC 8628).

    Authlib's own never uses a code up, and calls an unknown one a mistake in the request (9.4, 3).
    The device gets one answer with a token: where that is lost on its way, it asks for new codes.
    """

    GRANT_TYPE = Grant.DEVICE_CODE
    FIELDS = ("device_code",)

    @override
    def create_token_response(self) -> Response:
        """What was decided; refuses until then, and tells when to ask again."""
        this = unit()
        polled = awaited(
            devices.poll(
                this.session,
                self.request.form["device_code"],
                client_of(self),
                at=this.at,
                random=this.random,
            )
        )
        match polled:
            case devices.Waiting(seconds, is_too_early):
                raise NotYet(seconds, is_too_early=is_too_early)
            case devices.Denied():
                raise AccessDeniedError()
            case devices.Expired():
                raise ExpiredTokenError()
            case None:
                raise InvalidGrantError()
            case begun:
                return begun_answer(self, begun, refreshable=True)


class StaffPin(FormGrant):
    """Signs somebody of the staff in at a pad that is signed in itself, by their PIN.

    ``device_token`` is the pad's own access token. The PIN was compared before, outside of any
    transaction: who it is of is in the request.
    """

    GRANT_TYPE = Grant.STAFF_PIN
    FIELDS = ("device_token", "login", "pin")

    @override
    def create_token_response(self) -> Response:
        """Begin the session at the pad, in the place of whoever was signed in there."""
        this, request = unit(), self.request
        assert isinstance(request, TokenRequest)
        proof = request.outside
        assert isinstance(proof, PinProof)
        if proof.pad is None:
            raise PadSignedOut
        if proof.right is None:
            raise PinWrong
        begun = awaited(
            sign_in_at_pad(
                this.session,
                proof.pad,
                proof.right,
                client_of(self),
                at=this.at,
                random=this.random,
            )
        )
        if begun is None:
            raise PinWrong
        return begun_answer(self, begun, refreshable=True)
