"""What the tests of telling share."""

from collections.abc import AsyncGenerator

import pytest
from redis.asyncio import Redis

from domain.kernel.clock import system_clock
from domain.kernel.db import Database
from domain.kernel.settings import Settings
from tests.api.payments.malls import paying_mall
from tests.api.shipping_duty.parcels import Depot
from tests.domain.orders.buying import Shop, a_shop
from tests.domain.payments.tills import Clock
from tests.wechat import FakeWeChat


@pytest.fixture
async def depot(
    settings: Settings, wechat: FakeWeChat, database: Database, redis: Redis
) -> AsyncGenerator[Depot]:
    """A mall whose shipping WeChat is told; its clock is real time, until a test sets it ahead."""
    clock = Clock(system_clock())
    async with paying_mall(settings, wechat, database, clock) as mall:
        yield Depot(mall, clock)


@pytest.fixture
async def shop(database: Database) -> Shop:
    """Units of a variant."""
    return await a_shop(database, units=50)
