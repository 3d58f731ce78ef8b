"""Every bound of connections: how many, of whom, how large, how fast, and for how long."""

import asyncio
import json
import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from functools import partial
from typing import Any

import pytest
from prometheus_client import REGISTRY
from websockets.exceptions import InvalidStatus

import api.app
from api.auth import Authenticator
from api.documents import Documents
from api.execution import Executor
from api.schema import ACCESS, SCHEMA
from api.sockets import connections as places
from api.sockets import pace as paces
from api.sockets import socket as sockets
from api.sockets import stream as streams
from api.sockets.connections import Bounds, Connections, Full, Protocol
from api.sockets.endings import CloseCode, Closing
from api.sockets.handshake import SocketEndpoint
from api.sockets.mailbox import Mailbox
from api.sockets.operations import Body, Operations
from api.sockets.origins import Origins
from api.sockets.pace import Pace
from api.sockets.stream import EventStreamEndpoint
from domain.kernel.db import Database
from domain.kernel.settings import Settings
from tests.api.client import AS_STAFF, STAFF_TOKEN
from tests.api.contexts import context_of, gates_of, nobody
from tests.api.sockets.serving import PROTOCOL, Mall, served
from tests.patience import PATIENCE_SECONDS, stopwatch


def sample(name: str, **labels: str) -> float:
    """What one of the mall's measurements says."""
    return REGISTRY.get_sample_value(name, labels) or 0.0


async def test_a_caller_has_ten_connections_and_the_next_is_closed_with_4429(mall: Mall):
    _, headers = await mall.someone()
    async with AsyncExitStack() as stack:
        open_ones = [await stack.enter_async_context(mall.socket()) for _ in range(10)]
        for socket in open_ones:
            await socket.begin(headers)
        async with mall.socket(headers={"accept-language": "en"}) as socket:
            await socket.say(type="connection_init", payload=headers)
            told = "One caller may have 10 connections open at once, and no more."
            assert await socket.closed() == (4429, told)
        # Events over HTTP are connections as well.
        stream = {**headers, "accept": "text/event-stream", "accept-language": "en"}
        answer = await mall.api.post({"query": "subscription { a }"}, stream)
        assert "RATE_LIMITED" in answer.text
        # Somebody else has ten of their own; and one that was closed makes room.
        _, others = await mall.again(None)
        async with mall.socket() as socket:
            await socket.begin(others)
        await open_ones[0].raw.close()
        async with mall.socket() as socket:
            await socket.begin(headers)


async def test_a_connection_has_ten_subscriptions_and_the_next_is_told_so(mall: Mall):
    _, headers = await mall.someone()
    async with mall.socket() as socket:
        await socket.begin(headers)
        # All of them begin at the same look, which comes each second.
        for number in range(10):
            await socket.subscribe(str(number))
        for _ in range(10):
            assert (await socket.event())["__typename"] == "SessionWatchBegan"
        await socket.subscribe("one more")
        assert await socket.codes() == ["RATE_LIMITED"]
        await socket.say(type="complete", id="3")
        await socket.watch("one more")


async def test_a_process_that_is_full_answers_503_before_there_is_a_socket(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(api.app, "Connections", partial(Connections, bounds=Bounds(all=1)))
    async with served(settings, database) as mall, mall.socket() as socket:
        await socket.begin()
        with pytest.raises(InvalidStatus) as refused:
            async with mall.socket():
                pytest.fail("there was room")
        assert refused.value.response.status_code == 503
        assert refused.value.response.headers["retry-after"]
        answer = await mall.api.post({"query": "{ a }"}, {"accept": "text/event-stream"})
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


@pytest.fixture
def connections() -> Connections:
    """The connections of a process with little room."""
    few = Bounds(all=4, strangers=2, of_one_caller=1, idle_stranger_seconds=0.0)
    return Connections(Authenticator(nobody, STAFF_TOKEN), few)


async def test_strangers_have_fewer_places_than_there_are(connections: Connections):
    with connections.seat(Protocol.SSE) as first:
        connections.introduce(first, [])
        with connections.seat(Protocol.SSE) as second, connections.seat(Protocol.SSE) as third:
            connections.introduce(second, [])
            with pytest.raises(Closing) as closing:
                connections.introduce(third, [])
            assert closing.value.ending.code is CloseCode.TRY_AGAIN_LATER
            with connections.seat(Protocol.SSE) as fourth:
                assert connections.introduce(fourth, [AS_STAFF["authorization"]])
                with pytest.raises(Full), connections.seat(Protocol.SSE):
                    pytest.fail("there was room")
        with connections.seat(Protocol.SSE) as again:
            connections.introduce(again, [])


async def test_a_stranger_who_subscribes_to_nothing_is_closed_after_a_while(
    connections: Connections,
):
    with (
        connections.seat(Protocol.WEBSOCKET) as silent,
        connections.seat(Protocol.WEBSOCKET) as busy,
        connections.seat(Protocol.WEBSOCKET) as known,
    ):
        connections.introduce(silent, [])
        connections.introduce(busy, [])
        connections.introduce(known, [AS_STAFF["authorization"]])
        busy.subscriptions += 1
        await asyncio.sleep(0.01)
        connections.look()
        assert silent.over.result().code is CloseCode.NORMAL
        assert not busy.over.done()
        assert not known.over.done()
        busy.rest()
        await asyncio.sleep(0.01)
        connections.look()
        assert busy.over.done()


async def test_a_look_that_fails_is_not_the_last(
    connections: Connections, monkeypatch: pytest.MonkeyPatch
):
    looks = 0

    def look() -> None:
        nonlocal looks
        looks += 1
        raise RuntimeError

    monkeypatch.setattr(connections, "look", look)
    monkeypatch.setattr(places, "LOOK_SECONDS", 0.001)
    async with asyncio.timeout(PATIENCE_SECONDS), connections.kept():
        while looks < 3:
            await asyncio.sleep(0.001)


async def test_messages_are_read_no_faster_than_the_pace(mall: Mall):
    async with mall.socket() as socket:
        begun = time.monotonic()
        for _ in range(70):
            await socket.say(type="ping")
        for _ in range(70):
            assert await socket.heard() == {"type": "pong"}
        # Fifty at once, and twenty each second from then on.
        assert time.monotonic() - begun > 0.9


class HandTime:
    """A loop whose time passes while somebody sleeps, and at no other time."""

    def __init__(self) -> None:
        self.now = 0.0

    def get_running_loop(self) -> "HandTime":
        """The loop itself."""
        return self

    def time(self) -> float:
        """The moment that it is."""
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Let so much time pass."""
        self.now += seconds


async def test_a_pace_lets_a_burst_through_and_then_keeps_even(monkeypatch: pytest.MonkeyPatch):
    hand = HandTime()
    monkeypatch.setattr(paces, "asyncio", hand)
    pace = Pace(each_second=128, burst=5)
    at: list[float] = []
    for _ in range(8):
        await pace.next()
        at.append(hand.now * 128)
    assert at == [0, 0, 0, 0, 0, 1, 2, 3]
    # Whoever was silent for long may not say all of that at once.
    hand.now += 60
    at = []
    for _ in range(7):
        await pace.next()
        at.append((hand.now - 60) * 128)
    assert at == [3, 3, 3, 3, 3, 4, 5]


async def test_a_mailbox_that_is_full_gives_way_to_the_latest():
    mailbox = Mailbox[int](3, lambda: -1)
    before = sample("mall_subscription_overflowed_total")
    for event in range(3):
        mailbox.put(event)
    assert [await mailbox.take() for _ in range(2)] == [0, 1]
    for event in range(3, 6):
        mailbox.put(event)
    mailbox.put(6)
    assert [await mailbox.take() for _ in range(2)] == [-1, 6]
    assert sample("mall_subscription_overflowed_total") == before + 1
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await mailbox.take()


SCOPE = {"type": "websocket", "path": "/graphql", "headers": [], "subprotocols": [PROTOCOL]}


def operations_of(database: Database) -> Operations:
    """What runs subscriptions."""
    documents = Documents(SCHEMA, ACCESS, adhoc_allowed=True)
    return Operations(
        documents, Executor(SCHEMA), gates_of(9), lambda language, actor: context_of(database)
    )


def endpoint_of(database: Database, connections: Connections) -> SocketEndpoint:
    """Where a socket is opened whose messages a test hands over itself."""
    origins = Origins("https://mall.example")
    return SocketEndpoint(connections, operations_of(database), origins)


async def test_a_subscription_that_is_completed_before_it_began_is_not_counted_for_ever(
    database: Database,
):
    brief = Bounds(idle_stranger_seconds=0.0)
    connections = Connections(Authenticator(nobody, STAFF_TOKEN), brief)
    messages = (
        {"type": "connection_init"},
        # Both are there at once, so that the subscription is cancelled before its first step.
        {"type": "subscribe", "id": "1", "payload": {"query": "subscription { a }"}},
        {"type": "complete", "id": "1"},
    )
    said = [
        {"type": "websocket.connect"},
        *({"type": "websocket.receive", "text": json.dumps(each)} for each in messages),
    ]
    heard: list[Any] = []

    async def receive() -> Any:
        if said:
            return said.pop(0)
        # What idles is closed at a look.
        while True:
            await asyncio.sleep(0.01)
            connections.look()

    async def send(message: Any) -> None:
        heard.append(message)

    async with asyncio.timeout(PATIENCE_SECONDS):
        await endpoint_of(database, connections)(SCOPE, receive, send)
    assert heard[-1]["type"] == "websocket.close"
    assert (heard[-1]["code"], heard[-1]["reason"]) == (CloseCode.NORMAL, "Idle")


async def test_a_client_that_does_not_read_is_let_go(
    database: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sockets, "SEND_SECONDS", 0.1)
    endpoint = endpoint_of(database, Connections(Authenticator(nobody, STAFF_TOKEN)))
    said = [{"type": "websocket.connect"}, {"type": "websocket.receive", "text": '{"type":"ping"}'}]

    async def receive() -> Any:
        return said.pop(0) if said else await asyncio.Event().wait()

    async def send(message: Any) -> None:
        if message["type"] == "websocket.send":
            await asyncio.Event().wait()

    before = sample("mall_sockets_closed_total", protocol="websocket", code="1013")
    async with asyncio.timeout(PATIENCE_SECONDS):
        await endpoint(SCOPE, receive, send)
    after = sample("mall_sockets_closed_total", protocol="websocket", code="1013")
    assert after == before + 1


async def test_a_stream_whose_client_takes_no_comment_is_let_go(
    database: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(streams, "SEND_SECONDS", 0.05)
    monkeypatch.setattr(streams, "KEEP_ALIVE_SECONDS", 0.05)
    monkeypatch.setattr(streams, "_CLOSE_SECONDS", 0.05)
    operations = operations_of(database)
    monkeypatch.setattr(operations, "run", silence)
    endpoint = EventStreamEndpoint(
        Connections(Authenticator(nobody, STAFF_TOKEN)), operations, gates_of(1).receiving
    )
    said = [{"type": "http.request", "body": b'{"query": "subscription { a }"}'}]

    async def receive() -> Any:
        return said.pop(0) if said else await asyncio.Event().wait()

    async def send(message: Any) -> None:
        if message["type"] == "http.response.body":
            await asyncio.Event().wait()

    headers = [(b"content-type", b"application/json"), (b"accept", b"text/event-stream")]
    scope = {"type": "http", "method": "POST", "path": "/graphql", "headers": headers}
    async with asyncio.timeout(PATIENCE_SECONDS):
        await endpoint(scope, receive, send)


async def silence(*_: object) -> AsyncGenerator[Body]:
    """A subscription to which nothing happens."""
    await asyncio.Event().wait()
    yield {}


@pytest.fixture
async def leaving(settings: Settings, database: Database) -> AsyncGenerator[Mall]:
    """A mall that a test may let leave."""
    async with served(settings, database) as mall:
        yield mall


async def test_a_process_that_leaves_closes_with_1001_and_tells_streams_to_come_again(
    leaving: Mall,
):
    _, headers = await leaving.someone()
    query = {"query": "subscription { sessionEvents { __typename } }"}
    async with leaving.socket() as socket, leaving.socket() as silent:
        await socket.begin(headers)
        await socket.watch()
        accept = {**headers, "accept": "text/event-stream"}
        async with leaving.api.http.stream(
            "POST", "/graphql", json=query, headers=accept
        ) as stream:
            lines = stream.aiter_lines()
            assert await anext(lines) == "event: next"
            async with stopwatch() as took:
                leaving.server.should_exit = True
                for each in (socket, silent):
                    assert await each.closed() == (1001, "This process is leaving; connect again")
                    # Who comes again at once must reach another process, which refuses nobody.
                    with pytest.raises(ConnectionRefusedError):
                        async with leaving.socket():
                            pytest.fail("it still listened")
                rest = [line async for line in lines]
                assert "event: complete" not in rest
                assert rest[-3:] == [
                    ": 1001 This process is leaving; connect again",
                    "retry: 1000",
                    "",
                ]
                assert took.seconds < 2
    assert sample("mall_sockets_open", protocol="websocket") == 0
    assert sample("mall_sockets_open", protocol="sse") == 0


async def test_what_is_open_and_how_it_was_closed_is_measured(mall: Mall):
    _, headers = await mall.someone()
    name = "miniprogram/SessionEvents"
    closed = sample("mall_sockets_closed_total", protocol="websocket", code="1005")
    sent = sample("mall_subscription_events_total", document=name)
    async with mall.socket() as socket:
        await socket.begin(headers)
        await socket.watch()
        assert sample("mall_sockets_open", protocol="websocket") == 1
        assert sample("mall_subscriptions_open", document=name) == 1
    while sample("mall_sockets_open", protocol="websocket"):
        await asyncio.sleep(0.01)
    assert sample("mall_subscriptions_open", document=name) == 0
    assert sample("mall_sockets_closed_total", protocol="websocket", code="1005") == closed + 1
    assert sample("mall_subscription_events_total", document=name) == sent + 1
