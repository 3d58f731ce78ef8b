"""Requests that came before: a crowd sends the same one, and it need not be read again."""

import msgspec

from api.answered import Answered, answered
from api.arriving import HttpRequest
from api.caching.reads import Wanted

MOST_KNOWN = 2_000
LONGEST_KEY = 1_000
"""Of a query and what stands in the headers, together."""
_METHODS = frozenset({"GET", "HEAD"})

Key = tuple[bytes, bytes | None, bytes | None]


class Known(msgspec.Struct, frozen=True):
    """What such a request wants, and how it is answered."""

    wanted: Wanted
    media_type: str
    answered: Answered


class KnownRequests:
    """What was asked by GET, by nobody in particular, and answered by what may be kept.

    Nothing of such a request counts but its query and the headers by which its answer is chosen.
    """

    def __init__(self) -> None:
        self._known: dict[Key, Known] = {}

    def __len__(self) -> int:
        return len(self._known)

    def find(self, request: HttpRequest) -> Known | None:
        """What is known of a request; None where it has to be read."""
        key = _key(request)
        return None if key is None else self._known.get(key)

    def remember(self, request: HttpRequest, wanted: Wanted, media_type: str) -> None:
        """Know the next request that is the same; with too many of them all are forgotten."""
        key = _key(request)
        if key is None or sum(len(each or b"") for each in key) > LONGEST_KEY:
            return
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        self._known[key] = Known(wanted, media_type, answered(wanted.read.document.name, "ok", 200))


def _key(request: HttpRequest) -> Key | None:
    """What makes requests the same; None for those that are somebody's, or have an answer."""
    headers = request.headers
    if request.method not in _METHODS or b"authorization" in headers or b"if-none-match" in headers:
        return None
    return request.query, headers.get(b"accept"), headers.get(b"accept-language")
