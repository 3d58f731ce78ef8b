"""``mall api``: serves the GraphQL API until it is told to stop."""

import asyncio
import os
import socket
from random import SystemRandom
from types import FrameType

import click
import uvicorn
import uvloop
from starlette.types import ASGIApp
from typing_extensions import override

from api.app import open_app
from api.health import Readiness
from domain.kernel.clock import system_clock
from domain.kernel.failpoints import arm
from domain.kernel.garbage import settle
from domain.kernel.logs import configure_logs, logger
from domain.kernel.settings import Settings, read_settings
from migrations.history import revisions

_LOG = logger(__name__)
LARGEST_FRAME_BYTES = 64 * 1024
PING_SECONDS = 20.0
"""How often a socket is asked whether anybody is there, and how long for the answer."""


@click.command("api")
def command() -> None:
    """Serve the GraphQL API on MALL_HOST and MALL_PORT.

    At SIGTERM it says that it is not ready, waits MALL_DRAIN_SECONDS for the balancer to see
    it, lets requests under way end within MALL_SHUTDOWN_SECONDS, and stops.
    """
    settings = read_settings(os.environ)
    settings.require_servers()
    configure_logs(settings.log_level, settings.log_format)
    if settings.failpoint is not None:
        arm(settings.failpoint)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(settings))


async def _serve(settings: Settings) -> None:
    readiness = Readiness()
    async with open_app(
        settings,
        readiness,
        clock=system_clock,
        random=SystemRandom(),
        older_revisions=revisions().older,
    ) as app:
        settle()
        await DrainingServer(
            server_config(app, settings), readiness, settings.drain_seconds
        ).serve()


class DrainingServer(uvicorn.Server):
    """A server that is seen to be leaving before it leaves."""

    def __init__(self, config: uvicorn.Config, readiness: Readiness, drain_seconds: float) -> None:
        super().__init__(config)
        self._readiness = readiness
        self._drain_seconds = drain_seconds

    @override
    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Leave after the drain; at once when told a second time.

        The signal is not handed on to uvicorn, which would raise it again at the end and so
        kill the process before its pools are closed.
        """
        if self._readiness.is_draining:
            self.should_exit = True
            self.force_exit = True
            return
        _LOG.info("api.draining", seconds=self._drain_seconds)
        self._readiness.is_draining = True
        loop = asyncio.get_running_loop()
        loop.call_soon_threadsafe(loop.call_later, self._drain_seconds, self._leave)

    @override
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Say goodbye on the connections that stay open, then leave as uvicorn does.

        It listens no more by then: whoever comes again at once reaches another process.
        """
        for server in self.servers:
            server.close()
        for farewell in self._readiness.farewells:
            await farewell()
        await super().shutdown(sockets)

    def _leave(self) -> None:
        self.should_exit = True


def server_config(app: ASGIApp, settings: Settings) -> uvicorn.Config:
    """How uvicorn serves the API."""
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="none",
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=LARGEST_FRAME_BYTES,
        ws_ping_interval=PING_SECONDS,
        ws_ping_timeout=PING_SECONDS,
        # What is sent is short, and each socket would keep a window for it.
        ws_per_message_deflate=False,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=int(settings.shutdown_seconds),
    )
