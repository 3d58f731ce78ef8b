"""Providers for tests that answer what no real one would, and a clock that is set by hand."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import httpx
import orjson

from domain.gateways.transport import Patience
from tests.make import NOON

IMPATIENT = Patience(connect_seconds=0.2, read_seconds=0.05, whole_seconds=0.2)
"""For providers that do not answer: nobody wants to wait for them in a test."""

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class HandClock:
    """A clock that stands still until it is set."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **units: float) -> None:
        """Let time pass: ``advance(minutes=5)``."""
        self.now += timedelta(**units)


@dataclass(frozen=True)
class Reply:
    """An answer, byte for byte."""

    status: int = 200
    content: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


def reply(content: object, status: int = 200) -> Reply:
    """An answer with JSON."""
    return Reply(status, orjson.dumps(content), {"content-type": "application/json"})


@dataclass
class Wire:
    """A provider in the place of the network: gives its answers in turn, the last one for ever."""

    answers: list[Reply | Exception]
    requests: list[httpx.Request] = field(default_factory=list[httpx.Request])

    @property
    def transport(self) -> httpx.MockTransport:
        """What httpx takes for the network."""
        return httpx.MockTransport(self._answer)

    def go_on_with(self, *answers: Reply | Exception) -> None:
        """Give these to the next requests."""
        self.answers[len(self.requests) :] = answers
        # Those that were given stand before, however often the last of them was.
        self.answers[:0] = [answers[0]] * (len(self.requests) + len(answers) - len(self.answers))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers[min(len(self.requests), len(self.answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        stream = httpx.ByteStream(answer.content)
        return httpx.Response(answer.status, headers=answer.headers, stream=stream)


@asynccontextmanager
async def tcp_server(handle: Handler) -> AsyncGenerator[str]:
    """Serve raw bytes on loopback; answers with the address, as of a provider."""

    async def handle_and_close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await handle(reader, writer)
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(handle_and_close, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await server.wait_closed()
