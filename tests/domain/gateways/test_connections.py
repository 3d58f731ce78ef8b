"""The connections to a provider: kept, lost, bounded, and only to who can show who it is."""

import asyncio
import ssl
from pathlib import Path

import pytest

from domain.gateways.transport import Patience, Question
from domain.kernel.outside import OutsideUnavailable
from tests.domain.gateways.calls import GET, POST, ask, content, failure, opened
from tests.domain.gateways.wires import IMPATIENT, Away, read_request, self_signed, tcp_server

WELL = b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nwell"


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
        error = await failure(url, patience=IMPATIENT)
    assert (error.code, error.may_have_happened) == ("ReadTimeout", True)


@pytest.mark.parametrize("question", [GET, POST], ids=["GET", "POST"])
async def test_nothing_is_sent_twice_where_a_kept_connection_is_lost(question: Question):
    requests: list[str] = []

    async def answer_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while request := await read_request(reader):
            requests.append(request.method)
            if len(requests) > 1:
                return
            writer.write(WELL)

    async with tcp_server(answer_once) as url, opened(url) as transport:
        assert await transport.ask(question, content) == b"well"
        with pytest.raises(OutsideUnavailable) as caught:
            await transport.ask(question, content)
        assert requests == [question.method] * 2
    assert (caught.value.code, caught.value.may_have_happened) == ("RemoteProtocolError", True)


async def test_a_connection_that_was_closed_while_nobody_used_it_is_not_used_again():
    connections: list[object] = []

    async def answer_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer)
        await read_request(reader)
        writer.write(WELL)

    async with tcp_server(answer_once) as url, opened(url) as transport:
        for _ in range(3):
            assert await transport.ask(POST, content) == b"well"
            await asyncio.sleep(0.01)
    assert len(connections) == 3


async def test_one_connection_is_enough_for_calls_that_follow_each_other():
    connections: list[object] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer)
        while await read_request(reader):
            writer.write(WELL)

    async with tcp_server(answer) as url, opened(url) as transport:
        for _ in range(3):
            assert await transport.ask(POST, content) == b"well"
    assert len(connections) == 1


async def test_who_waits_too_long_for_a_connection_has_done_nothing():
    connections: list[object] = []

    async def hang_and_count(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer)
        await reader.read()

    patience = Patience(turn_seconds=0.1, read_seconds=0.5)
    async with tcp_server(hang_and_count) as url, opened(url, patience=patience) as transport:
        ended = await asyncio.gather(
            *(transport.ask(POST, content) for _ in range(30)),
            return_exceptions=True,
        )
    failures = [
        (each.code, each.may_have_happened)
        for each in ended
        if isinstance(each, OutsideUnavailable)
    ]
    assert failures == [("ReadTimeout", True)] * 20 + [("PoolTimeout", False)] * 10
    assert len(connections) == 20


@pytest.mark.parametrize(("silent", "code"), [(False, "ConnectError"), (True, "ConnectTimeout")])
async def test_a_provider_that_is_not_reached_has_done_nothing(*, silent: bool, code: str):
    error = await failure(Away(silent=silent))
    assert (error.code, error.may_have_happened) == (code, False)


async def test_a_provider_that_nobody_vouches_for_is_told_nothing(tmp_path: Path):
    told: list[bytes] = []

    async def listen(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        told.append(await reader.read())

    async with tcp_server(listen, tls=self_signed(tmp_path / "provider.pem")) as url:
        error = await failure(url)
    assert (error.code, error.may_have_happened) == ("ConnectError", False)
    assert b"".join(told) == b""


async def test_a_provider_that_is_vouched_for_is_asked_under_its_own_name_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(WELL)

    tls = self_signed(tmp_path / "provider.pem")
    trusting = ssl.create_default_context(cafile=tmp_path / "provider.pem")
    monkeypatch.setattr("domain.gateways.transport._certificates", lambda: trusting)
    async with tcp_server(answer, tls=tls) as url:
        assert await ask(url) == b"well"
        error = await failure(url.replace("127.0.0.1", "localhost"))
    assert (error.code, error.may_have_happened) == ("ConnectError", False)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 two hundred\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: many\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nmany\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nwell",
        b"HTTP/1.1 200 OK\r\nlong: " + b"x" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 10_000 + b"\r\n",
        b"\x16\x03\x01",
        b"",
    ],
)
async def test_what_answers_with_no_http_may_have_done_it(answer: bytes):
    async def answer_and_close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)

    async with tcp_server(answer_and_close) as url:
        error = await failure(url)
    assert (error.code, error.may_have_happened) == ("RemoteProtocolError", True)


async def test_a_provider_that_answers_in_drops_is_left_after_a_while():
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
        while not reader.at_eof():
            writer.write(b".")
            await writer.drain()
            await asyncio.wait({asyncio.ensure_future(reader.read(1))}, timeout=0.01)

    async with tcp_server(drip) as url:
        error = await failure(url, patience=IMPATIENT)
    assert (error.code, error.may_have_happened) == ("TimeoutError", True)


async def test_a_provider_that_hangs_up_may_have_done_it():
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf")

    async with tcp_server(hang_up) as url:
        error = await failure(url)
    assert (error.code, error.may_have_happened) == ("RemoteProtocolError", True)


async def test_proxies_of_the_environment_are_not_asked(monkeypatch: pytest.MonkeyPatch):
    async def well(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(WELL)

    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    async with tcp_server(well) as url:
        assert await ask(url) == b"well"
