"""How members sign in: by WeChat's code in the mini-program, by a code to a phone in the app."""

from uuid import UUID

from authlib.oauth2.rfc6749.errors import InvalidRequestError
from typing_extensions import override

from api.oauth.driver import awaited, unit
from api.oauth.errors import Blocked, ConsentNeeded, PhoneCodeWrong
from api.oauth.grants import MemberGrant, client_of
from api.oauth.server import TokenRequest
from domain.members.actions.codes import verify_code
from domain.members.actions.consents import Agreement
from domain.members.actions.phones import VerifiedNumber
from domain.members.actions.signing_in import sign_in_by_phone, sign_in_by_wechat
from domain.members.errors import ConsentTextUnknown, MemberBlocked
from domain.members.phone_numbers import e164
from domain.members.ports import WeChatSession
from domain.members.words import Channel, CodeOutcome, CodePurpose, VerifiedBy
from domain.sessions.rules import Grant

_VERSION_DIGITS = 9


class WeChatMiniProgram(MemberGrant):
    """Exchanges a code of ``wx.login`` for our tokens; whoever comes first becomes a member.

    WeChat was asked before, outside any transaction: what it said is in the request.
    """

    GRANT_TYPE = Grant.WECHAT
    FIELDS = ("code",)

    @override
    def member_id(self) -> UUID:
        """Who the openid belongs to. Refuses a blocked member."""
        this, request, client = unit(), self.request, client_of(self)
        assert isinstance(request, TokenRequest)
        assert isinstance(request.outside, WeChatSession)
        assert client.wechat_app_id is not None
        signing_in = sign_in_by_wechat(
            this.session, client.wechat_app_id, request.outside, at=this.at, random=this.random
        )
        try:
            return awaited(signing_in).member_id
        except MemberBlocked as blocked:
            raise Blocked(blocked.reason) from blocked


class PhoneCode(MemberGrant):
    """Exchanges a code that was sent to a phone for our tokens.

    ``consent_version`` is the version of the text that somebody new agrees to, for their phone is
    kept. Every try counts, so it is committed that a code was wrong.
    """

    GRANT_TYPE = Grant.PHONE_CODE
    FIELDS = ("phone", "code", "consent_version")

    @override
    def member_id(self) -> UUID:
        """Who the phone belongs to. Refuses a wrong code, and a blocked member."""
        form = self.request.form
        phone, version = e164(form["phone"]), version_of(form["consent_version"])
        if phone is None or version is None:
            raise InvalidRequestError()
        return awaited(signed_in_by_code(phone, form["code"], Agreement(version, Channel.APP)))


async def signed_in_by_code(phone: str, code: str, agreement: Agreement) -> UUID:
    """Who signs in with a code that was sent to an E.164 number; for the `Driver`.

    Raises an error of OAuth, to be committed: `PhoneCodeWrong`, `ConsentNeeded`, `Blocked`.
    """
    this = unit()
    try:
        # A code that is right is not spent where somebody new has agreed to an old text.
        async with this.session.begin_nested():
            outcome = await verify_code(
                this.session,
                this.vault,
                phone,
                purpose=CodePurpose.SIGN_IN,
                code=code,
                at=this.at,
            )
            if outcome is CodeOutcome.ACCEPTED:
                signed_in = await sign_in_by_phone(
                    this.session,
                    this.vault,
                    VerifiedNumber(phone, VerifiedBy.SMS),
                    agreement,
                    at=this.at,
                    random=this.random,
                )
                return signed_in.member_id
    except ConsentTextUnknown as unknown:
        raise ConsentNeeded(unknown.newest) from unknown
    except MemberBlocked as blocked:
        raise Blocked(blocked.reason) from blocked
    raise PhoneCodeWrong(outcome)


def version_of(text: str) -> int | None:
    """The version of a text that somebody has agreed to, as a form says it; None for no number."""
    return int(text[:_VERSION_DIGITS]) if text.isascii() and text.isdecimal() else None
