"""WeChat Pay's errors: an HTTP status, and ``{code, message}`` where the request got that far."""

import re

import msgspec

from domain.gateways.statuses import require_success
from domain.gateways.transport import Answer
from domain.kernel.outside import (
    OutsideLimited,
    OutsideMisconfigured,
    OutsideRejected,
    OutsideUnavailable,
)

ORDER_PAID = "ORDERPAID"
ORDER_CLOSED = "ORDER_CLOSED"
NUMBER_USED = "OUT_TRADE_NO_USED"
ORDER_UNKNOWN = "ORDER_NOT_EXIST"
RESOURCE_UNKNOWN = "RESOURCE_NOT_EXISTS"
NO_BILL = "NO_STATEMENT_EXIST"
BILL_NOT_READY = "STATEMENT_CREATING"

UNREADABLE = (msgspec.MsgspecError, ValueError, RecursionError)
"""How bytes fail to be the JSON that was expected of them."""

_OK = range(200, 300)
_REFUSALS = range(400, 500)
_TOLD_BY_STATUS = frozenset({401, 408, 429})
_PAUSE_SECONDS = 60
"""WeChat Pay counts by the minute and does not say how long to wait."""
_WRONG_SETTINGS = frozenset({"SIGN_ERROR", "NO_AUTH", "MCH_NOT_EXISTS", "APPID_MCHID_NOT_MATCH"})
_LIMITS = frozenset({"FREQUENCY_LIMITED", "FREQUENCY_LIMIT_EXCEED", "RATELIMIT_EXCEEDED"})
_BUSY = frozenset({"SYSTEM_ERROR", "BANK_ERROR"})
_OF_MANY_KINDS = frozenset({"INVALID_REQUEST", "201"})
_KINDS = (
    ("订单已支付", ORDER_PAID),
    ("订单已关闭", ORDER_CLOSED),
    ("订单号重复", NUMBER_USED),
)
"""What those codes mean, where only the message says so, such as 「201 商户订单号重复」."""
_CODE = re.compile(r"[A-Z][A-Z_]{1,63}")
_REFERENCE = re.compile(r"[0-9A-Za-z-]{1,64}")


class _Error(msgspec.Struct):
    code: str
    message: str = ""


def require_done(answer: Answer) -> None:
    """Return for any 2xx, and raise an `OutsideError` with WeChat Pay's own code otherwise."""
    if answer.status in _OK:
        return
    code, reference = _code(answer), _reference(answer)
    if code in _BUSY:
        raise OutsideUnavailable(code, may_have_happened=True, reference=reference)
    if code and answer.status in _REFUSALS:
        _refuse(code, answer.status, reference)
    require_success(answer)


def _refuse(code: str, status: int, reference: str | None) -> None:
    if code in _WRONG_SETTINGS:
        raise OutsideMisconfigured(code, reference=reference)
    if code in _LIMITS:
        raise OutsideLimited(code, retry_after_seconds=_PAUSE_SECONDS, reference=reference)
    if status not in _TOLD_BY_STATUS:
        raise OutsideRejected(code, reference=reference)


def _code(answer: Answer) -> str:
    """WeChat Pay's code; empty where somebody before it has answered."""
    try:
        error = msgspec.json.decode(answer.content, type=_Error)
    except UNREADABLE:
        return ""
    if error.code in _OF_MANY_KINDS:
        return next((code for words, code in _KINDS if words in error.message), error.code)
    return error.code if _CODE.fullmatch(error.code) else ""


def _reference(answer: Answer) -> str | None:
    told = answer.headers.get("request-id", "")
    return told if _REFERENCE.fullmatch(told) else None
