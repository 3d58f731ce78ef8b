"""What arrived at the fake platform, without the secrets that it carried."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec

from sandbox.wechat.sent import Sent

KEPT = 2000
REDACTED = "[redacted]"
_SECRETS = {"secret", "access_token", "js_code", "code"}


@dataclass(slots=True)
class Call:
    """One call; the status and the ``errcode`` are None until it is answered."""

    at: datetime
    method: str
    path: str
    query: Mapping[str, object]
    """With what the path has where its template has a name."""
    body: object
    """The JSON that was sent; None when there was none that could be read."""
    status: int | None = None
    errcode: int | None = None
    code: str | None = None
    """The word of WeChat Pay's refusal, if it was one."""


class Calls:
    """The last calls, oldest first."""

    def __init__(self) -> None:
        self._kept: deque[Call] = deque(maxlen=KEPT)

    def record(self, path: str, sent: Sent, at: datetime) -> Call:
        """Remember a call when it arrives."""
        call = Call(
            at, sent.method, path, _redacted({**sent.query, **sent.parts}), _body(sent.body)
        )
        self._kept.append(call)
        return call

    def of(self, path: str | None = None) -> list[Call]:
        """Return the calls of one path, or all."""
        return [call for call in self._kept if path in {None, call.path}]


def _body(sent: bytes) -> object:
    try:
        body = msgspec.json.decode(sent, type=dict[str, object])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return _redacted(body)


def _redacted(values: Mapping[str, object]) -> dict[str, object]:
    return {name: REDACTED if name in _SECRETS else value for name, value in values.items()}
