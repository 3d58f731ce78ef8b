"""What staff have to say when they change something."""

from collections.abc import Iterator

from domain.kernel.errors import Problem, ProblemKind
from domain.kernel.language import Sentence
from domain.kernel.problems import MISSING, TOO_LONG

LONGEST_REASON = 500
NOT_YOUR_STORE = ProblemKind(
    "not_your_store", Sentence(zh="这不是您所在的门店。", en="This is not your store.")
)


def problems_of_reason(reason: str) -> Iterator[Problem]:
    """What is wrong with the words why something is changed."""
    if not reason.strip():
        yield MISSING.at("reason")
    elif len(reason) > LONGEST_REASON:
        yield TOO_LONG.at("reason", most=LONGEST_REASON)
