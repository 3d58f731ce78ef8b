"""WeChat's opinion of a text that a member wrote."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from domain.gateways.wechat.access import MiniProgram
from domain.gateways.wechat.answers import Content, object_in, read_content, text_in
from domain.kernel.outside import OutsideUnavailable

LONGEST_TEXT = 2500

_ENDPOINT = "/wxa/msg_sec_check"
_TRACE = r"[!-~]{1,128}"
_SECOND_VERSION = 2


class TextScene(IntEnum):
    """Where the text will stand, in WeChat's numbers."""

    PROFILE = 1
    COMMENT = 2
    FORUM = 3
    SOCIAL = 4


class Suggestion(StrEnum):
    """What WeChat would do with the text; whatever it says besides is taken for no answer."""

    PASS = "pass"  # noqa: S105 - a judgement, no password
    REVIEW = "review"
    RISKY = "risky"


_SUGGESTIONS = {str(each): each for each in Suggestion}


@dataclass(frozen=True, slots=True)
class Verdict:
    """WeChat's opinion; ``label`` is its number for the kind of risk, 100 for none."""

    suggest: Suggestion
    label: int
    trace_id: str


class TextChecks:
    """Asks WeChat about texts; what it does not answer is for people to look at."""

    def __init__(self, program: MiniProgram) -> None:
        self._program = program

    async def check_text(self, openid: str, text: str, scene: TextScene) -> Verdict:
        """Judge a text of 1 to 2,500 characters, ValueError for any other length.

        The openid must have used the mini-program within two hours, else `OutsideRejected` with
        61010. A repeat does no harm.
        """
        if not 1 <= len(text) <= LONGEST_TEXT:
            raise ValueError(f"a text to check has 1 to {LONGEST_TEXT} characters")
        body = {"version": _SECOND_VERSION, "scene": int(scene), "openid": openid, "content": text}
        return await self._program.post(_ENDPOINT, body, lambda a: _verdict(read_content(a)))


def _verdict(content: Content) -> Verdict:
    """The opinion itself: that there was no error says nothing about the text."""
    result = object_in(content, "result")
    label = result.get("label")
    suggestion = _SUGGESTIONS.get(str(result.get("suggest")))
    if suggestion is None or not isinstance(label, int):
        raise OutsideUnavailable("no_verdict", may_have_happened=True)
    return Verdict(suggestion, label, text_in(content, "trace_id", _TRACE))
