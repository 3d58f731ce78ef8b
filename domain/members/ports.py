"""What members need of the world outside: who somebody is to WeChat, and a way to text them.

Besides what each port says, all of them raise the errors of `domain.kernel.outside`. None of
them may be called inside a database transaction.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from domain.kernel.language import Language
from domain.members.words import CodePurpose


class CodeProblem(StrEnum):
    """What is wrong with a code that a client brought."""

    INVALID = "INVALID"
    USED = "USED"


class CodeRefused(Exception):
    """The code opens nothing; the client gets a new one from WeChat and comes again.

    INVALID is also what it is after its five minutes.
    """

    def __init__(self, kind: CodeProblem) -> None:
        super().__init__(kind)
        self.kind = kind


class PersonRefused(Exception):
    """WeChat holds this person for a risk and does not let them in."""


@dataclass(frozen=True, slots=True)
class WeChatSession:
    """Who somebody is to WeChat.

    ``openid`` is theirs in this one mini-program. ``unionid`` is theirs in all apps of the
    brand; None until the mini-program is bound to the brand's Open Platform account, which can
    come later for somebody known.
    """

    openid: str = field(repr=False)
    unionid: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class VerifiedPhone:
    """A phone number that WeChat vouches for, as E.164: ``+8613800138000``."""

    e164: str = field(repr=False)


class WeChatLogin(Protocol):
    """Learns from a code of ``wx.login`` who sent it."""

    async def session_of(self, code: str) -> WeChatSession:
        """Who the code stands for; it is used up, even by a call that fails.

        Raises `CodeRefused`, and `PersonRefused`. Never repeat it after `OutsideUnavailable`: the
        client asks ``wx.login`` for a new code.
        """
        ...


class WeChatPhone(Protocol):
    """Learns from a code of the phone button which number somebody has."""

    async def phone_of(self, code: str) -> VerifiedPhone:
        """The number the code stands for; it is used up, and each success costs money.

        Raises `CodeRefused`: an ordinary event, since the five minutes begin with the tap and
        not with the consent. The client asks to tap again.
        """
        ...


class SmsSender(Protocol):
    """Sends codes as text messages."""

    async def send(
        self, phone: str, code: str, *, purpose: CodePurpose, language: Language
    ) -> None:
        """Hand one code over for an E.164 number; returning says nothing of its arrival.

        The message says what the code is for: who is asked for it by somebody else can tell.
        After `OutsideUnavailable` with ``may_have_happened`` the message may arrive all the same.
        """
        ...
