"""The body of an answer as it travels."""

import hashlib
from collections.abc import Hashable

from starlette.types import Message, Receive, Scope, Send

from api.answering import HttpAnswer, packed
from domain.kernel.language import Language


class Whole:
    """A whole answer, as an ASGI application that gives it however often it is asked for."""

    __slots__ = ("_headers", "_status", "body")

    def __init__(self, answer: HttpAnswer) -> None:
        self._status = answer.status
        self._headers = answer.raw_headers()
        self.body: Message = {"type": "http.response.body", "body": answer.body}
        """The message of its body; nobody changes it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        headers = self._headers
        await send({"type": "http.response.start", "status": self._status, "headers": headers})
        await send(self.body)

    def start(self, number: str) -> Message:
        """The message that begins it, as the answer to the request with this number."""
        headers = [*self._headers, (b"x-request-id", number.encode())]
        return {"type": "http.response.start", "status": self._status, "headers": headers}


class Encoded:
    """A body in each form that is asked for, made once, with the tag of each."""

    __slots__ = ("_digest", "_language", "_packed", "plain", "whole")

    def __init__(self, plain: bytes, language: Language) -> None:
        self.plain = plain
        self._language = language
        self._packed: bytes | None = None
        self._digest: str | None = None
        self.whole: dict[Hashable, Whole] = {}
        """Whole answers with this body, by all that their headers depend on."""

    @property
    def packed(self) -> bytes:
        """The body as ``content-encoding: gzip``."""
        if self._packed is None:
            self._packed = packed(self.plain)
        return self._packed

    def tag(self, *, is_packed: bool) -> str:
        """The tag of exactly these bytes as they travel (RFC 9110 8.8.3)."""
        if self._digest is None:
            digest = hashlib.sha256(self.plain + self._language.encode())
            self._digest = digest.hexdigest()[:32]
        return f'"{self._digest}-gzip"' if is_packed else f'"{self._digest}"'
