"""Malls that are served over real connections, and clients that say exactly what a test wants."""

import asyncio
import json
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from random import Random
from typing import Any

import httpx
from typing_extensions import override
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin, Subprotocol

from api.app import open_app
from api.health import Readiness
from api.sockets import watching
from cli.api import DrainingServer, server_config
from domain.kernel.clock import Clock, system_clock
from domain.kernel.db import Database
from domain.kernel.settings import Settings
from migrations.history import revisions
from tests.api.client import DOCUMENT_IDS, Api
from tests.api.oauth.desk import SignedIn, bearer, mini_program, refresh, sign_in
from tests.patience import PATIENCE_SECONDS

PROTOCOL = "graphql-transport-ws"
EVENTS = {"documentId": DOCUMENT_IDS["miniprogram/SessionEvents"]}


class Server(DrainingServer):
    """The mall's own server, which leaves the signals of the process to the tests."""

    @override
    @contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


@dataclass
class Socket:
    """One WebSocket, as a client that may break every rule holds it."""

    raw: ClientConnection

    async def say(self, **message: object) -> None:
        """Send one message."""
        await self.raw.send(json.dumps(message))

    async def heard(self) -> Any:
        """The next message."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            return json.loads(await self.raw.recv())

    async def begin(self, headers: dict[str, str] | None = None, **payload: object) -> None:
        """Say who it is and hear that it may go on."""
        await self.say(type="connection_init", payload={**(headers or {}), **payload})
        assert await self.heard() == {"type": "connection_ack"}

    async def subscribe(self, id: str = "1", **payload: object) -> None:  # noqa: A002
        """Subscribe, to the caller's sessions where nothing else is said."""
        await self.say(type="subscribe", id=id, payload=payload or EVENTS)

    async def watch(self, id: str = "1") -> None:  # noqa: A002
        """Subscribe to the caller's sessions, and hear that nothing is missed any more."""
        await self.subscribe(id)
        assert (await self.event())["__typename"] == "SessionWatchBegan"

    async def event(self) -> Any:
        """The next message, which is an event of a session."""
        message = await self.heard()
        assert message["type"] == "next", message
        assert set(message["payload"]) == {"data"}, message
        return message["payload"]["data"]["sessionEvents"]

    async def codes(self) -> list[str]:
        """The next message, which says why a subscription is over."""
        message = await self.heard()
        assert message["type"] == "error", message
        assert all(each["message"] for each in message["payload"])
        return [each["extensions"]["code"] for each in message["payload"]]

    async def closed(self, seconds: float = PATIENCE_SECONDS) -> tuple[int, str]:
        """How the mall closes the connection; what it says before is not looked at."""
        async with asyncio.timeout(seconds):
            with suppress(ConnectionClosed):
                while True:
                    await self.raw.recv()
            await self.raw.wait_closed()
        assert self.raw.close_code is not None
        return self.raw.close_code, self.raw.close_reason or ""

    async def is_quiet(self, seconds: float | None = None) -> bool:
        """Whether nothing is said for so long, or for more than a look of the mall."""
        try:
            async with asyncio.timeout(seconds or max(0.3, 1.5 * watching.LOOK_SECONDS)):
                await self.raw.recv()
        except TimeoutError:
            return True
        return False


@dataclass
class Mall:
    """A served mall."""

    api: Api
    database: Database
    server: Server
    port: int

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}/graphql"

    @property
    def socket_url(self) -> str:
        """Where its WebSocket is."""
        return f"ws://127.0.0.1:{self.port}/graphql"

    @asynccontextmanager
    async def socket(
        self,
        *,
        origin: str | None = None,
        protocol: str | None = PROTOCOL,
        headers: dict[str, str] | None = None,
    ) -> AsyncGenerator[Socket]:
        """A WebSocket of a client that has said nothing yet."""
        async with connect(
            self.socket_url,
            origin=Origin(origin) if origin is not None else None,
            subprotocols=[Subprotocol(protocol)] if protocol else None,
            additional_headers=headers,
            user_agent_header=None,
            proxy=None,
            compression=None,
        ) as raw:
            yield Socket(raw)

    async def someone(self, like: SignedIn | None = None) -> tuple[SignedIn, dict[str, str]]:
        """A new session, of somebody new or of the same person, and the header of its token."""
        if like is None:
            await mini_program(self.database)
        return await self.again(like)

    async def again(self, like: SignedIn | None) -> tuple[SignedIn, dict[str, str]]:
        """A new session of somebody whose client is known."""
        signed_in = await sign_in(self.database, "mini", like.member_id if like else None)
        answer = await refresh(self.api, signed_in.refresh_token)
        assert answer.status_code == 200, answer.text
        return signed_in, bearer(answer.json()["access_token"])


@asynccontextmanager
async def served(
    settings: Settings, database: Database, *, clock: Clock = system_clock, port: int = 0
) -> AsyncGenerator[Mall]:
    """A mall served by this event loop as `mall api` serves it, on a free port if none is given."""
    readiness = Readiness()
    async with open_app(
        settings,
        readiness,
        clock=clock,
        random=Random(1),
        older_revisions=revisions().older,
    ) as app:
        config = server_config(app, settings)
        config.port = port
        # Longer than clients keep a connection: it must not end at the moment at which one asks.
        config.timeout_keep_alive = 60
        server = Server(config, readiness, drain_seconds=0)
        serving = asyncio.create_task(server.serve())
        while not server.started:
            assert not serving.done(), "the mall did not start"
            await asyncio.sleep(0.001)
        port = server.servers[0].sockets[0].getsockname()[1]
        base_url = f"http://127.0.0.1:{port}"
        try:
            async with httpx.AsyncClient(
                base_url=base_url, timeout=PATIENCE_SECONDS, trust_env=False
            ) as http:
                yield Mall(Api(http, readiness), database, server, port)
        finally:
            server.should_exit = True
            await serving
