"""Refusals and faults: the two ways in which the mall says no (architecture 0.9, 0.17).

A `Refused` is an answer of the business ("sold out"): part of the schema, a member of the
mutation's union. A `Fault` is about the call ("not a cursor", "too busy"): a top-level error
with a code from a closed list. Whatever else is raised is a bug and is masked at the edge.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any, ClassVar

from domain.kernel.language import Language, Sentence


@dataclass(eq=False)
class Refused(Exception):
    """The business says no. Subclasses are dataclasses whose fields are the particulars.

    A refusal is remembered by the name of its class and its fields, so both are as lasting as
    the answers are kept, and no two refusals share a name: TypeError. One whose ``IS_PASSING`` is
    set is of this moment alone and never remembered, as `Busy` is not.
    """

    IS_PASSING: ClassVar[bool] = False
    BY_NAME: ClassVar[dict[str, type["Refused"]]] = {}

    def __init_subclass__(cls, **arguments: Any) -> None:
        """Make the refusal known by its name."""
        super().__init_subclass__(**arguments)
        known = Refused.BY_NAME.setdefault(cls.__name__, cls)
        # A dataclass with slots makes its class a second time.
        if (known.__module__, known.__qualname__) != (cls.__module__, cls.__qualname__):
            raise TypeError(f"{cls.__module__} and {known.__module__} both have {cls.__name__}")
        Refused.BY_NAME[cls.__name__] = cls

    @property
    def particulars(self) -> dict[str, object]:
        """What the refusal says besides no, by field."""
        return {each.name: getattr(self, each.name) for each in fields(self)}


_PROBLEM_SENTENCES: dict[str, Sentence] = {}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with an input: where, and what kind of problem it is.

    ``path`` leads to the field as the caller named it, ``variants.2.price``. Made by a
    `ProblemKind`; its sentence is looked up by the code when it is told, in any language.
    """

    path: str
    code: str
    particulars: Mapping[str, str | int] = field(default_factory=dict[str, str | int])

    def told_in(self, language: Language) -> str:
        """Say what is wrong to a person."""
        return _PROBLEM_SENTENCES[self.code].told_in(language, dict(self.particulars))


class ProblemKind:
    """A kind of problem: a code that lasts as long as answers are kept, and its sentence.

    ValueError where another kind has the code.
    """

    def __init__(self, code: str, sentence: Sentence) -> None:
        if code in _PROBLEM_SENTENCES:
            raise ValueError(f"two kinds of problem have the code {code}")
        _PROBLEM_SENTENCES[code] = sentence
        self.code = code

    def at(self, path: str, **particulars: str | int) -> Problem:
        """This problem in one field of an input; the particulars are those of the sentence."""
        return Problem(path, self.code, particulars)


@dataclass(eq=False)
class InvalidInput(Refused):
    """An input was understood and cannot be accepted; every problem is told at once."""

    problems: list[Problem]


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


class Unauthenticated(Fault):
    """Nobody is signed in, or by something that is not valid."""

    SENTENCE = Sentence(zh="请先登录。", en="Sign in first.")

    def __init__(self, sentence: Sentence = SENTENCE) -> None:
        super().__init__(FaultCode.UNAUTHENTICATED, sentence)


class Forbidden(Fault):
    """Somebody is signed in, and this is not for them."""

    SENTENCE = Sentence(zh="您没有权限执行此操作。", en="This is not for you to do.")

    def __init__(self, sentence: Sentence = SENTENCE, **particulars: object) -> None:
        super().__init__(FaultCode.FORBIDDEN, sentence, particulars=particulars)


class KeyReused(Fault):
    """A request id that stands for another request already."""

    SENTENCE = Sentence(
        zh="此 requestId 已用于另一个内容不同的请求，请换一个新的 requestId。",
        en="This requestId belongs to a request with another input; choose a new requestId.",
    )

    def __init__(self) -> None:
        super().__init__(FaultCode.KEY_REUSED, self.SENTENCE)


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
