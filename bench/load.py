"""The load: an HTTP/1.1 client that keeps its connections busy, in a process of its own."""

import asyncio
import os
import signal
import threading
import time
from collections.abc import Generator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle, islice
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from typing import cast

import uvloop
from typing_extensions import override

_HEAD_END = b"\r\n\r\n"
_LENGTH = b"\r\ncontent-length:"
_OK, _BUSY = b"http/1.1 200 ", b"http/1.1 503 "
_GRACE_SECONDS = 60.0
_AGAIN_SECONDS = 1.0
"""What the mall says in Retry-After."""


class LoadProblem(Exception):
    """A server answered other than expected, or not at all."""


@dataclass(frozen=True, slots=True)
class Volley:
    """Requests on some connections, each sending when it was answered: ``request`` over and over.

    Connections are dealt out to the ``ports`` in turn. It ends with the last request or when the
    time is up, whichever comes first. Where no two are alike, ``series`` has the requests; their
    answers may differ but for the ``sign`` in each. If it ``repeats``, what is refused because the
    server is busy is sent again after a second, until it is answered.
    """

    ports: tuple[int, ...]
    request: bytes
    requests: int
    seconds: float
    connections: int
    series: Sequence[bytes] = ()
    sign: bytes = b""
    repeats: bool = False


@dataclass(frozen=True, slots=True)
class Flight:
    """How a volley went; ``body`` is the first answer's, of which all others had the length.

    A latency is from when a request was first sent until it was answered.
    """

    seconds: float
    latencies: list[float]
    body: bytes
    refused: int

    @property
    def requests(self) -> int:
        """How many requests were answered."""
        return len(self.latencies)

    @property
    def requests_per_second(self) -> float:
        """The rate over the whole volley."""
        return self.requests / self.seconds

    def percentile_ms(self, percent: float) -> float:
        """The time within which so many of the answers came."""
        ordered = sorted(self.latencies)
        return ordered[min(int(len(ordered) * percent / 100), len(ordered) - 1)] * 1000


class Gun:
    """Fires volleys, one at a time, from the load process."""

    def __init__(self, pool: ProcessPoolExecutor) -> None:
        self._pool = pool

    def fire(self, volley: Volley) -> Flight:
        """Fire and wait; raises `LoadProblem` unless every answer was a 200 as it should be.

        Where the volley repeats, it may be a 503 before.
        """
        done = self._pool.submit(fly, volley)
        return done.result(timeout=volley.seconds + 2 * _GRACE_SECONDS)


@contextmanager
def load_process() -> Generator[Gun]:
    """Keep a load process ready until the context ends."""
    with ProcessPoolExecutor(
        max_workers=1, mp_context=get_context("spawn"), initializer=_end_with_parent
    ) as pool:
        yield Gun(pool)


def post(path: str, body: bytes, token: str | None = None) -> bytes:
    """Write a POST of JSON, by whoever holds the token."""
    more = f"content-type: application/json\r\ncontent-length: {len(body)}\r\n"
    return _head("POST", path, more, token) + body


def get(path: str, token: str | None = None) -> bytes:
    """Write a GET, by whoever holds the token."""
    return _head("GET", path, "", token)


def fly(volley: Volley) -> Flight:
    """Carry a volley out in this process."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_fly(volley))


def _end_with_parent() -> None:
    """Leave Ctrl-C to the parent, and do not outlive it when it is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    assert parent

    def watch() -> None:
        wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _head(method: str, path: str, more: str, token: str | None) -> bytes:
    if token is not None:
        more += f"authorization: Bearer {token}\r\n"
    return f"{method} {path} HTTP/1.1\r\nhost: mall.bench\r\naccept: */*\r\n{more}\r\n".encode()


async def _fly(volley: Volley) -> Flight:
    loop = asyncio.get_running_loop()
    course = _Course(volley, asyncio.Event())
    connections = [
        await loop.create_connection(lambda: _Connection(course), "127.0.0.1", port)
        for port in islice(cycle(volley.ports), volley.connections)
    ]
    begun = time.perf_counter()
    course.deadline = begun + volley.seconds
    for _, connection in connections:
        connection.send()
    try:
        async with asyncio.timeout(volley.seconds + _GRACE_SECONDS):
            await course.is_over.wait()
    except TimeoutError:
        raise LoadProblem(f"no answer within {_GRACE_SECONDS} s") from None
    finally:
        for transport, _ in connections:
            transport.abort()
    if course.problem:
        raise LoadProblem(course.problem)
    return Flight(time.perf_counter() - begun, course.latencies, course.body, course.refused)


@dataclass(slots=True)
class _Course:
    """What the connections of a volley share."""

    volley: Volley
    is_over: asyncio.Event
    deadline: float = 0.0
    sent: int = 0
    latencies: list[float] = field(default_factory=list[float])
    body: bytes = b""
    refused: int = 0
    problem: str = ""

    def may_send(self) -> bool:
        return self.sent < self.volley.requests and time.perf_counter() < self.deadline

    def next(self) -> bytes:
        series = self.volley.series
        self.sent += 1
        return series[self.sent - 1] if series else self.volley.request

    def settle(self, seconds: float, body: bytes) -> None:
        self.body = self.body or body
        if self.volley.sign and self.volley.sign not in body:
            self.fail(f"an answer without {self.volley.sign!r}: {body[:500]!r}")
        if not self.volley.series and len(body) != len(self.body):
            self.fail(f"answers differ: {self.body[:500]!r}, {body[:500]!r}")
        self.latencies.append(seconds)

    def fail(self, problem: str) -> None:
        self.problem = self.problem or problem
        self.is_over.set()


class _Connection(asyncio.Protocol):
    def __init__(self, course: _Course) -> None:
        self._course = course
        self._transport: asyncio.Transport | None = None
        self._received = bytearray()
        self._request = b""
        self._sent_at = 0.0
        self._is_waiting = False

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are of no class that asyncio knows.
        self._transport = cast("asyncio.Transport", transport)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        # One that has nothing to send any more may be closed while others wait for answers.
        if self._is_waiting:
            self._course.fail(f"the server closed a connection: {exc}")

    @override
    def data_received(self, data: bytes) -> None:
        self._received += data
        head_end = self._received.find(_HEAD_END)
        if head_end < 0:
            return
        head = bytes(self._received[:head_end]).lower()
        is_refused = self._course.volley.repeats and head.startswith(_BUSY)
        if not (is_refused or head.startswith(_OK)) or _LENGTH not in head:
            self._course.fail(bytes(self._received[:1000]).decode(errors="replace"))
            return
        body_at = head_end + len(_HEAD_END)
        length = int(head.partition(_LENGTH)[2].partition(b"\r\n")[0])
        if len(self._received) < body_at + length:
            return
        self._is_waiting = False
        if is_refused:
            self._course.refused += 1
            self._received.clear()
            asyncio.get_running_loop().call_later(_AGAIN_SECONDS, self._write)
        else:
            self._answered(bytes(self._received[body_at:]))

    def send(self) -> None:
        if not self._course.may_send():
            if len(self._course.latencies) == self._course.sent:
                self._course.is_over.set()
            return
        self._request = self._course.next()
        self._received.clear()
        self._sent_at = time.perf_counter()
        self._write()

    def _write(self) -> None:
        assert self._transport
        self._is_waiting = True
        self._transport.write(self._request)

    def _answered(self, body: bytes) -> None:
        self._course.settle(time.perf_counter() - self._sent_at, body)
        self.send()
