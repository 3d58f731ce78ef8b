"""Text messages over the brand's own SMS gateway: one neutral request, whoever delivers it."""

import orjson

from domain.gateways.statuses import require_success
from domain.gateways.transport import Question, Transport
from domain.kernel.language import Language
from domain.members.words import CodePurpose

_LANGUAGES = {Language.ZH: "zh", Language.EN: "en"}


class HttpSms:
    """`SmsSender` by a POST to the address of the transport, with a bearer token.

    The body is ``{"phone": "+86…", "code": "…", "language": "zh" | "en", "purpose": …}`` with a
    purpose of ``sign_in`` or ``bind_phone``; any 2xx means that the gateway has taken it over.
    """

    def __init__(self, transport: Transport, *, token: str) -> None:
        self._transport = transport
        self._token = token

    async def send(
        self, phone: str, code: str, *, purpose: CodePurpose, language: Language
    ) -> None:
        """Hand the code over, once: a repeat would be a second message."""
        content = {
            "phone": phone,
            "code": code,
            "language": _LANGUAGES[language],
            "purpose": purpose,
        }
        headers = {"authorization": f"Bearer {self._token}"}
        question = Question("POST", "", body=orjson.dumps(content), headers=headers)
        await self._transport.ask(question, require_success)
