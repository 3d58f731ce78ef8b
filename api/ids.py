"""Public ids as arguments."""

from uuid import UUID

from domain.kernel.errors import BadInput
from domain.kernel.ids import key_of
from domain.kernel.language import Sentence

_NOT_AN_ID = Sentence(
    zh="参数 {argument} 不是有效的 {kind} 编号。",
    en="The argument {argument} is no id of that kind: {kind}.",
)


def key(public: str, kind: str, *, argument: str) -> UUID:
    """The key behind a public id of that kind; `BadInput` where it is anything else."""
    found = key_of(public, kind)
    if found is None:
        raise BadInput(_NOT_AN_ID, argument=argument, kind=kind)
    return found
