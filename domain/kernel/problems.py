"""The problems that inputs of every context can have; a context adds its own beside its rules."""

from domain.kernel.errors import ProblemKind
from domain.kernel.language import Sentence

MISSING = ProblemKind("missing", Sentence(zh="不能为空。", en="Must not be empty."))
TOO_LONG = ProblemKind(
    "too_long", Sentence(zh="不能超过 {most} 个字。", en="Must have at most {most} characters.")
)
TOO_MANY = ProblemKind(
    "too_many", Sentence(zh="最多 {most} 项。", en="Must have at most {most} items.")
)
OUT_OF_RANGE = ProblemKind(
    "out_of_range",
    Sentence(zh="必须在 {least} 到 {most} 之间。", en="Must be from {least} to {most}."),
)
NOT_FOUND = ProblemKind("not_found", Sentence(zh="不存在。", en="There is no such thing."))
TAKEN = ProblemKind("taken", Sentence(zh="“{value}”已被使用。", en='"{value}" is in use.'))
REPEATED = ProblemKind(
    "repeated", Sentence(zh="“{value}”重复出现。", en='"{value}" is there more than once.')
)
