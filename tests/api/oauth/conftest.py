"""What the tests of the server share."""

import msgspec
import pytest
from joserfc.jwk import ECKey
from redis.asyncio import Redis

from api.oauth import refusals
from domain.kernel.clock import system_clock
from domain.kernel.db import Database
from domain.kernel.settings import Settings
from domain.members.models import ConsentText
from domain.members.words import ConsentPurpose
from domain.sessions import clients
from domain.sessions.clients import NewClient
from domain.sessions.rules import MEMBER_SCOPES, Grant
from domain.sessions.standing import signing_keys
from tests.api.client import Api
from tests.api.oauth.browser import ORIGIN, REDIRECT_URI, Browser
from tests.api.oauth.desk import Partner, register
from tests.api.oauth.office import OFFICE
from tests.wechat import FakeWeChat


@pytest.fixture
def refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """No refusal is held back: tests/api/oauth/test_refusals.py shows for how long each is."""
    monkeypatch.setattr(refusals, "REFUSED_AFTER_SECONDS", 0.0)


@pytest.fixture
async def signing_key(api: Api, database: Database, settings: Settings) -> ECKey:
    """The mall's own private key."""
    keys = await signing_keys(database.reads, settings.required_vault())
    return ECKey.import_key(msgspec.to_builtins(keys[-1].private))


@pytest.fixture
async def own_clients(database: Database, wechat: FakeWeChat, redis: Redis) -> None:
    """The brand's own clients, as the first request for a token makes them; nobody has tried."""
    own = clients.own_clients(
        wechat_app_id=wechat.app_id, sends_codes=True, playground=f"{ORIGIN}/playground"
    )
    async with database.writes.begin() as session:
        await clients.keep_own(session, own, at=system_clock())


@pytest.fixture
async def webshop(database: Database, own_clients: None) -> Partner:
    """A web shop with a secret, which signs members in and may refresh."""
    grants = (Grant.AUTHORIZATION_CODE, Grant.REFRESH)
    new = NewClient("webshop", "<官网>", grants, MEMBER_SCOPES, (REDIRECT_URI,))
    return await register(database, new)


@pytest.fixture
async def phone_text(database: Database) -> None:
    """The text that somebody new agrees to in a browser."""
    async with database.writes.begin() as session:
        session.add(
            ConsentText(
                purpose=ConsentPurpose.PHONE,
                version=3,
                title_zh="手机号使用说明",
                title_en="Your phone number",
                body_zh="我们用它<登录>。",
                body_en="We use it to sign you in.",
                published_at=system_clock(),
            )
        )


@pytest.fixture
def browser(api: Api, phone_text: None) -> Browser:
    """A browser in which nobody is signed in."""
    return Browser(api)


@pytest.fixture
async def office(database: Database, redis: Redis) -> None:
    """The client of the staff; nobody has tried to sign in yet."""
    await register(database, OFFICE, with_secret=False)


@pytest.fixture
def desk(api: Api, office: None) -> Browser:
    """A browser in which nobody of the staff is signed in."""
    return Browser(api)
