"""Codes that a client brings from WeChat: what can be one, and how WeChat refuses it."""

import re

from domain.kernel.outside import OutsideRejected
from domain.members.ports import CodeProblem, CodeRefused

_CODE = re.compile(r"[!-~]{1,256}")
_PROBLEMS = {"40029": CodeProblem.INVALID, "40163": CodeProblem.USED}


def require_code(code: str) -> None:
    """Raise `CodeRefused` for what WeChat cannot have given; it does not need to be asked."""
    if not _CODE.fullmatch(code):
        raise CodeRefused(CodeProblem.INVALID)


def code_refused(error: OutsideRejected) -> CodeRefused | None:
    """What a rejection says about the code; None where it is about something else."""
    problem = _PROBLEMS.get(error.code)
    return CodeRefused(problem) if problem else None
