"""Messages to members' phones as WeChat's subscribe messages (integrations 3)."""

from typing_extensions import override

from domain.gateways.wechat.errors import (
    BadValue,
    NoPermit,
    PageNotReleased,
    UnknownOpenid,
    UnknownTemplate,
)
from domain.gateways.wechat.messages import SubscribeMessages
from domain.kernel.outside import OutsideRejected
from domain.messages.ports import Letter, MessageRefused, MessageSender, SendProblem

_PROBLEMS: dict[type[OutsideRejected], SendProblem] = {
    NoPermit: SendProblem.NO_PERMIT,
    BadValue: SendProblem.BAD_VALUE,
    UnknownTemplate: SendProblem.UNKNOWN_TEMPLATE,
    UnknownOpenid: SendProblem.UNKNOWN_OPENID,
    PageNotReleased: SendProblem.UNKNOWN_PAGE,
}


class SubscribeLetters(MessageSender):
    """Sends each letter as a message that its member has subscribed to."""

    def __init__(self, messages: SubscribeMessages) -> None:
        self._messages = messages

    @override
    async def send(self, letter: Letter) -> None:
        """Send one message: `domain.messages.ports.MessageSender`."""
        try:
            await self._messages.send(
                letter.openid,
                letter.template,
                letter.page,
                data=letter.data,
                language=letter.language,
            )
        except OutsideRejected as error:
            problem = _PROBLEMS.get(type(error), SendProblem.OTHER)
            code = error.code
            if isinstance(error, BadValue) and error.field:
                code = f"{code} {error.field}"
            raise MessageRefused(problem, code) from error
