"""What the servers beside the mall have in common with it: settings, the verifier, uvicorn."""

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from random import SystemRandom

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse

from api.auth import Authenticator
from api.oauth.standing import Standing
from api.oauth.tokens import AccessTokens
from domain.kernel.actors import Actor
from domain.kernel.clock import system_clock
from domain.kernel.db import (
    IDLE_IN_TRANSACTION_TIMEOUT_MS,
    LOCK_TIMEOUT_MS,
    open_database,
)
from domain.kernel.garbage import settle
from domain.kernel.settings import Settings, read_settings

CONSTANT = "constant.json"
"""The file in the mall's home with what is answered without a database."""
ORM_PATH, ORM_CACHED_PATH = "/graphql", "/cached"
PATIENCE_SECONDS = 60.0
"""How long a connection and a statement may take: of a crowd some wait long."""
SESSION = {
    "timezone": "UTC",
    "statement_timeout": str(int(PATIENCE_SECONDS * 1_000)),
    "lock_timeout": str(LOCK_TIMEOUT_MS),
    "idle_in_transaction_session_timeout": str(IDLE_IN_TRANSACTION_TIMEOUT_MS),
    "default_transaction_read_only": "on",
}
"""What the mall tells PostgreSQL on each connection for reads, but for its patience."""


def settings() -> Settings:
    """The mall's settings of this process's environment."""
    return read_settings(os.environ)


def media_url(given: Settings) -> str:
    """Where the mall says that its pictures are."""
    return f"{given.base_url}/media/"


@asynccontextmanager
async def open_verifier(given: Settings) -> AsyncGenerator[Authenticator]:
    """The mall's own verifier of tokens, which looks twice a second for who is out.

    Once it is there, garbage is looked for as seldom as the mall does.
    """
    async with open_database(
        given.required_database_url(), read_connections=1, write_connections=1
    ) as database:
        random = SystemRandom()
        standing = Standing(database, given.required_vault(), system_clock, random)
        async with standing.kept():
            tokens = AccessTokens(standing, given.base_url, system_clock, random)
            settle()
            yield Authenticator(tokens.actor, staff_token=None)


def actor_of(verifier: Authenticator, request: Request) -> Actor | None:
    """Whoever sends a request; raises as the mall's verifier does."""
    return verifier.actor(request.headers.getlist("authorization"))


async def livez(_request: Request) -> PlainTextResponse:
    """Say that the process is there."""
    return PlainTextResponse("ok")


def serve(app: Starlette, given: Settings) -> None:
    """Serve until told to stop, under uvicorn set as the mall sets it."""
    uvicorn.run(
        app,
        port=given.port,
        loop="uvloop",
        http="httptools",
        log_config=None,
        access_log=False,
        server_header=False,
    )
