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
from http.cookiejar import DefaultCookiePolicy
from typing import TypeVar

import httpx

from domain.kernel.logs import logger
from domain.kernel.metrics import OUTSIDE_ANSWERED
from domain.kernel.outside import OutsideError, OutsideMisconfigured, OutsideUnavailable

_LOG = logger(__name__)
_T = TypeVar("_T")
_CONNECTIONS = 20
_KEPT_SECONDS = 20
_WAIT_FOR_CONNECTION_SECONDS = 1
MOST_ANSWER_BYTES = 64 * 1024
_LIBRARY_LOGGERS = (
    "httpx", "httpcore.connection", "httpcore.http11", "httpcore.http2", "httpcore.proxy",
    "httpcore.socks",
)  # fmt: skip
_JSON = {"content-type": "application/json"}
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a provider may take: to be reached, between two parts, and for everything."""

    connect_seconds: float = 2
    read_seconds: float = 5
    whole_seconds: float = 7


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
        self, client: httpx.AsyncClient, base_url: str, *, service: str, whole_seconds: float
    ) -> None:
        self.base_url = base_url
        self._client = client
        self._service = service
        self._whole_seconds = whole_seconds

    async def ask(self, question: Question, read: Callable[[Answer], _T]) -> _T:
        """Send the request once and hand the answer to ``read``.

        Raises what ``read`` raises, and `OutsideUnavailable` where there is no whole answer. The
        call is counted and logged by the `OutsideError` that it ends with.
        """
        with self._observed(question.endpoint or "/"):
            return read(await self._answer(question))

    async def _answer(self, question: Question) -> Answer:
        try:
            async with asyncio.timeout(question.whole_seconds or self._whole_seconds):
                return await self._exchange(question)
        # The text of these errors can hold the address, and with it the secrets.
        except (httpx.InvalidURL, httpx.UnsupportedProtocol):
            raise OutsideMisconfigured("address") from None
        except _NOT_SENT as error:
            raise OutsideUnavailable(_word(error), may_have_happened=False) from None
        except (httpx.RequestError, TimeoutError) as error:
            raise OutsideUnavailable(_word(error), may_have_happened=True) from None

    async def _exchange(self, question: Question) -> Answer:
        async with self._client.stream(
            question.method,
            self.base_url + (question.target or question.endpoint),
            params=question.query or None,
            content=question.body,
            headers={**_JSON, **question.headers} if question.body else question.headers,
        ) as response:
            if response.headers.get("content-encoding", "identity") != "identity":
                # A small answer could unpack into any number of bytes; none was asked for.
                raise OutsideUnavailable("packed", may_have_happened=True)
            content = bytearray()
            async for chunk in response.aiter_raw():
                content += chunk
                if len(content) > question.most_bytes:
                    raise OutsideUnavailable("too_large", may_have_happened=True)
            return Answer(
                status=response.status_code,
                media_type=response.headers.get("content-type", "").partition(";")[0].strip(),
                retry_after=response.headers.get("retry-after"),
                content=bytes(content),
                headers=dict(response.headers),
            )

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
    base_url: str,
    *,
    service: str,
    patience: Patience | None = None,
    wire: httpx.AsyncBaseTransport | None = None,
) -> AsyncGenerator[Transport]:
    """Open the connections to one provider, for as long as a process lives.

    ``wire`` takes the place of the network in tests. No redirect is followed and no proxy of the
    environment is used: what is sent goes where the settings say and nowhere else.
    """
    patience = patience or Patience()
    _silence_the_library()
    async with httpx.AsyncClient(
        timeout=httpx.Timeout(
            patience.read_seconds,
            connect=patience.connect_seconds,
            pool=_WAIT_FOR_CONNECTION_SECONDS,
        ),
        limits=httpx.Limits(
            max_connections=_CONNECTIONS,
            max_keepalive_connections=_CONNECTIONS,
            keepalive_expiry=_KEPT_SECONDS,
        ),
        headers={"user-agent": "shoal", "accept-encoding": "identity"},
        follow_redirects=False,
        trust_env=False,
        verify=_certificates(),
        transport=wire,
    ) as client:
        # Nothing of one member's call travels with another's.
        client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        yield Transport(client, base_url, service=service, whole_seconds=patience.whole_seconds)


@cache
def _certificates() -> ssl.SSLContext:
    """The authorities that are trusted; to read them takes longer than a call."""
    return httpx.create_ssl_context(trust_env=False)


def _silence_the_library() -> None:
    """Its lines hold whole addresses, and so AppSecret, access tokens and codes."""
    for name in _LIBRARY_LOGGERS:
        logging.getLogger(name).disabled = True


def _word(error: Exception) -> str:
    return type(error).__name__


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
