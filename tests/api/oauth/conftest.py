"""What the tests of the server share."""

import msgspec
import pytest
from joserfc.jwk import ECKey
from redis.asyncio import Redis

from domain.kernel.clock import system_clock
from domain.kernel.db import Database
from domain.kernel.settings import Settings
from domain.sessions import clients
from domain.sessions.standing import signing_keys
from tests.api.client import Api
from tests.wechat import FakeWeChat


@pytest.fixture
async def signing_key(api: Api, database: Database, settings: Settings) -> ECKey:
    """The mall's own private key."""
    keys = await signing_keys(database.reads, settings.required_vault())
    return ECKey.import_key(msgspec.to_builtins(keys[-1].private))


@pytest.fixture
async def own_clients(database: Database, wechat: FakeWeChat, redis: Redis) -> None:
    """The brand's own clients, as the first request for a token makes them; nobody has tried."""
    own = clients.own_clients(wechat_app_id=wechat.app_id, sends_codes=True)
    async with database.writes.begin() as session:
        await clients.keep_own(session, own, at=system_clock())
