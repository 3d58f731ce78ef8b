"""What an HTTP status says about a call, where the provider itself did not get to say more."""

from domain.gateways.transport import Answer
from domain.kernel.outside import (
    OutsideLimited,
    OutsideMisconfigured,
    OutsideRejected,
    OutsideUnavailable,
)

_OK = range(200, 300)
_REDIRECTS = range(300, 400)
_FAILURES = range(500, 600)
_TIMED_OUT = 408
_TOO_MANY = 429
_NOT_FOR_US = frozenset({401, 403, 404, 405})
_PAUSE_SECONDS = 60
_LONGEST_PAUSE_SECONDS = 3600


def require_success(answer: Answer) -> None:
    """Return for any 2xx, and raise an `OutsideError` for every other status."""
    status = answer.status
    code = f"http_{status}"
    if status in _OK:
        return
    if status == _TOO_MANY:
        raise OutsideLimited(code, retry_after_seconds=_pause(answer.retry_after))
    if status in _FAILURES or status == _TIMED_OUT:
        raise OutsideUnavailable(code, may_have_happened=True)
    if status in _REDIRECTS or status in _NOT_FOR_US:
        raise OutsideMisconfigured(code)
    raise OutsideRejected(code)


def _pause(told: str | None) -> int:
    """The seconds of a ``Retry-After``; a date in it, or nonsense, counts as a minute."""
    if told is None or not (told.isascii() and told.isdigit()):
        return _PAUSE_SECONDS
    return min(max(int(told[:9]), 1), _LONGEST_PAUSE_SECONDS)
