"""graphql-transport-ws to the letter: each message, each close code, and the order of both."""

import asyncio
import struct
from typing import Any

import pytest

from api.sockets import socket as sockets
from tests.api.sockets.serving import EVENTS, Mall
from tests.patience import make_hasty

TEXT = "subscription { sessionEvents { __typename } }"


async def test_somebody_is_told_of_their_sessions_until_they_have_heard_enough(mall: Mall):
    me, headers = await mall.someone()
    async with mall.socket() as socket:
        await socket.begin(headers)
        await socket.watch()
        other, _ = await mall.again(me)
        begun = await socket.event()
        assert begun.pop("at")
        assert begun == {
            "__typename": "SessionBegun",
            "sessionId": f"session_{other.session_id.hex}",
            "clientName": "小程序",
        }
        await socket.say(type="complete", id="1")
        await mall.again(me)
        assert await socket.is_quiet()
        # The id is free again.
        await socket.watch()


async def test_several_subscriptions_run_beside_each_other(mall: Mall):
    me, headers = await mall.someone()
    async with mall.socket() as socket:
        await socket.begin(headers)
        await socket.watch("a")
        await socket.watch("b")
        await mall.again(me)
        heard = [await socket.heard() for _ in range(2)]
        assert {each["id"] for each in heard} == {"a", "b"}
        assert heard[0]["payload"] == heard[1]["payload"]


async def test_a_ping_is_answered_before_and_after_the_beginning(mall: Mall):
    async with mall.socket() as socket:
        await socket.say(type="ping")
        assert await socket.heard() == {"type": "pong"}
        await socket.begin()
        await socket.say(type="ping", payload={"n": 1})
        assert await socket.heard() == {"type": "pong"}
        await socket.say(type="pong")
        await socket.say(type="complete", id="of nothing")
        await socket.say(type="ping")
        assert await socket.heard() == {"type": "pong"}


@pytest.mark.parametrize("protocol", [None, "graphql-ws", "soap"])
async def test_another_subprotocol_is_closed_with_4406(mall: Mall, protocol: str | None):
    async with mall.socket(protocol=protocol) as socket:
        code, reason = await socket.closed()
    assert code == 4406
    assert reason.startswith("Subprotocol not acceptable")


async def test_who_does_not_begin_in_time_is_closed_with_4408(
    mall: Mall, monkeypatch: pytest.MonkeyPatch
):
    make_hasty(monkeypatch, "INIT_SECONDS")
    assert sockets.INIT_SECONDS == 5
    monkeypatch.setattr(sockets, "INIT_SECONDS", 0.2)
    async with mall.socket() as socket:
        await socket.say(type="ping")
        assert await socket.closed() == (4408, "Connection initialisation timeout")
    # Enough for whoever begins at once, on whatever machine.
    monkeypatch.setattr(sockets, "INIT_SECONDS", 1.0)
    async with mall.socket() as socket:
        await socket.begin()
        await asyncio.sleep(1.2)
        await socket.say(type="ping")
        assert await socket.heard() == {"type": "pong"}


async def test_a_second_beginning_is_closed_with_4429(mall: Mall):
    async with mall.socket() as socket:
        await socket.begin()
        await socket.say(type="connection_init")
        assert await socket.closed() == (4429, "Too many initialisation requests")


async def test_who_subscribes_before_the_beginning_is_closed_with_4401(mall: Mall):
    async with mall.socket() as socket:
        await socket.subscribe()
        assert await socket.closed() == (4401, "Unauthorized")


async def test_an_id_that_is_in_use_is_closed_with_4409(mall: Mall):
    _, headers = await mall.someone()
    async with mall.socket() as socket:
        await socket.begin(headers)
        await socket.watch("n")
        await socket.subscribe("n")
        assert await socket.closed() == (4409, "Subscriber for n already exists")


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "hello",
        "null",
        "7",
        "[]",
        "{}",
        '{"type": "start"}',
        '{"type": 1}',
        '{"type": "connection_init", "payload": []}',
        '{"type": "connection_init", "payload": {"authorization": 7}}',
        '{"type": "subscribe", "payload": {}}',
        '{"type": "subscribe", "id": 1, "payload": {}}',
        '{"type": "subscribe", "id": "", "payload": {}}',
        '{"type": "subscribe", "id": "1"}',
        '{"type": "subscribe", "id": "1", "payload": "x"}',
        f'{{"type": "subscribe", "id": "{"i" * 129}", "payload": {{}}}}',
        '{"type": "complete"}',
        "[" * 60_000,
        f'{{"type": "ping", "payload": {{"n": {"9" * 5_000}}}}}',
        b"\x00\x01",
    ],
    ids=lambda frame: repr(frame[:40]),
)
async def test_what_is_no_message_is_closed_with_4400(mall: Mall, frame: str | bytes):
    async with mall.socket() as socket:
        await socket.raw.send(frame)
        code, reason = await socket.closed()
    assert code == 4400
    assert reason.startswith("Invalid message received: ")


async def test_bytes_that_are_no_text_are_closed_as_the_standard_says(mall: Mall):
    async with mall.socket() as socket:
        assert socket.raw.transport
        masked = bytes([0x81, 0x82]) + b"\0\0\0\0" + b"\xff\xfe"
        socket.raw.transport.write(masked)
        assert (await socket.closed())[0] == 1007


async def test_a_frame_may_have_64_kilobytes_and_not_one_byte_more(mall: Mall):
    ping = '{"type": "ping"}'
    async with mall.socket() as socket:
        await socket.raw.send(ping + " " * (65_536 - len(ping)))
        assert await socket.heard() == {"type": "pong"}
        await socket.raw.send(ping + " " * (65_537 - len(ping)))
        assert (await socket.closed())[0] == 1009


async def test_a_large_message_in_small_frames_is_not_let_through(mall: Mall):
    async with mall.socket() as socket:
        assert socket.raw.transport
        piece = b" " * 60_000
        first, more = 0x01, 0x00
        for opcode in (first, more):
            head = struct.pack("!BBH", opcode, 0x80 | 126, len(piece)) + b"\0\0\0\0"
            socket.raw.transport.write(head + piece)
        assert (await socket.closed())[0] == 1009


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "syntax": ({"query": "subscription {"}, "BAD_INPUT"),
    "unknown field": ({"query": "subscription { weather }"}, "BAD_INPUT"),
    "query": ({"query": "{ __typename }"}, "BAD_INPUT"),
    "mutation": (
        {"query": 'mutation { endSession(input: {sessionId: "x"}) { __typename } }'},
        "BAD_INPUT",
    ),
    "two fields": (
        {
            "query": "subscription { a: sessionEvents { __typename } "
            "b: sessionEvents { __typename } }"
        },
        "BAD_INPUT",
    ),
    "which operation": ({"query": f"{TEXT.replace('{', 'A {', 1)} {TEXT}"}, "BAD_INPUT"),
    "other operation": ({"query": TEXT, "operationName": "Other"}, "BAD_INPUT"),
    "unknown document": ({"documentId": "sha256:0"}, "NOT_TRUSTED"),
    "neither": ({}, "BAD_INPUT"),
    "both": ({"query": TEXT, **EVENTS}, "BAD_INPUT"),
    "query of another type": ({"query": 7}, "BAD_INPUT"),
    "variables of another type": ({"query": TEXT, "variables": []}, "BAD_INPUT"),
    "nul": ({"query": TEXT, "variables": {"a": "\0"}}, "BAD_INPUT"),
    "too many tokens": ({"query": f"subscription {{ {'a ' * 2_100} }}"}, "TOO_COSTLY"),
    "stranger": (EVENTS, "UNAUTHENTICATED"),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_what_cannot_run_gets_an_error_with_a_code_and_the_socket_stays(
    mall: Mall, name: str
):
    payload, code = REFUSED[name]
    _, headers = await mall.someone()
    async with mall.socket() as socket:
        await socket.begin({} if name == "stranger" else headers)
        await socket.say(type="subscribe", id="1", payload=payload)
        assert set(await socket.codes()) == {code}
        # Whatever it was, the socket goes on, and so does the id.
        await socket.say(type="subscribe", id="1", payload=payload)
        assert set(await socket.codes()) == {code}


async def test_partners_and_staff_have_no_sessions_to_watch(mall: Mall):
    async with mall.socket() as socket:
        await socket.begin({"authorization": "Bearer a-token-of-the-tests"})
        await socket.subscribe()
        assert await socket.codes() == ["FORBIDDEN"]


async def test_a_subscription_is_no_business_of_a_single_answer(mall: Mall):
    _, headers = await mall.someone()
    answer = await mall.api.post(EVENTS, headers)
    (error,) = answer.json()["errors"]
    assert error["extensions"]["code"] == "BAD_INPUT"
    assert "WebSocket" in error["message"]


@pytest.mark.parametrize(
    ("header", "payload", "words"),
    [
        (None, None, "请先登录。"),
        ("en", None, "Sign in first."),
        ("en", "zh-CN", "请先登录。"),
        ("zh", "en", "Sign in first."),
    ],
)
async def test_errors_are_told_in_the_language_of_the_client(
    mall: Mall, header: str | None, payload: str | None, words: str
):
    headers = {"accept-language": header} if header else {}
    async with mall.socket(headers=headers) as socket:
        await socket.begin({"language": payload} if payload else {})
        await socket.subscribe()
        (error,) = (await socket.heard())["payload"]
    assert error["message"] == words
