"""Where mutations verify phones: the services outside that do, and the vault that keeps numbers."""

from dataclasses import dataclass

from api.attempts import Attempts, Limit
from domain.kernel.errors import Busy
from domain.kernel.language import Language
from domain.kernel.outside import (
    OutsideError,
    OutsideLimited,
    OutsideRejected,
    OutsideUnavailable,
)
from domain.kernel.sealing import Vault
from domain.members.errors import PhoneServiceMissing, PhoneUnusable, WeChatCodeRefused
from domain.members.phone_numbers import e164
from domain.members.ports import CodeRefused, SmsSender, WeChatPhone
from domain.members.rules import CodeBounds
from domain.members.words import CodePurpose

CODES_OF_MEMBER = Limit("member_phone_codes", most=10, seconds=86_400)
"""Codes that one member may have sent, to whichever numbers."""
WECHAT_PHONES_OF_MEMBER = Limit("member_wechat_phones", most=10, seconds=3_600)
"""Numbers that one member may have WeChat asked for, each of which costs money."""


@dataclass(frozen=True, slots=True)
class MemberDesk:
    """What a process has for members. A service that is None is not connected to this mall.

    None of its services may be called inside a transaction. One that does not accept the mall is
    `Busy` to the caller, while the line that the gateway logs wakes somebody. ``attempts`` counts
    what members ask of them, and ``codes`` bounds what all do.
    """

    vault: Vault
    attempts: Attempts
    codes: CodeBounds
    wechat_phone: WeChatPhone | None
    sms: SmsSender | None

    def require_wechat(self) -> WeChatPhone:
        """WeChat's phone numbers. Refuses: PhoneServiceMissing."""
        if self.wechat_phone is None:
            raise PhoneServiceMissing
        return self.wechat_phone

    def require_sms(self) -> SmsSender:
        """The gateway of text messages. Refuses: PhoneServiceMissing."""
        if self.sms is None:
            raise PhoneServiceMissing
        return self.sms

    async def number_of(self, wechat: WeChatPhone, code: str) -> str:
        """The E.164 number that a code of the phone button stands for; the code is used up.

        It is the number as `e164` writes a typed one, so that one phone is one phone however it
        was verified. Refuses: WeChatCodeRefused, PhoneUnusable. Faults: `Busy`.
        """
        try:
            told = (await wechat.phone_of(code)).e164
        except CodeRefused as refused:
            raise WeChatCodeRefused from refused
        except OutsideRejected as error:
            raise PhoneUnusable from error
        except OutsideLimited as error:
            raise Busy(error.retry_after_seconds) from error
        except OutsideError as error:
            raise Busy from error
        number = e164(told)
        if number is None:
            raise PhoneUnusable
        return number

    async def send(
        self,
        sms: SmsSender,
        phone: str,
        code: str,
        *,
        purpose: CodePurpose,
        language: Language,
    ) -> bool:
        """Send a code; False where it certainly was not sent and may be tried again.

        A message that may have gone out counts as sent. Refuses: PhoneUnusable, where the gateway
        does not send to that number; nothing was sent then either.
        """
        try:
            await sms.send(phone, code, purpose=purpose, language=language)
        except OutsideUnavailable as error:
            return error.may_have_happened
        except OutsideRejected as error:
            raise PhoneUnusable from error
        except OutsideError:
            return False
        return True
