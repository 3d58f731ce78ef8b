"""An HTTP answer as ASGI sends it, compressed where that is worth its while."""

import zlib
from collections.abc import Mapping

import msgspec
from starlette.types import Receive, Scope, Send

from api.media_types import takes_gzip

_WORTH_BYTES = 1_000
_NOT_MODIFIED = 304
_LEVEL = 4
"""Above it gzip takes twice the time for a twentieth less."""
_GZIP = 31
"""What makes zlib write the header and the trailer of gzip."""


class HttpAnswer(msgspec.Struct, frozen=True):
    """A whole answer, as an ASGI application that gives it. Names of headers are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        raw = self.raw_headers()
        await send({"type": "http.response.start", "status": self.status, "headers": raw})
        await send({"type": "http.response.body", "body": self.body})

    def raw_headers(self) -> list[tuple[bytes, bytes]]:
        """The headers as they are sent."""
        raw = [(name.encode(), value.encode("latin-1")) for name, value in self.headers.items()]
        if self.status != _NOT_MODIFIED:
            raw.append((b"content-length", str(len(self.body)).encode()))
        return raw


def is_worth_packing(body: bytes, accept_encoding: str | None) -> bool:
    """Whether there is something to gain by gzip, and the client takes it."""
    return len(body) >= _WORTH_BYTES and takes_gzip(accept_encoding)


def packed(body: bytes) -> bytes:
    """A body as ``content-encoding: gzip``."""
    packing = zlib.compressobj(_LEVEL, wbits=_GZIP)
    return packing.compress(body) + packing.flush()
