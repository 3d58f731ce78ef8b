"""How members sign in in a browser: with their phone, and a code that is sent to it."""

from collections.abc import Mapping

from authlib.oauth2.rfc6749.errors import OAuth2Error
from typing_extensions import override

from api.oauth.driver import Driver, awaited, unit
from api.oauth.end_user import EndUser, Page, SignIn, Visit
from api.oauth.errors import Blocked, ConsentNeeded, PhoneCodeWrong, Told, telling
from api.oauth.member_decisions import BROWSER, note_refused, note_signed_in_at_browser
from api.oauth.member_grants import signed_in_by_code, version_of
from api.oauth.pages.rendering import message
from api.oauth.pages.words import (
    AGREE_FIRST,
    NO_NEW_MEMBERS,
    NO_NUMBER,
    NOT_AVAILABLE,
    SCOPES,
)
from api.oauth.phone_codes import UNUSABLE, PhoneCodes
from api.oauth.tokens import BLOCKED
from domain.kernel.language import Sentence
from domain.members.actions.consents import Agreement
from domain.members.errors import PhoneUnusable
from domain.members.phone_numbers import e164, masked
from domain.members.words import Channel
from domain.sessions import browsers
from domain.sessions.actions import Owner

SEND_CODE, SIGN_IN = "send_code", "sign_in"
"""The steps that the buttons of the pages name."""
_NO_TEXT = 0
"""The version of a text that is not there: who is known needs none, who is new is refused."""


class MemberSignIn(SignIn):
    """Members, by phone; without a way to send codes a page says that it cannot be done here."""

    scopes = SCOPES

    def __init__(self, driver: Driver, phone_codes: PhoneCodes | None) -> None:
        self._driver = driver
        self._phone_codes = phone_codes

    @override
    async def end_user(self, secret: str) -> EndUser | Page | None:
        """The member who is signed in; a page with the reason for one who is blocked."""
        this = unit()
        member = await browsers.browser_member(this.session, secret, at=this.at)
        if member is None:
            return None
        if member.block_reason is not None:
            return _blocked(member.block_reason)
        return EndUser(Owner(member_id=member.id), member.name, member.authenticated_at)

    @override
    async def first_page(self) -> Page:
        """Asks for the phone."""
        return self._phone_page()

    @override
    async def submitted(
        self, form: Mapping[str, str], visit: Visit, new_secret: str
    ) -> Page | None:
        """Send a code, or take it. Faults: RATE_LIMITED, and `Busy`."""
        if self._phone_codes is None:
            return self._phone_page()
        step, phone = form.get("step"), e164(form.get("phone", ""))
        if step not in (SEND_CODE, SIGN_IN):
            return self._phone_page()
        if phone is None:
            return self._phone_page(NO_NUMBER)
        if step == SEND_CODE:
            try:
                await self._phone_codes.send_from_page(
                    phone, address=visit.address, language=visit.language
                )
            except PhoneUnusable:
                return self._phone_page(UNUSABLE)
            return await self._driver.run(lambda: awaited(_code_page(phone)))
        return await self._driver.run(lambda: awaited(_sign_in(form, phone, visit, new_secret)))

    @override
    async def sign_out(self, secret: str) -> None:
        """Nobody is signed in in this browser any more; the clients they let in stay."""
        this = unit()
        await browsers.end_browser(this.session, secret, at=this.at)

    def _phone_page(self, problem: Sentence | None = None) -> Page:
        if self._phone_codes is None:
            return message(NOT_AVAILABLE, 503)
        return Page("phone.html", {"problem": problem}, 400 if problem else 200)


async def _sign_in(
    form: Mapping[str, str], phone: str, visit: Visit, new_secret: str
) -> Page | None:
    """Sign in and begin the browser's session; whatever page comes of it, it is committed."""
    this, text = unit(), await browsers.phone_text(unit().session)
    version = version_of(form.get("consent_version", "")) if text else _NO_TEXT
    if version is None:
        return await _code_page(phone, telling(AGREE_FIRST))
    try:
        agreement = Agreement(version, Channel.WEB)
        member_id = await signed_in_by_code(phone, form.get("code", ""), agreement)
    except OAuth2Error as error:
        note_refused(BROWSER, dict(error.get_body()))
        return await _refused(error, phone)
    # Another secret than before: whoever knows that one, or has set it, is not signed in.
    await browsers.end_browser(this.session, visit.secret, at=this.at)
    owner = Owner(member_id=member_id)
    await browsers.begin_browser(this.session, new_secret, owner, at=this.at)
    note_signed_in_at_browser(member_id)
    return None


async def _refused(error: OAuth2Error, phone: str) -> Page:
    if isinstance(error, Blocked):
        return _blocked(error.reason)
    if isinstance(error, ConsentNeeded):
        if error.newest is None:
            return message(NO_NEW_MEMBERS, 403)
        return await _code_page(phone, error.told)
    assert isinstance(error, PhoneCodeWrong)
    return await _code_page(phone, error.told)


async def _code_page(phone: str, problem: Told | None = None) -> Page:
    says = {
        "phone": phone,
        "masked": masked(phone),
        "text": await browsers.phone_text(unit().session),
        "problem": problem,
    }
    return Page("code.html", says, 400 if problem else 200)


def _blocked(reason: str) -> Page:
    return message(BLOCKED, 403, particulars={"reason": reason})
