"""Subscribe messages: each acceptance of a member buys exactly one."""

from collections.abc import Mapping

from domain.gateways.wechat.access import MiniProgram
from domain.gateways.wechat.answers import read_content
from domain.gateways.wechat.errors import (
    NoPermit,
    PageNotReleased,
    UnknownOpenid,
    UnknownTemplate,
)
from domain.gateways.wechat.values import fitted
from domain.kernel.language import Language
from domain.kernel.outside import OutsideRejected

_ENDPOINT = "/cgi-bin/message/subscribe/send"
_LANGUAGES = {Language.ZH: "zh_CN", Language.EN: "en_US"}
_REFUSALS: dict[str, type[OutsideRejected]] = {
    "40003": UnknownOpenid,
    "40037": UnknownTemplate,
    "41030": PageNotReleased,
    "43101": NoPermit,
}


class SubscribeMessages:
    """Sends messages of one mini-program."""

    def __init__(self, program: MiniProgram) -> None:
        self._program = program

    async def send(
        self,
        openid: str,
        template: str,
        page: str,
        *,
        data: Mapping[str, str],
        language: Language,
    ) -> None:
        """Send one message, with the values by the names of the template's fields.

        Words are cut to what their field takes. Raises `BadValue` (before anything is sent, where
        we know the rule), `NoPermit`, `UnknownTemplate`, `UnknownOpenid`, `PageNotReleased`; none
        of these is to be repeated. After `OutsideUnavailable` with ``may_have_happened`` a permit
        may be spent and the message sent.
        """
        body = {
            "touser": openid,
            "template_id": template,
            "page": page,
            "miniprogram_state": "formal",
            "lang": _LANGUAGES[language],
            "data": {field: {"value": fitted(field, value)} for field, value in data.items()},
        }
        try:
            await self._program.post(_ENDPOINT, body, read_content)
        except OutsideRejected as error:
            refusal = _REFUSALS.get(error.code)
            if refusal is None:
                raise
            raise refusal(error.code, reference=error.reference) from None
