"""The gateways to WeChat as tests open them: to the fake one, or to one that answers as told."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from redis.asyncio import Redis

from domain.gateways.transport import Patience, Transport, open_transport
from domain.gateways.wechat.access import MiniProgram
from domain.gateways.wechat.login import MiniProgramLogin
from domain.gateways.wechat.phone import MiniProgramPhone
from domain.gateways.wechat.tokens import AccessTokens
from domain.kernel.clock import Clock
from tests.domain.gateways.wires import HandClock, Reply, Wire, reply
from tests.wechat import APP_ID, APP_SECRET, FakeWeChat

TOKEN_ENDPOINT = "/cgi-bin/stable_token"  # noqa: S105
GRANTED = reply({"access_token": "first-token", "expires_in": 7200})
HURRIED = Patience(connect_seconds=1, read_seconds=0.3, whole_seconds=1)
"""Long enough for a fake WeChat in the same process, and soon over where it does not answer."""

NONSENSE = {
    "HTML": Reply(200, b"<html>502 Bad Gateway</html>", {"content-type": "text/html"}),
    "nothing": Reply(200, b""),
    "half of it": Reply(200, b'{"openid": "o'),
    "no text": Reply(200, b'{"errcode": 0, \xff\xfe'),
    "a list": reply([]),
    "null": reply(None),
    "an errcode in words": reply({"errcode": "busy"}),
    "an errcode that is true": reply({"errcode": True}),
    "an error of the server": Reply(500, b'{"openid": "someone"}'),
    "a gateway's error": Reply(504, b"<html>"),
    "too much of it": Reply(200, b'{"openid": "' + b"x" * 2_000_000 + b'"}'),
}
"""Answers that nobody can understand, by what they are."""


@dataclass(frozen=True)
class Desk:
    """What of WeChat a test calls."""

    transport: Transport
    tokens: AccessTokens
    program: MiniProgram

    @property
    def login(self) -> MiniProgramLogin:
        """Signing in."""
        return MiniProgramLogin(self.transport, app_id=APP_ID, app_secret=APP_SECRET)

    @property
    def phone(self) -> MiniProgramPhone:
        """Phone numbers."""
        return MiniProgramPhone(self.program)


@asynccontextmanager
async def address_of(wechat: FakeWeChat | Wire) -> AsyncGenerator[str]:
    """Where to ask it."""
    if isinstance(wechat, FakeWeChat):
        yield wechat.url
        return
    async with wechat.served() as url:
        yield url


@asynccontextmanager
async def open_desk(
    wechat: FakeWeChat | Wire,
    redis: Redis,
    *,
    clock: Clock | None = None,
    patience: Patience | None = None,
    app_secret: str = APP_SECRET,
) -> AsyncGenerator[Desk]:
    """Open one process's gateways."""
    async with (
        address_of(wechat) as url,
        open_transport(url, service="wechat", patience=patience) as transport,
    ):
        tokens = AccessTokens(
            transport,
            app_id=APP_ID,
            app_secret=app_secret,
            clock=clock or HandClock(),
            redis=redis,
        )
        yield Desk(transport, tokens, MiniProgram(transport, tokens, app_id=APP_ID))
        await tokens.close()
