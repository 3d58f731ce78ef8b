"""Refusals and faults: the two ways in which the mall says no (architecture 0.9, 0.17).

A `Refused` is an answer of the business ("sold out"): part of the schema, a member of the
mutation's union. A `Fault` is about the call ("not a cursor", "too busy"): a top-level error
with a code from a closed list. Whatever else is raised is a bug and is masked at the edge.
"""

from enum import StrEnum

from domain.kernel.language import Language, Sentence


class Refused(Exception):
    """The business says no. Subclasses are dataclasses whose fields are the particulars."""


class FaultCode(StrEnum):
    """Why a call could not be carried out; clients switch on it, so the list is closed."""

    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    BAD_INPUT = "BAD_INPUT"
    KEY_REUSED = "KEY_REUSED"
    RATE_LIMITED = "RATE_LIMITED"
    BUSY = "BUSY"
    NOT_TRUSTED = "NOT_TRUSTED"
    TOO_COSTLY = "TOO_COSTLY"
    INTERNAL = "INTERNAL"


class Fault(Exception):
    """A call that could not be carried out, with its code and a sentence for people."""

    def __init__(
        self,
        code: FaultCode,
        sentence: Sentence,
        *,
        retry_after_seconds: int | None = None,
        particulars: dict[str, object] | None = None,
    ) -> None:
        self._particulars = particulars or {}
        super().__init__(sentence.told_in(Language.EN, self._particulars))
        self.code = code
        self.retry_after_seconds = retry_after_seconds
        self._sentence = sentence

    def told_in(self, language: Language) -> str:
        """Say what is wrong to a person."""
        return self._sentence.told_in(language, self._particulars)


class BadInput(Fault):
    """Something in the request cannot be understood or is out of range."""

    def __init__(self, sentence: Sentence, **particulars: object) -> None:
        super().__init__(FaultCode.BAD_INPUT, sentence, particulars=particulars)


class Busy(Fault):
    """No capacity at this moment; the same request may be sent again, safely."""

    SENTENCE = Sentence(
        zh="系统繁忙，请在 {seconds} 秒后重试。",
        en="Too busy right now; try again in {seconds} s.",
    )

    def __init__(self, retry_after_seconds: int = 1) -> None:
        super().__init__(
            FaultCode.BUSY,
            self.SENTENCE,
            retry_after_seconds=retry_after_seconds,
            particulars={"seconds": retry_after_seconds},
        )
