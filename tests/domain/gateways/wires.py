"""Providers for tests that answer what no real one would, and a clock that is set by hand."""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import orjson
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from domain.gateways.transport import Patience
from tests.make import NOON

IMPATIENT = Patience(connect_seconds=0.2, read_seconds=0.05, whole_seconds=0.2)
"""For providers that do not answer: nobody wants to wait for them in a test."""

NO_CONTENT = 204
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


@dataclass(frozen=True)
class Request:
    """What came over the wire, as it was sent; the names of the headers are in small letters."""

    method: str
    target: str
    headers: Mapping[str, str]
    content: bytes

    @property
    def url(self) -> str:
        """The whole address, as the client saw it."""
        return f"http://{self.headers['host']}{self.target}"

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        """What stands behind the question mark."""
        return self.target.partition("?")[2]


@dataclass
class Wire:
    """A provider on loopback: gives its answers in turn, the last one for ever.

    None in the place of an answer is silence until the client has gone.
    """

    answers: list[Reply | None]
    requests: list[Request] = field(default_factory=list[Request])

    @property
    def patience(self) -> Patience:
        """How long to wait for it; not long for one that says nothing."""
        return IMPATIENT if None in self.answers else Patience()

    @asynccontextmanager
    async def served(self) -> AsyncGenerator[str]:
        """Answer at an address."""
        async with tcp_server(self._serve) as url:
            yield url

    def go_on_with(self, *answers: Reply | None) -> None:
        """Give these to the next requests."""
        self.answers[len(self.requests) :] = answers
        # Those that were given stand before, however often the last of them was.
        self.answers[:0] = [answers[0]] * (len(self.requests) + len(answers) - len(self.answers))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while request := await read_request(reader):
            self.requests.append(request)
            answer = self.answers[min(len(self.requests), len(self.answers)) - 1]
            if answer is None:
                await reader.read()
                return
            writer.write(_written(answer))
            await writer.drain()


async def read_request(reader: asyncio.StreamReader) -> Request | None:
    """The next request of a connection; None once the client has gone."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.decode().removesuffix("\r\n\r\n").split("\r\n")
    method, target, _ = first.split(" ")
    told = (line.partition(":") for line in lines)
    headers = {name.lower(): value.strip() for name, _, value in told}
    content = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(method, target, headers, content)


def _written(answer: Reply) -> bytes:
    headers = dict(answer.headers)
    if answer.status != NO_CONTENT:
        headers["content-length"] = str(len(answer.content))
    lines = [f"HTTP/1.1 {answer.status} Told", *(f"{name}: {headers[name]}" for name in headers)]
    return "".join(f"{line}\r\n" for line in [*lines, ""]).encode() + answer.content


@dataclass
class Away:
    """A provider that no request gets to: there is no TLS where there should be.

    It hangs up at the client's first word, or is silent where ``silent`` says so.
    """

    silent: bool = False
    attempts: int = 0

    @property
    def patience(self) -> Patience:
        """How long to wait for it: not long, and long enough for what is not silent."""
        return Patience(connect_seconds=0.1 if self.silent else 2)

    @asynccontextmanager
    async def served(self) -> AsyncGenerator[str]:
        """Be tried at an address."""
        async with tcp_server(self._serve) as url:
            yield url.replace("http:", "https:")

    async def _serve(self, reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        self.attempts += 1
        await reader.read(-1 if self.silent else 1)


def self_signed(file: Path) -> ssl.SSLContext:
    """TLS of 127.0.0.1 by a certificate that nobody vouches for; ``file`` takes it."""
    key = generate_private_key(SECP256R1())
    name = x509.Name.from_rfc4514_string("CN=127.0.0.1")
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1)
    address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    builder = builder.add_extension(address, critical=False)
    # Valid today, whenever that is: nothing but its authority is wrong.
    builder = builder.not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
    certificate = builder.not_valid_after(datetime(2126, 1, 1, tzinfo=UTC)).sign(key, SHA256())
    file.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        + certificate.public_bytes(Encoding.PEM)
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file)
    return context


@asynccontextmanager
async def tcp_server(handle: Handler, *, tls: ssl.SSLContext | None = None) -> AsyncGenerator[str]:
    """Serve raw bytes on loopback; answers with the address, as of a provider."""

    async def handle_and_close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await handle(reader, writer)
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(handle_and_close, "127.0.0.1", 0, ssl=tls)
    try:
        scheme = "https" if tls else "http"
        yield f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await server.wait_closed()
