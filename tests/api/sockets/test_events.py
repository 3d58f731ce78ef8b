"""graphql-sse, one connection for each subscription: by the same POST, and in the same words."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from prometheus_client import REGISTRY
from redis.asyncio import Redis

from api.sockets import stream as streams
from tests.api.client import AS_STAFF
from tests.api.sockets.serving import EVENTS, Mall
from tests.api.sockets.test_allowed import block, sign_out
from tests.api.sockets.test_protocol import REFUSED
from tests.patience import PATIENCE_SECONDS, stopwatch

ACCEPT = {"accept": "text/event-stream"}
COMPLETE: tuple[str, Any] = ("complete", None)


class Stream:
    """The events of one response."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._lines: AsyncIterator[str] = response.aiter_lines()

    async def event(self) -> tuple[str, Any]:
        """The next event and its data; a StopAsyncIteration after the last."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            name, data = "", ""
            while True:
                line = await anext(self._lines)
                if line.startswith("event: "):
                    name = line.removeprefix("event: ")
                elif line.startswith("data:"):
                    data = line.removeprefix("data:").strip()
                elif name:
                    return name, json.loads(data) if data else None

    async def happening(self) -> Any:
        """The next event of a session."""
        name, body = await self.event()
        assert (name, set(body)) == ("next", {"data"}), body
        return body["data"]["sessionEvents"]

    async def comment(self) -> None:
        """Wait for the next comment; no event comes before it."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not (line := await anext(self._lines)).startswith(":"):
                assert not line, line

    async def codes(self) -> list[str]:
        """The codes of the errors that the next event has, after which nothing comes."""
        name, body = await self.event()
        assert (name, set(body)) == ("next", {"errors"}), body
        assert await self.event() == COMPLETE
        with pytest.raises(StopAsyncIteration):
            await self.event()
        return [each["extensions"]["code"] for each in body["errors"]]


@asynccontextmanager
async def stream(
    mall: Mall, headers: dict[str, str], body: object = EVENTS
) -> AsyncGenerator[Stream]:
    """Ask for events."""
    given = {**ACCEPT, **headers}
    async with mall.api.http.stream("POST", "/graphql", json=body, headers=given) as response:
        yield Stream(response)


async def test_events_come_one_by_one_as_they_happen(mall: Mall):
    me, headers = await mall.someone()
    async with stream(mall, headers) as events:
        assert events.response.status_code == 200
        assert events.response.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert events.response.headers["cache-control"] == "no-store"
        assert events.response.headers["x-accel-buffering"] == "no"
        assert "content-encoding" not in events.response.headers
        assert events.response.headers["x-request-id"]
        assert (await events.happening())["__typename"] == "SessionWatchBegan"
        other, _ = await mall.again(me)
        assert (await events.happening())["sessionId"] == f"session_{other.session_id.hex}"
        await sign_out(mall, other)
        assert (await events.happening())["reason"] == "SIGNED_OUT"


@pytest.mark.parametrize("name", REFUSED)
async def test_what_cannot_run_is_told_in_an_event(mall: Mall, name: str):
    payload, code = REFUSED[name]
    if name in {"neither", "both", "query of another type", "variables of another type", "nul"}:
        # What is no request of GraphQL is answered as any POST would be.
        answer = await mall.api.post(payload, ACCEPT)
        plain = await mall.api.post(payload)
        assert (answer.status_code, answer.content) == (plain.status_code, plain.content)
        assert answer.status_code == 400
        return
    _, headers = await mall.someone()
    async with stream(mall, {} if name == "stranger" else headers, payload) as events:
        assert events.response.status_code == 200
        assert set(await events.codes()) == {code}


async def test_a_bad_token_is_told_in_an_event(mall: Mall):
    async with stream(mall, {"authorization": "Bearer nonsense"}) as events:
        assert await events.codes() == ["UNAUTHENTICATED"]
    async with stream(mall, AS_STAFF) as events:
        assert await events.codes() == ["FORBIDDEN"]


@pytest.mark.usefixtures("paced")
@pytest.mark.parametrize("is_blocked", [False, True])
async def test_signing_out_ends_the_stream_with_its_reason_within_five_seconds(
    mall: Mall, redis: Redis, *, is_blocked: bool
):
    me, headers = await mall.someone()
    async with stream(mall, headers) as events:
        await events.happening()
        async with stopwatch() as took:
            await (block if is_blocked else sign_out)(mall, me)
            name, body = await events.event()
            if "data" in body:
                # It may still have heard of its own end.
                assert body["data"]["sessionEvents"]["__typename"] == "SessionEnded"
                name, body = await events.event()
            assert took.seconds < 5
        (error,) = body["errors"]
        assert name == "next"
        assert error["extensions"]["code"] == ("FORBIDDEN" if is_blocked else "UNAUTHENTICATED")
        assert await events.event() == COMPLETE


async def test_a_silent_stream_says_that_it_is_alive(mall: Mall, monkeypatch: pytest.MonkeyPatch):
    assert streams.KEEP_ALIVE_SECONDS == 12
    monkeypatch.setattr(streams, "KEEP_ALIVE_SECONDS", 0.1)
    me, headers = await mall.someone()
    async with stream(mall, headers) as events:
        await events.happening()
        await events.comment()
        await events.comment()
        await mall.again(me)
        await events.happening()


async def test_a_client_that_leaves_makes_room_at_once(mall: Mall):
    def open_ones() -> float | None:
        return REGISTRY.get_sample_value("mall_sockets_open", {"protocol": "sse"})

    _, headers = await mall.someone()
    async with stream(mall, headers) as events:
        await events.happening()
        assert open_ones() == 1
    async with asyncio.timeout(streams.KEEP_ALIVE_SECONDS / 2):
        # What it sends next would fail; it need not come to that.
        while open_ones():
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    "accept",
    ["application/json, text/event-stream", "text/event-stream, */*;q=0.1"],
)
async def test_who_reads_single_answers_gets_one(mall: Mall, accept: str):
    answer = await mall.api.post({"query": "{ __typename }"}, {"accept": accept})
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert answer.json()["data"] == {"__typename": "Query"}


async def test_events_are_for_posts_that_ask_for_them(mall: Mall):
    assert (await mall.api.http.get("/graphql", headers=ACCEPT)).status_code == 406
    for accept in ("text/event-stream;q=0", "text/event-streams", "text/html"):
        answer = await mall.api.post(EVENTS, {"accept": accept})
        assert answer.status_code == 406


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"{}", {"content-type": "text/plain"}, 415),
        (b"{", {}, 400),
        (b"null", {}, 400),
        (b" " * 100_001, {}, 413),
    ],
)
async def test_a_body_that_cannot_be_read_is_refused_as_ever(
    mall: Mall, body: bytes, headers: dict[str, str], status: int
):
    answer = await mall.api.post(body, {**ACCEPT, **headers})
    plain = await mall.api.post(body, headers)
    assert answer.status_code == plain.status_code == status
    assert answer.content == plain.content
