"""What orders need of the world outside: an opinion of what somebody wants engraved."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class TextVerdict(StrEnum):
    """What a check makes of a text."""

    PASS = "pass"  # noqa: S105 - a judgement, no password
    REVIEW = "review"
    RISKY = "risky"


@dataclass(frozen=True, slots=True)
class CheckedText:
    """A verdict, and the service's own number for it."""

    verdict: TextVerdict
    trace: str


class TextCheck(Protocol):
    """Judges texts that will stand on goods."""

    async def check(self, openid: str, text: str) -> CheckedText:
        """Judge one text of somebody whose openid has used the mini-program lately.

        Raises the errors of `domain.kernel.outside`; who was not there lately is
        `OutsideRejected`. Not to be called inside a transaction. A repeat does no harm.
        """
        ...
