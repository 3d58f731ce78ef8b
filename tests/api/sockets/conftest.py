"""What the tests of subscriptions share: one mall that is served over real connections."""

from collections.abc import AsyncGenerator

import pytest

from domain.kernel.db import Database
from domain.kernel.settings import Settings
from tests.api.sockets.serving import Mall, served


@pytest.fixture(scope="session")
async def shared_mall(shared_settings: Settings, shared_database: Database) -> AsyncGenerator[Mall]:
    """A production mall, served once for each test process."""
    async with served(shared_settings, shared_database) as mall:
        yield mall


@pytest.fixture
def mall(shared_mall: Mall, database: Database) -> Mall:
    """The production mall, with what this test left in its database removed."""
    return shared_mall
