"""WeChat's opinion of what a member wants engraved (integrations 6.1)."""

from domain.gateways.wechat.texts import Suggestion, TextChecks, TextScene
from domain.orders.ports import CheckedText, TextVerdict

_VERDICTS = {
    Suggestion.PASS: TextVerdict.PASS,
    Suggestion.REVIEW: TextVerdict.REVIEW,
    Suggestion.RISKY: TextVerdict.RISKY,
}


class EngravingChecks:
    """Judges texts as comments, which is how WeChat has them judged."""

    def __init__(self, texts: TextChecks) -> None:
        self._texts = texts

    async def check(self, openid: str, text: str) -> CheckedText:
        """Judge one text: `domain.orders.ports.TextCheck`."""
        said = await self._texts.check_text(openid, text, TextScene.COMMENT)
        return CheckedText(_VERDICTS[said.suggest], said.trace_id)
