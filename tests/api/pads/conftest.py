"""What the tests of pads share."""

import pytest
from redis.asyncio import Redis

from domain.kernel.clock import system_clock
from domain.kernel.db import Database
from domain.sessions import clients
from tests.api.client import Api
from tests.api.oauth.conftest import refused_at_once
from tests.api.pads.desk import RIVER, PadInHand, Shop, a_shop

__all__ = ["refused_at_once"]


@pytest.fixture
async def shop(api: Api, database: Database, redis: Redis) -> Shop:
    """A store with its manager, and the client of pads; nobody has tried anything yet."""
    own = clients.own_clients(
        wechat_app_id=None, sends_codes=False, playground="https://mall.example/playground"
    )
    async with database.writes.begin() as session:
        await clients.keep_own(session, own, at=system_clock())
    return await a_shop(api, database)


@pytest.fixture
async def other_shop(api: Api, database: Database, shop: Shop) -> Shop:
    """Another store with another manager."""
    return await a_shop(api, database, RIVER)


@pytest.fixture
async def pad(shop: Shop) -> PadInHand:
    """A pad of the store that is signed in."""
    return await shop.let_in()
