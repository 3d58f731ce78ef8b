"""The clients that frontends use, run by Node against a mall: `graphql-ws` and `graphql-sse`."""

import asyncio
import json
from collections.abc import AsyncGenerator, Generator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from subprocess import Popen
from typing import Any

import pytest
from redis.asyncio import Redis

import tests
from domain.kernel.db import Database
from domain.kernel.settings import Settings
from domain.sessions.rules import ACCESS_LIFE, LEEWAY
from tests.api.sockets.serving import EVENTS, Mall, served
from tests.api.sockets.test_allowed import Later, sign_out
from tests.node import Packages, installed
from tests.patience import stopwatch

CLIENTS = Path(tests.__file__).parent / "npm_clients"
REGISTERED = {"query": "", **EVENTS}
"""A registered document as `graphql-ws` lets it be asked for: never without a query."""
_PATIENCE_SECONDS = 60.0


@pytest.fixture(scope="session")
def packages() -> Packages:
    """Both clients, installed."""
    return installed(CLIENTS)


class Frontend:
    """A client of npm in a process of its own."""

    def __init__(self, process: "Popen[str]") -> None:
        self._process = process

    async def heard(self) -> tuple[str, Any]:
        """What it heard next."""
        assert self._process.stdout
        async with asyncio.timeout(_PATIENCE_SECONDS):
            what, detail = json.loads(await asyncio.to_thread(self._process.stdout.readline))
        return what, detail

    async def happening(self) -> Any:
        """What it heard next, which is an event of a session."""
        what, result = await self.heard()
        assert what == "next", (what, result)
        assert set(result) == {"data"}
        return result["data"]["sessionEvents"]

    def tell(self, **said: object) -> None:
        """Tell it something."""
        assert self._process.stdin
        self._process.stdin.write(f"{json.dumps(said)}\n")
        self._process.stdin.flush()


@contextmanager
def by_socket(
    packages: Packages, mall: Mall, headers: dict[str, str], payload: object = REGISTERED
) -> Generator[Frontend]:
    """`graphql-ws`, subscribing."""
    arguments = (mall.socket_url, headers["authorization"], json.dumps(payload))
    with packages.running(CLIENTS / "socket.mjs", *arguments) as process:
        yield Frontend(process)


@contextmanager
def by_events(
    packages: Packages, mall: Mall, headers: dict[str, str], payload: object = EVENTS
) -> Generator[Frontend]:
    """`graphql-sse`, subscribing."""
    arguments = (mall.url, headers["authorization"], json.dumps(payload))
    with packages.running(CLIENTS / "events.mjs", *arguments) as process:
        yield Frontend(process)


async def test_graphql_ws_hears_events_and_ends(packages: Packages, mall: Mall, redis: Redis):
    me, headers = await mall.someone()
    with by_socket(packages, mall, headers) as client:
        assert await client.heard() == ("connected", None)
        assert (await client.happening())["__typename"] == "SessionWatchBegan"
        other, _ = await mall.again(me)
        assert (await client.happening())["sessionId"] == f"session_{other.session_id.hex}"
        await sign_out(mall, other)
        assert (await client.happening())["reason"] == "SIGNED_OUT"
        client.tell(end=True)
        assert await client.heard() == ("complete", None)
        assert await client.heard() == ("closed", {"code": 1000, "reason": "Normal Closure"})


async def test_graphql_ws_hears_what_is_wrong_with_a_document(packages: Packages, mall: Mall):
    _, headers = await mall.someone()
    with by_socket(packages, mall, headers, {"query": "subscription {"}) as client:
        assert await client.heard() == ("connected", None)
        what, errors = await client.heard()
        assert what == "error"
        assert [each["extensions"]["code"] for each in errors] == ["BAD_INPUT"]


async def test_graphql_ws_is_out_within_five_seconds_and_does_not_come_again(
    packages: Packages, mall: Mall, redis: Redis
):
    me, headers = await mall.someone()
    with by_socket(packages, mall, headers) as client:
        await client.heard()
        await client.happening()
        async with stopwatch() as took:
            await sign_out(mall, me)
            what, detail = await client.heard()
            if what == "next":
                what, detail = await client.heard()
            reason = "You are signed out; sign in again."
            assert (what, detail) == ("closed", {"code": 4401, "reason": reason})
            assert took.seconds < 5
        assert await client.heard() == ("error", {"code": 4401})


@pytest.fixture
async def later(settings: Settings, database: Database) -> AsyncGenerator[tuple[Mall, Later]]:
    """A mall whose time passes as a test wants."""
    clock = Later()
    async with served(settings, database, clock=clock) as mall:
        yield mall, clock


async def test_graphql_ws_comes_again_with_a_fresh_token_when_its_own_has_expired(
    packages: Packages, later: tuple[Mall, Later]
):
    mall, clock = later
    me, headers = await mall.someone()
    with by_socket(packages, mall, headers) as client:
        await client.heard()
        await client.happening()
        clock.ahead = ACCESS_LIFE + LEEWAY - timedelta(seconds=20)
        _, fresh = await mall.again(me)
        assert (await client.happening())["__typename"] in {"SessionBegun", "SessionWatchBegan"}
        client.tell(**fresh)
        clock.ahead += timedelta(seconds=30)
        what, detail = await client.heard()
        while what == "next":
            what, detail = await client.heard()
        assert (what, detail["code"]) == ("closed", 4403)
        assert await client.heard() == ("connected", None)
        # It need not know that it was away: the first event says so.
        assert (await client.happening())["__typename"] == "SessionWatchBegan"


async def test_graphql_ws_comes_again_when_the_process_has_left(
    packages: Packages, settings: Settings, database: Database
):
    async with served(settings, database) as mall:
        _, headers = await mall.someone()
        with by_socket(packages, mall, headers) as client:
            await client.heard()
            await client.happening()
            mall.server.should_exit = True
            what, detail = await client.heard()
            assert (what, detail["code"]) == ("closed", 1001)
            while mall.server.started and mall.server.servers[0].is_serving():
                await asyncio.sleep(0.01)
            async with served(settings, database, port=mall.port):
                while what != "connected":
                    what, detail = await client.heard()
                    assert what != "error", detail
                assert (await client.happening())["__typename"] == "SessionWatchBegan"


async def test_graphql_sse_hears_events_until_it_is_out(
    packages: Packages, mall: Mall, redis: Redis
):
    me, headers = await mall.someone()
    with by_events(packages, mall, headers) as client:
        assert (await client.happening())["__typename"] == "SessionWatchBegan"
        other, _ = await mall.again(me)
        assert (await client.happening())["sessionId"] == f"session_{other.session_id.hex}"
        async with stopwatch() as took:
            await sign_out(mall, me)
            what, result = await client.heard()
            if "data" in result:
                what, result = await client.heard()
            assert took.seconds < 5
        (error,) = result["errors"]
        assert (what, error["extensions"]["code"]) == ("next", "UNAUTHENTICATED")
        assert await client.heard() == ("complete", None)


async def test_graphql_sse_hears_what_is_wrong_with_a_document(packages: Packages, mall: Mall):
    _, headers = await mall.someone()
    with by_events(packages, mall, headers, {"query": "subscription {"}) as client:
        what, result = await client.heard()
        assert what == "next"
        assert [each["extensions"]["code"] for each in result["errors"]] == ["BAD_INPUT"]
        assert await client.heard() == ("complete", None)


async def test_graphql_sse_ends_when_it_wants_to(packages: Packages, mall: Mall):
    _, headers = await mall.someone()
    with by_events(packages, mall, headers) as client:
        await client.happening()
        client.tell(end=True)
        assert await client.heard() == ("complete", None)
