"""The whole server put together, for as long as the API runs."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random

from redis.asyncio import Redis
from starlette.routing import Route

from api.oauth.driver import Driver
from api.oauth.endpoints import Introspection, Revocation
from api.oauth.grants import ClientCredentials, RefreshToken
from api.oauth.limits import Attempts
from api.oauth.metadata import Metadata
from api.oauth.server import MallServer
from api.oauth.standing import Standing
from api.oauth.tokens import AccessTokens
from api.oauth.views import OAuthViews
from domain.kernel.clock import Clock
from domain.kernel.db import Database
from domain.kernel.sealing import Vault


@dataclass(frozen=True, slots=True)
class OAuth:
    """What the rest of the API needs of the server."""

    tokens: AccessTokens
    standing: Standing
    routes: list[Route]


@asynccontextmanager
async def open_oauth(
    database: Database, vault: Vault, redis: Redis, *, issuer: str, clock: Clock, random: Random
) -> AsyncGenerator[OAuth]:
    """Put the server together, and keep its copy of what stands as long as the block runs.

    ``random`` must be a source that nobody can guess.
    """
    standing = Standing(database, vault, clock, random)
    tokens = AccessTokens(standing, issuer, clock, random)
    server = MallServer(
        tokens,
        grants=[RefreshToken, ClientCredentials],
        endpoints=[Revocation(tokens), Introspection(tokens)],
    )
    views = OAuthViews(
        server,
        Driver(database.writes, clock, random),
        standing,
        Attempts(redis, clock),
        issuer,
    )
    routes = [*views.routes(), *Metadata(standing, issuer).routes()]
    async with standing.kept():
        yield OAuth(tokens, standing, routes)
