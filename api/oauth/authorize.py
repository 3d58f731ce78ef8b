"""``/oauth/authorize``: what a client asks of a person, and the person's yes or no."""
# pyright: reportUnknownMemberType=false

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlencode, urlsplit

from authlib.common.urls import add_params_to_uri
from authlib.oauth2.rfc6749 import OAuth2Request
from authlib.oauth2.rfc6749.errors import OAuth2Error
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oidc.core.errors import ConsentRequiredError, LoginRequiredError
from typing_extensions import override

from api.oauth.code_grant import AuthorizationCode, address_of
from api.oauth.driver import awaited, unit
from api.oauth.end_user import EndUser, Page, SignIn, Visit
from api.oauth.grants import client_of, scopes_of
from api.oauth.page_endpoint import Door, Onward, Outcome, PageEndpoint
from api.oauth.pages.rendering import CONSENT, message
from api.oauth.pages.words import WRONG_LINK
from api.oauth.server import MallServer
from domain.kernel.language import Sentence
from domain.sessions.clients import is_of_staff

_PATH = "/oauth/authorize"
_ALLOW, _DENY, _SIGN_OUT = "allow", "deny", "sign_out"
_NONE, _LOGIN = "none", "login"
_AGE_DIGITS = 9


@dataclass(frozen=True, slots=True)
class SignIns:
    """How people sign in, by who they are: a client is for the ones or for the others."""

    members: SignIn
    staff: SignIn


class Authorize(PageEndpoint):
    """The endpoint that people see (RFC 6749 3.1): sign in, then allow or deny, each time.

    ``sign_ins`` knows who may say yes to which client. A client or an address that is not right
    sends nobody anywhere, but shows a page; any other mistake of a client is told to it by a
    redirect.
    """

    def __init__(self, door: Door, server: MallServer, sign_ins: SignIns, *, issuer: str) -> None:
        super().__init__(door, _PATH)
        self._server = server
        self._sign_ins = sign_ins
        self._issuer = issuer

    @override
    async def _submitted(self, form: Mapping[str, str], visit: Visit) -> Outcome:
        step = form.get("step", "")
        if step in (_ALLOW, _DENY):
            return await self._driver.run(partial(self._decided, visit, is_allowed=step == _ALLOW))
        sign_in = await self._driver.run(partial(self._checked, visit))
        if isinstance(sign_in, Page | Onward):
            return sign_in
        if step == _SIGN_OUT:
            await self._driver.run(lambda: awaited(sign_in.sign_out(visit.secret)))
            return Onward(self._here(visit.parameters), self._browsers.new_secret())
        new_secret = self._browsers.new_secret()
        page = await sign_in.submitted(form, visit, new_secret)
        return page or Onward(self._here(_without_sign_in(visit.parameters)), new_secret)

    @override
    def _shown(self, visit: Visit) -> Outcome:
        """The next page for whoever is signed in. Runs in the `Driver`."""
        try:
            grant = self._grant(visit)
            sign_in = self._sign_in_for(grant)
            user = awaited(sign_in.end_user(visit.secret))
            if isinstance(user, Page):
                return user
            is_silent = _NONE in visit.parameters.get("prompt", "").split()
            if user is None or _must_sign_in(visit.parameters, user):
                if is_silent:
                    raise _told(LoginRequiredError(), grant)
                return awaited(sign_in.first_page())
            if is_silent:
                raise _told(ConsentRequiredError(), grant)
            return _consent_page(grant, user, sign_in.scopes)
        except OAuth2Error as error:
            return self._refused(error)

    def _decided(self, visit: Visit, *, is_allowed: bool) -> Outcome:
        """What becomes of a yes or a no. Runs in the `Driver`."""
        try:
            grant = self._grant(visit)
        except OAuth2Error as error:
            return self._refused(error)
        sign_in = self._sign_in_for(grant)
        user = awaited(sign_in.end_user(visit.secret))
        if isinstance(user, Page):
            return user
        if is_allowed and (user is None or _must_sign_in(visit.parameters, user)):
            return awaited(sign_in.first_page())
        location = self._server.decided(grant, user if is_allowed else None)
        return self._onward(location)

    def _checked(self, visit: Visit) -> Outcome | SignIn:
        """How people go on; or what a client has done wrong. Runs in the `Driver`."""
        try:
            return self._sign_in_for(self._grant(visit))
        except OAuth2Error as error:
            return self._refused(error)

    def _sign_in_for(self, grant: AuthorizationCode) -> SignIn:
        """How those sign in whom the client is for."""
        is_for_staff = is_of_staff(client_of(grant))
        return self._sign_ins.staff if is_for_staff else self._sign_ins.members

    def _grant(self, visit: Visit) -> AuthorizationCode:
        """What the client asks for, checked. Raises an error of OAuth."""
        request = AuthorizationRequest(self._issuer + _PATH, visit.parameters)
        grant = self._server.consent_grant(request, None)
        assert isinstance(grant, AuthorizationCode)
        return grant

    def _refused(self, error: OAuth2Error) -> Outcome:
        """Tell the client, or the person where it is not known where the client is."""
        if not error.redirect_uri:
            return message(WRONG_LINK, 400, particulars={"error": error.error})
        return self._onward(self._server.address_of(error))

    def _onward(self, location: str) -> Onward:
        """Back to the client, which learns from whom it comes (RFC 9207; 9.4, 15)."""
        return Onward(add_params_to_uri(location, [("iss", self._issuer)]))

    @override
    def _here(self, parameters: Mapping[str, str]) -> str:
        return f"{_PATH}?{urlencode(parameters)}"


class AuthorizationRequest(OAuth2Request):
    """What a client asks for, from an address that was read already.

    ``uri`` is made from the configured public address, as of a `TokenRequest`.
    """

    def __init__(self, uri: str, parameters: Mapping[str, str]) -> None:
        super().__init__("GET", uri)
        self.payload = BasicOAuth2Payload(dict(parameters))


def _must_sign_in(parameters: Mapping[str, str], user: EndUser) -> bool:
    """Whether the client wants somebody who has signed in just now (OpenID Connect 3.1.2.1)."""
    longest = parameters.get("max_age", "")
    if longest.isdecimal():
        age = unit().at - user.authenticated_at
        if age.total_seconds() > int(longest[:_AGE_DIGITS]):
            return True
    return _LOGIN in parameters.get("prompt", "").split()


def _without_sign_in(parameters: Mapping[str, str]) -> dict[str, str]:
    """The same request of somebody who has signed in just now; the client sees ``auth_time``."""
    return {
        name: value
        for name, value in parameters.items()
        if name != "max_age" and (name, value) != ("prompt", _LOGIN)
    }


def _told(error: OAuth2Error, grant: AuthorizationCode) -> OAuth2Error:
    """An error that the client is told by a redirect."""
    assert grant.request.payload is not None
    error.redirect_uri, error.state = address_of(grant), grant.request.payload.state
    return error


def _consent_page(grant: AuthorizationCode, user: EndUser, scopes: Mapping[str, Sentence]) -> Page:
    says = {
        "name": user.name,
        "client": client_of(grant).name,
        "scopes": [scopes[scope] for scope in scopes_of(grant)],
        "host": urlsplit(address_of(grant)).netloc,
    }
    return Page(CONSENT, says)
