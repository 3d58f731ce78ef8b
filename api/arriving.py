"""An HTTP request as ASGI tells of it, read no further than it has to be."""

from collections.abc import AsyncGenerator, Mapping
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope


class HttpRequest:
    """One request; names of headers are lower case."""

    __slots__ = ("_raw", "_receive", "headers", "method", "query")

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.method: str = scope["method"]
        self.query: bytes = scope.get("query_string", b"")
        self._raw: list[tuple[bytes, bytes]] = scope["headers"]
        self.headers = dict(reversed(self._raw))
        """By their names; of several with one name the first counts."""
        self._receive = receive

    def header(self, name: bytes) -> str | None:
        """The first header with that name."""
        value = self.headers.get(name)
        return None if value is None else value.decode("latin-1")

    def all_of(self, name: bytes) -> list[str]:
        """Every header with that name."""
        return [value.decode("latin-1") for each, value in self._raw if each == name]

    def texts_of_headers(self) -> Mapping[str, str]:
        """All headers as text; of several with one name the last counts."""
        return {name.decode("latin-1"): value.decode("latin-1") for name, value in self._raw}

    def parameters(self) -> Mapping[str, str]:
        """The parameters of the query; of several with one name the last counts."""
        return dict(parse_qsl(self.query.decode("latin-1"), keep_blank_values=True))

    async def parts(self) -> AsyncGenerator[bytes]:
        """The body as it arrives. Raises ClientDisconnect where the client has gone."""
        is_last = False
        while not is_last:
            part, is_last = await self.part()
            if part:
                yield part

    async def part(self) -> tuple[bytes, bool]:
        """The next part of the body, and whether it is the last. Raises as `parts` does."""
        message = await self._receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        return message.get("body", b""), not message.get("more_body", False)


def first_header(scope: Scope, name: bytes) -> str | None:
    """The first header with that name, for whoever needs no other."""
    for each, value in scope["headers"]:
        if each == name:
            return value.decode("latin-1")
    return None
