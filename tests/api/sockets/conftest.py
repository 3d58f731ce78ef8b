"""What the tests of subscriptions share: one mall that is served over real connections."""

from collections.abc import AsyncGenerator

import pytest

from api.sockets import connections, watching
from domain.kernel.db import Database
from domain.kernel.settings import Settings
from tests.api.sockets.serving import Mall, served

_LOOKS = tuple((module, module.LOOK_SECONDS) for module in (watching, connections))
_HURRIED_SECONDS = 0.05


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes look twenty times a second at what has happened: most tests wait for that."""
    for module, _ in _LOOKS:
        monkeypatch.setattr(module, "LOOK_SECONDS", _HURRIED_SECONDS)


@pytest.fixture
def paced(hurried: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """They look as often as those of a mall: here it matters how soon somebody hears."""
    for module, seconds in _LOOKS:
        monkeypatch.setattr(module, "LOOK_SECONDS", seconds)


@pytest.fixture(scope="session")
async def shared_mall(shared_settings: Settings, shared_database: Database) -> AsyncGenerator[Mall]:
    """A production mall, served once for each test process."""
    async with served(shared_settings, shared_database) as mall:
        yield mall


@pytest.fixture
def mall(shared_mall: Mall, database: Database) -> Mall:
    """The production mall, with what this test left in its database removed."""
    return shared_mall
