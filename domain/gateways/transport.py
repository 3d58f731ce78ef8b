"""One provider over HTTP: bounded in time, size and connections, counted, and silent in the logs.

Secrets, codes, openids and phone numbers travel in addresses and bodies, so no part of a request
or an answer is ever logged: only the endpoint, what came of it, and the provider's own number.
"""

import asyncio
import logging
import ssl
import time
from collections.abc import AsyncGenerator, Callable, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import TypeVar
from urllib.parse import urlencode

import aiohttp
import certifi
from yarl import URL

from domain.kernel.logs import logger
from domain.kernel.metrics import OUTSIDE_ANSWERED
from domain.kernel.outside import OutsideError, OutsideMisconfigured, OutsideUnavailable

_LOG = logger(__name__)
_T = TypeVar("_T")
_CONNECTIONS = 20
_KEPT_SECONDS = 20
MOST_ANSWER_BYTES = 64 * 1024
_LIBRARY_LOGGERS = ("aiohttp.client", "aiohttp.internal")
_JSON = {"content-type": "application/json"}
_NOT_SENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
_LOST = (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError)
_WORDS: tuple[tuple[type[Exception], str], ...] = (
    (aiohttp.ConnectionTimeoutError, "ConnectTimeout"),
    (aiohttp.ClientConnectorError, "ConnectError"),
    (aiohttp.SocketTimeoutError, "ReadTimeout"),
    (TimeoutError, "TimeoutError"),
    (OSError, "ReadError"),
)
"""What came of it, the first that fits; whatever else there is, is no HTTP."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a provider may take: to be reached, between two parts, and for everything.

    ``turn_seconds`` is how long a call waits while all connections are taken.
    """

    turn_seconds: float = 1
    connect_seconds: float = 2
    read_seconds: float = 5
    whole_seconds: float = 7


_PATIENCE = Patience()


@dataclass(frozen=True, slots=True)
class Question:
    """One request; the body is JSON.

    ``endpoint`` is the path behind the provider's address. Nothing in it is personal: metrics and
    logs show it, while of the address itself they show nothing. Where the path holds more than
    that, ``target`` is what is sent: path and query, escaped as they are to arrive.
    """

    method: str
    endpoint: str
    query: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    body: bytes | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    most_bytes: int = MOST_ANSWER_BYTES
    target: str | None = field(default=None, repr=False)
    whole_seconds: float | None = None
    """How long everything may take, where that is not as long as usual."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whole: the status, the media type without parameters, and the bytes.

    The names of the ``headers`` are in small letters.
    """

    status: int
    media_type: str
    retry_after: str | None
    content: bytes = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)


class Transport:
    """Asks one provider; made by `open_transport`. ``service`` is its name in metrics and logs."""

    def __init__(
        self, session: aiohttp.ClientSession, base_url: str, *, service: str, patience: Patience
    ) -> None:
        self.base_url = base_url
        self._session = session
        self._service = service
        self._patience = patience
        self._turns = asyncio.Semaphore(_CONNECTIONS)

    async def ask(self, question: Question, read: Callable[[Answer], _T]) -> _T:
        """Send the request once and hand the answer to ``read``.

        Raises what ``read`` raises, and `OutsideUnavailable` where there is no whole answer. The
        call is counted and logged by the `OutsideError` that it ends with.
        """
        with self._observed(question.endpoint or "/"):
            return read(await self._answer(question))

    async def _answer(self, question: Question) -> Answer:
        try:
            seconds = question.whole_seconds or self._patience.whole_seconds
            async with asyncio.timeout(seconds), self._turn():
                return await self._exchange(question)
        # The text of these errors can hold the address, and with it the secrets.
        except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError):
            raise OutsideMisconfigured("address") from None
        except _NOT_SENT as error:
            raise OutsideUnavailable(_word(error), may_have_happened=False) from None
        except (aiohttp.ClientError, TimeoutError) as error:
            raise OutsideUnavailable(_word(error), may_have_happened=True) from None

    @asynccontextmanager
    async def _turn(self) -> AsyncGenerator[None]:
        """Wait for a connection here: the library would take that time for connecting."""
        try:
            async with asyncio.timeout(self._patience.turn_seconds):
                await self._turns.acquire()
        except TimeoutError:
            raise OutsideUnavailable("PoolTimeout", may_have_happened=False) from None
        try:
            yield
        finally:
            self._turns.release()

    async def _exchange(self, question: Question) -> Answer:
        async with self._session.request(
            question.method,
            self._address(question),
            data=question.body or None,
            headers={**_JSON, **question.headers} if question.body else question.headers,
            allow_redirects=False,
        ) as response:
            headers = _headers(response)
            if headers.get("content-encoding", "identity") != "identity":
                # A small answer could unpack into any number of bytes; none was asked for.
                raise OutsideUnavailable("packed", may_have_happened=True)
            content = bytearray()
            async for chunk in response.content.iter_any():
                content += chunk
                if len(content) > question.most_bytes:
                    raise OutsideUnavailable("too_large", may_have_happened=True)
            return Answer(
                status=response.status,
                media_type=headers.get("content-type", "").partition(";")[0].strip(),
                retry_after=headers.get("retry-after"),
                content=bytes(content),
                headers=headers,
            )

    def _address(self, question: Question) -> URL:
        target = question.target or question.endpoint
        if question.query:
            target += f"?{urlencode(question.query)}"
        try:
            # What is behind the provider's address goes out as it stands: it may be signed.
            return URL(f"{URL(self.base_url)}{target}", encoded=True)
        except ValueError:
            raise OutsideMisconfigured("address") from None

    @contextmanager
    def _observed(self, endpoint: str) -> Generator[None]:
        begun = time.perf_counter()
        outcome = "bug"
        try:
            yield
            outcome = "ok"
        except OutsideError as error:
            outcome = error.outcome
            _say(self._service, endpoint, error)
            raise
        except asyncio.CancelledError:
            outcome = "cancelled"
            raise
        finally:
            seconds = time.perf_counter() - begun
            OUTSIDE_ANSWERED.labels(self._service, endpoint, outcome).observe(seconds)


@asynccontextmanager
async def open_transport(
    base_url: str, *, service: str, patience: Patience | None = None
) -> AsyncGenerator[Transport]:
    """Open the connections to one provider, for as long as a process lives, in its event loop.

    No redirect is followed and no proxy of the environment is used: what is sent goes where the
    settings say and nowhere else. Nothing of one member's call travels with another's.
    """
    patience = patience or _PATIENCE
    _silence_the_library()
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(
            limit=_CONNECTIONS, keepalive_timeout=_KEPT_SECONDS, ssl=_certificates()
        ),
        timeout=aiohttp.ClientTimeout(
            connect=patience.connect_seconds, sock_read=patience.read_seconds
        ),
        headers={"user-agent": "shoal", "accept-encoding": "identity"},
        skip_auto_headers=("content-type",),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        trust_env=False,
        middlewares=(_once,),
    ) as session:
        yield Transport(session, base_url, service=service, patience=patience)


async def _once(
    request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Send, and hide a lost connection from the library, which would send a GET again.

    A code of WeChat's is used up by the first of two.
    """
    try:
        return await send(request)
    except _NOT_SENT:
        raise
    except _LOST as error:
        raise OutsideUnavailable(_word(error), may_have_happened=True) from None


@cache
def _certificates() -> ssl.SSLContext:
    """The authorities that are trusted; to read them takes longer than a call."""
    context = ssl.create_default_context(cafile=certifi.where())
    context.set_alpn_protocols(["http/1.1"])
    return context


def _silence_the_library() -> None:
    """Its lines and its errors can hold whole addresses: AppSecret, access tokens and codes."""
    for name in _LIBRARY_LOGGERS:
        logging.getLogger(name).disabled = True


def _headers(response: aiohttp.ClientResponse) -> dict[str, str]:
    """The headers by their small names; what was said twice is one value with a comma."""
    headers: dict[str, str] = {}
    for name, value in response.headers.items():
        lower = name.lower()
        headers[lower] = f"{headers[lower]}, {value}" if lower in headers else value
    return headers


def _word(error: Exception) -> str:
    return next((word for kind, word in _WORDS if isinstance(error, kind)), "RemoteProtocolError")


def _say(service: str, endpoint: str, error: OutsideError) -> None:
    line = _LOG.bind(
        service=service, endpoint=endpoint, reason=error.code, reference=error.reference
    )
    if isinstance(error, OutsideMisconfigured):
        line.error("outside.misconfigured")
    elif error.outcome == "rejected":
        line.info("outside.rejected")
    else:
        line.warning(f"outside.{error.outcome}")
