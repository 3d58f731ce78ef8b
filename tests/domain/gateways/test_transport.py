"""The way to a provider: bounded in time, size and connections, counted, and silent."""

import asyncio
import gzip

import pytest
from prometheus_client import REGISTRY
from structlog.typing import EventDict

from domain.gateways.statuses import require_success
from domain.gateways.transport import Answer, Patience, Question, open_transport
from domain.kernel.outside import (
    OutsideError,
    OutsideLimited,
    OutsideMisconfigured,
    OutsideRejected,
    OutsideUnavailable,
)
from tests.domain.gateways.wires import IMPATIENT, Reply, Wire, tcp_server

ANYWHERE = "https://provider.example"


def content(answer: Answer) -> bytes:
    """Read an answer without looking at it."""
    return answer.content


async def ask(
    wire: Wire | str, question: Question | None = None, *, patience: Patience = IMPATIENT
) -> bytes:
    """One call to a provider that answers as told, or that is at an address."""
    url, transport = (wire, None) if isinstance(wire, str) else (ANYWHERE, wire.transport)
    async with open_transport(url, service="test", patience=patience, wire=transport) as opened:
        return await opened.ask(question or Question("GET", "/thing"), content)


async def failure(wire: Wire | str, question: Question | None = None) -> OutsideUnavailable:
    """The failure of one call."""
    with pytest.raises(OutsideUnavailable) as caught:
        await ask(wire, question)
    return caught.value


async def test_a_provider_that_is_not_there_has_done_nothing():
    async with tcp_server(hang) as url:
        pass
    error = await failure(url)
    assert (error.code, error.may_have_happened) == ("ConnectError", False)


async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Take the request and say nothing until the client has gone."""
    await reader.read()


async def test_a_provider_that_says_nothing_may_have_done_it():
    async with tcp_server(hang) as url:
        error = await failure(url)
    assert (error.code, error.may_have_happened) == ("ReadTimeout", True)


async def test_a_provider_that_answers_in_drops_is_left_after_a_while():
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
        while not reader.at_eof():
            writer.write(b".")
            await writer.drain()
            await asyncio.wait({asyncio.ensure_future(reader.read(1))}, timeout=0.01)

    async with tcp_server(drip) as url:
        error = await failure(url)
    assert (error.code, error.may_have_happened) == ("TimeoutError", True)


async def test_a_provider_that_hangs_up_may_have_done_it():
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf")

    async with tcp_server(hang_up) as url:
        error = await failure(url)
    assert (error.code, error.may_have_happened) == ("RemoteProtocolError", True)


@pytest.mark.parametrize("size", [100, 101])
async def test_an_answer_is_read_up_to_its_bound_and_not_beyond(size: int):
    wire = Wire([Reply(200, b"x" * size)])
    question = Question("GET", "/thing", most_bytes=100)
    if size == 100:
        assert await ask(wire, question) == b"x" * 100
    else:
        assert (await failure(wire, question)).code == "too_large"


async def test_a_packed_answer_is_not_unpacked():
    packed = gzip.compress(bytes(10_000_000))
    wire = Wire([Reply(200, packed, {"content-encoding": "gzip"})])
    assert len(packed) < 64 * 1024
    assert (await failure(wire)).code == "packed"
    assert wire.requests[0].headers["accept-encoding"] == "identity"


async def test_no_redirect_is_followed():
    wire = Wire([Reply(302, headers={"location": "https://elsewhere.example/"})])
    await ask(wire)
    assert [request.url.host for request in wire.requests] == ["provider.example"]


async def test_proxies_of_the_environment_are_not_asked(monkeypatch: pytest.MonkeyPatch):
    async def well(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nwell")

    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    async with tcp_server(well) as url:
        assert await ask(url) == b"well"


async def test_cookies_of_one_call_do_not_travel_with_the_next():
    wire = Wire([Reply(200, headers={"set-cookie": "member=1"})])
    async with open_transport(ANYWHERE, service="test", wire=wire.transport) as opened:
        for _ in range(2):
            await opened.ask(Question("GET", "/thing"), content)
    assert "cookie" not in wire.requests[1].headers


async def test_a_body_is_sent_as_json_under_the_address_of_the_provider():
    wire = Wire([Reply(200)])
    question = Question("POST", "/thing", query={"a": "é&"}, body=b"{}", headers={"x-own": "1"})
    await ask(wire, question)
    (request,) = wire.requests
    assert str(request.url) == f"{ANYWHERE}/thing?a=%C3%A9%26"
    assert (request.method, request.content) == ("POST", b"{}")
    assert request.headers["content-type"] == "application/json"
    assert request.headers["x-own"] == "1"


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (301, OutsideMisconfigured),
        (400, OutsideRejected),
        (401, OutsideMisconfigured),
        (403, OutsideMisconfigured),
        (404, OutsideMisconfigured),
        (408, OutsideUnavailable),
        (422, OutsideRejected),
        (429, OutsideLimited),
        (500, OutsideUnavailable),
        (503, OutsideUnavailable),
    ],
)
async def test_a_status_says_what_kind_of_failure_it_is(status: int, expected: type[OutsideError]):
    wire = Wire([Reply(status)])
    async with open_transport(ANYWHERE, service="test", wire=wire.transport) as opened:
        with pytest.raises(OutsideError) as caught:
            await opened.ask(Question("GET", "/thing"), require_success)
    assert type(caught.value) is expected
    assert caught.value.code == f"http_{status}"


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ("7", 7),
        ("0", 1),
        ("99999999999999", 3600),
        ("Wed, 11 Nov 2026 04:00:00 GMT", 60),
        (None, 60),
    ],
)
async def test_a_limit_says_when_to_come_again(told: str | None, seconds: int):
    wire = Wire([Reply(429, headers={"retry-after": told} if told else {})])
    async with open_transport(ANYWHERE, service="test", wire=wire.transport) as opened:
        with pytest.raises(OutsideLimited) as caught:
            await opened.ask(Question("GET", "/thing"), require_success)
    assert caught.value.retry_after_seconds == seconds


async def test_every_call_is_counted_by_its_endpoint_and_its_outcome():
    def count(outcome: str) -> float:
        labels = {"service": "counted", "endpoint": "/thing", "outcome": outcome}
        return REGISTRY.get_sample_value("mall_outside_answered_seconds_count", labels) or 0

    wire = Wire([Reply(200), Reply(500), Reply(429)])
    async with open_transport(ANYWHERE, service="counted", wire=wire.transport) as opened:
        await opened.ask(Question("GET", "/thing"), require_success)
        for _ in range(3):
            with pytest.raises(OutsideError):
                await opened.ask(Question("GET", "/thing"), require_success)
    assert (count("ok"), count("unavailable"), count("limited")) == (1, 1, 2)


@pytest.mark.parametrize(
    ("status", "level"), [(401, "error"), (400, "info"), (429, "warning"), (502, "warning")]
)
async def test_a_failure_is_said_as_loudly_as_somebody_is_needed(
    status: int, level: str, logged: list[EventDict]
):
    wire = Wire([Reply(status)])
    async with open_transport(ANYWHERE, service="test", wire=wire.transport) as opened:
        with pytest.raises(OutsideError):
            await opened.ask(Question("GET", "/thing"), require_success)
    (line,) = logged
    assert line["log_level"] == level
    assert (line["service"], line["endpoint"]) == ("test", "/thing")
    assert line["reason"] == f"http_{status}"
