"""The whole server put together, for as long as the API runs."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random

from redis.asyncio import Redis
from starlette.routing import Route

from api.members.desk import MemberDesk
from api.oauth.beginning import Beginning
from api.oauth.driver import Driver
from api.oauth.endpoints import Introspection, Revocation
from api.oauth.grants import ClientCredentials, RefreshToken
from api.oauth.limits import Attempts
from api.oauth.member_grants import PhoneCode, WeChatMiniProgram
from api.oauth.metadata import Metadata
from api.oauth.phone_codes import PhoneCodes
from api.oauth.server import MallServer
from api.oauth.standing import Standing
from api.oauth.tokens import AccessTokens
from api.oauth.views import OAuthViews
from domain.kernel.clock import Clock
from domain.kernel.db import Database
from domain.members.ports import WeChatLogin


@dataclass(frozen=True, slots=True)
class OAuth:
    """What the rest of the API needs of the server."""

    tokens: AccessTokens
    standing: Standing
    routes: list[Route]


@dataclass(frozen=True, slots=True)
class Services:
    """What the server is given: its address, and who vouches for people outside."""

    issuer: str
    wechat_app_id: str | None
    login: WeChatLogin | None
    members: MemberDesk


@asynccontextmanager
async def open_oauth(
    database: Database, redis: Redis, services: Services, *, clock: Clock, random: Random
) -> AsyncGenerator[OAuth]:
    """Put the server together, and keep its copy of what stands as long as the block runs.

    ``random`` must be a source that nobody can guess.
    """
    vault, issuer = services.members.vault, services.issuer
    standing = Standing(database, vault, clock, random)
    tokens = AccessTokens(standing, issuer, clock, random)
    server = MallServer(
        tokens,
        grants=[RefreshToken, ClientCredentials, WeChatMiniProgram, PhoneCode],
        endpoints=[Revocation(tokens), Introspection(tokens)],
    )
    driver, attempts = Driver(database.writes, vault, clock, random), Attempts(redis, clock)
    views = OAuthViews(
        server,
        driver,
        Beginning(
            database.writes,
            standing,
            clock,
            wechat_app_id=services.wechat_app_id,
            sends_codes=services.members.sms is not None,
        ),
        attempts,
        login=services.login,
        phone_codes=PhoneCodes(server, driver, services.members, attempts)
        if services.members.sms
        else None,
    )
    routes = [*views.routes(), *Metadata(standing, issuer).routes()]
    async with standing.kept():
        yield OAuth(tokens, standing, routes)
