"""``/oauth/phone-code``: sends somebody a code with which they sign in from the app."""

from collections.abc import Mapping
from datetime import timedelta

from api.members.desk import MemberDesk
from api.oauth.driver import Driver, awaited, unit
from api.oauth.errors import TOLD, telling
from api.oauth.limits import Attempts, Limit, RateLimited
from api.oauth.server import MallServer, Response
from domain.kernel.errors import Busy, InvalidInput
from domain.kernel.language import Language, Sentence
from domain.members.actions.codes import PromisedCode, promise_code, take_back
from domain.members.actions.phones import phone_key
from domain.members.errors import PhoneCodesUsedUp, PhoneCodeTooSoon, PhoneUnusable
from domain.members.phone_numbers import e164
from domain.members.rules import CODE_LASTS, RESEND_AFTER
from domain.members.words import CodePurpose
from domain.sessions.rules import Grant

CODES = Limit("phone_codes", most=20, seconds=60)
"""Codes that one address may have sent; a number has a limit of its own."""
CODES_TO_NUMBER = Limit("phone_codes_to_number", most=5, seconds=86_400)
"""Codes that one address may have sent to one number: it cannot use up a stranger's day alone."""
_NO_NUMBER = Sentence(zh="手机号码有误。", en="This is no mobile number.")
_UNUSABLE = Sentence(
    zh="该手机号无法接收验证码，请换一个手机号。",
    en="No code can be sent to this number; please use another one.",
)


class PhoneCodes:
    """Promises a code in one transaction, and sends it after that."""

    def __init__(
        self, server: MallServer, driver: Driver, members: MemberDesk, attempts: Attempts
    ) -> None:
        self._server = server
        self._driver = driver
        self._members = members
        self._sms = members.require_sms()
        self._attempts = attempts

    async def send(self, form: Mapping[str, str], *, address: str, language: Language) -> Response:
        """Send a code, whether or not the number is anybody's: the answer does not tell.

        Faults: RATE_LIMITED, and `Busy` where it could not be sent.
        """
        await self._attempts.take(CODES, address)
        phone = e164(form.get("phone", ""))
        if phone is None:
            return 400, {"error": "invalid_request", TOLD: telling(_NO_NUMBER)}, []
        asking = f"{address} {phone_key(self._members.vault, phone).hex()}"
        await self._attempts.check(CODES_TO_NUMBER, asking)
        try:
            promised = await self._driver.run(
                lambda: self._promise(form.get("client_id", ""), phone)
            )
        except InvalidInput:
            return 400, {"error": "invalid_request", TOLD: telling(_UNUSABLE)}, []
        if promised is None:
            return 400, {"error": "unauthorized_client"}, []
        await self._attempts.take(CODES_TO_NUMBER, asking)
        try:
            is_sent = await self._members.send(
                self._sms, phone, promised.code, purpose=CodePurpose.SIGN_IN, language=language
            )
        except PhoneUnusable:
            await self._take_back(promised)
            return 400, {"error": "invalid_request", TOLD: telling(_UNUSABLE)}, []
        if not is_sent:
            await self._take_back(promised)
            raise Busy
        told = {"expires_in": _seconds(CODE_LASTS), "resend_after": _seconds(RESEND_AFTER)}
        return 202, told, []

    async def _take_back(self, promised: PromisedCode) -> None:
        await self._driver.run(lambda: awaited(take_back(unit().session, promised.id)))

    def _promise(self, client_id: str, phone: str) -> PromisedCode | None:
        """Make the code; None where the client signs nobody in by phone."""
        this, client = unit(), self._server.query_client(client_id)
        if client is None or not client.check_grant_type(Grant.PHONE_CODE):
            return None
        promising = promise_code(
            this.session,
            this.vault,
            phone,
            purpose=CodePurpose.SIGN_IN,
            bounds=self._members.codes,
            at=this.at,
            random=this.random,
        )
        try:
            return awaited(promising)
        except (PhoneCodeTooSoon, PhoneCodesUsedUp) as refused:
            raise RateLimited(refused.retry_after_seconds) from refused


def _seconds(span: timedelta) -> int:
    return int(span.total_seconds())
