"""``/oauth/phone-code``: sends somebody a code with which they sign in from the app."""

from collections.abc import Mapping
from datetime import timedelta

from api.attempts import Attempts, Limit, RateLimited
from api.members.desk import MemberDesk
from api.oauth.driver import Driver, awaited, unit
from api.oauth.errors import TOLD, telling
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
UNUSABLE = Sentence(
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
        phone, client_id = e164(form.get("phone", "")), form.get("client_id", "")
        if phone is None:
            return 400, {"error": "invalid_request", TOLD: telling(_NO_NUMBER)}, []
        if not await self._driver.run(lambda: self._signs_in_by_phone(client_id)):
            return 400, {"error": "unauthorized_client"}, []
        try:
            await self._deliver(phone, address=address, language=language)
        except PhoneUnusable:
            return 400, {"error": "invalid_request", TOLD: telling(UNUSABLE)}, []
        told = {"expires_in": _seconds(CODE_LASTS), "resend_after": _seconds(RESEND_AFTER)}
        return 202, told, []

    async def send_from_page(self, phone: str, *, address: str, language: Language) -> None:
        """Send a code for an E.164 number that somebody typed on the mall's own page.

        Raises `PhoneUnusable`. Faults: as `send`.
        """
        await self._attempts.take(CODES, address)
        await self._deliver(phone, address=address, language=language)

    def _signs_in_by_phone(self, client_id: str) -> bool:
        client = self._server.query_client(client_id)
        return client is not None and client.check_grant_type(Grant.PHONE_CODE)

    async def _deliver(self, phone: str, *, address: str, language: Language) -> None:
        asking = f"{address} {phone_key(self._members.vault, phone).hex()}"
        await self._attempts.check(CODES_TO_NUMBER, asking)
        promised = await self._driver.run(lambda: self._promise(phone))
        await self._attempts.take(CODES_TO_NUMBER, asking)
        try:
            is_sent = await self._members.send(
                self._sms, phone, promised.code, purpose=CodePurpose.SIGN_IN, language=language
            )
        except PhoneUnusable:
            await self._take_back(promised)
            raise
        if not is_sent:
            await self._take_back(promised)
            raise Busy

    async def _take_back(self, promised: PromisedCode) -> None:
        await self._driver.run(lambda: awaited(take_back(unit().session, promised.id)))

    def _promise(self, phone: str) -> PromisedCode:
        """Make the code. Raises `PhoneUnusable` for a country that none is sent to."""
        this = unit()
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
        except InvalidInput as invalid:
            raise PhoneUnusable from invalid
        except (PhoneCodeTooSoon, PhoneCodesUsedUp) as refused:
            raise RateLimited(refused.retry_after_seconds) from refused


def _seconds(span: timedelta) -> int:
    return int(span.total_seconds())
