"""WeChat's envelope: JSON with an ``errcode``, under HTTP 200 also where something is wrong."""

import re
from collections.abc import Mapping
from typing import Any, cast

import orjson

from domain.gateways.statuses import require_success
from domain.gateways.transport import Answer
from domain.gateways.wechat.errors import BadValue
from domain.kernel.outside import (
    OutsideLimited,
    OutsideMisconfigured,
    OutsideRejected,
    OutsideUnavailable,
)

Content = Mapping[str, object]
"""What a JSON object of an answer holds; nothing of it is known before it is looked at."""

_BUSY = -1
_LIMITS = frozenset({45009, 45011})
_PAUSE_SECONDS = 60
"""WeChat counts by the minute and does not say how long to wait."""
_WRONG_SETTINGS = frozenset({40013, 40125, 40164, 41002, 41004, 48001})
"""App id, secret, address not on the list of the app's servers, or an API it has no right to."""
_WRONG_TOKEN = frozenset({40001, 40014, 42001})
_WRONG_VALUE = 47003
_REFERENCE = re.compile(r"\brid: ?([0-9A-Za-z-]{1,64})")
_FIELD = re.compile(r"\bdata\.([a-z_]+[0-9]*)\.value\b")


class WrongToken(OutsideRejected):
    """The access token is not valid, or not any more; nothing was done."""


def read_content(answer: Answer) -> Content:
    """The answer's JSON object where it says success; an `OutsideError` for everything else.

    What cannot be understood is `OutsideUnavailable` and may have happened: in front of WeChat
    sit proxies that answer with pages of their own.
    """
    require_success(answer)
    try:
        read: Any = orjson.loads(answer.content)
    except orjson.JSONDecodeError:
        raise OutsideUnavailable("no_json", may_have_happened=True) from None
    if not isinstance(read, dict):
        raise OutsideUnavailable("no_object", may_have_happened=True)
    content = cast("Content", read)
    _require_no_error(content)
    return content


def object_in(content: Content, name: str) -> Content:
    """An object inside an answer; `OutsideUnavailable` where there is none."""
    inner = content.get(name)
    if not isinstance(inner, dict):
        raise OutsideUnavailable(f"no_{name}", may_have_happened=True)
    return cast("Content", inner)


def text_in(content: Content, name: str, pattern: str) -> str:
    """A text in an answer that fits the pattern whole; `OutsideUnavailable` for anything else."""
    value = content.get(name)
    if not (isinstance(value, str) and re.fullmatch(pattern, value)):
        raise OutsideUnavailable(f"no_{name}", may_have_happened=True)
    return value


def _require_no_error(content: Content) -> None:
    number = _number(content.get("errcode", 0))
    if number == 0:
        return
    told = content.get("errmsg")
    told = told if isinstance(told, str) else ""
    reference = found[1] if (found := _REFERENCE.search(told)) else None
    code = str(number)
    if number == _BUSY:
        raise OutsideUnavailable(code, may_have_happened=True, reference=reference)
    if number in _LIMITS:
        raise OutsideLimited(code, retry_after_seconds=_PAUSE_SECONDS, reference=reference)
    if number in _WRONG_SETTINGS:
        raise OutsideMisconfigured(code, reference=reference)
    if number in _WRONG_TOKEN:
        raise WrongToken(code, reference=reference)
    if number == _WRONG_VALUE:
        named = _FIELD.search(told)
        raise BadValue(named[1] if named else None, code, reference=reference)
    raise OutsideRejected(code, reference=reference)


def _number(errcode: object) -> int:
    """WeChat's number, which some of its endpoints write as a text."""
    if isinstance(errcode, int) and not isinstance(errcode, bool):
        return errcode
    if isinstance(errcode, str) and re.fullmatch(r"-?[0-9]{1,9}", errcode):
        return int(errcode)
    raise OutsideUnavailable("no_errcode", may_have_happened=True)
