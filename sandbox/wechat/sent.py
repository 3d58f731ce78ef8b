"""A call as it arrived at the fake platform."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec

from sandbox.wechat.refusals import Refusal

_BodyT = TypeVar("_BodyT")


@dataclass(frozen=True, slots=True)
class Sent:
    """What a client sent; names of headers are in small letters."""

    method: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    target: str = ""
    """The path and the query as they arrived, of calls that are signed."""
    parts: Mapping[str, str] = field(default_factory=dict[str, str])
    """What the path has where its template has a name."""

    def json(self, type_: type[_BodyT]) -> _BodyT:
        """Read the body; `Refusal` 47001 when it is not the JSON that was asked for."""
        try:
            return msgspec.json.decode(self.body, type=type_)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise Refusal(47001, "data format error") from None
