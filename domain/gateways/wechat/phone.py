"""Which number somebody has: the code of the phone button for a number."""

import re

from domain.gateways.wechat.access import MiniProgram
from domain.gateways.wechat.answers import Content, object_in, read_content, text_in
from domain.gateways.wechat.codes import code_refused, require_code
from domain.kernel.outside import OutsideRejected, OutsideUnavailable
from domain.members.ports import VerifiedPhone

_ENDPOINT = "/wxa/business/getuserphonenumber"
_COUNTRY = re.compile(r"[1-9][0-9]{0,2}")
_NATIONAL = r"[0-9]{4,14}"
_E164_DIGITS = 15


class MiniProgramPhone:
    """`WeChatPhone` by WeChat's servers."""

    def __init__(self, program: MiniProgram) -> None:
        self._program = program

    async def phone_of(self, code: str) -> VerifiedPhone:
        """The number the code stands for. Asked once: WeChat charges for each success."""
        require_code(code)
        try:
            return await self._program.post(
                _ENDPOINT, {"code": code}, lambda a: self._phone(read_content(a))
            )
        except OutsideRejected as error:
            raise code_refused(error) or error from None

    def _phone(self, content: Content) -> VerifiedPhone:
        told = object_in(content, "phone_info")
        if object_in(told, "watermark").get("appid") != self._program.app_id:
            # Another program's answer is nobody's number here.
            raise OutsideRejected("other_app")
        # WeChat writes it as a number and as a text, with no rule for which.
        country = str(told.get("countryCode")).removeprefix("+")
        digits = country + text_in(told, "purePhoneNumber", _NATIONAL)
        if not _COUNTRY.fullmatch(country) or len(digits) > _E164_DIGITS:
            raise OutsideUnavailable("no_countryCode", may_have_happened=True)
        return VerifiedPhone(f"+{digits}")
