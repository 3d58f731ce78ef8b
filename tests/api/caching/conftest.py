"""Malls that keep public answers, whose seconds pass when a test says so."""

from collections.abc import AsyncGenerator
from functools import partial

import pytest

from api import app
from api.caching.answers import PublicAnswers
from domain.kernel.db import Database
from domain.kernel.settings import Settings
from tests.api.caching.malls import Seconds, keeping
from tests.api.client import Api, running_api


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> Seconds:
    """The time of all malls that this test opens: answers only grow old where it passes."""
    passed = Seconds()
    monkeypatch.setattr(app, "PublicAnswers", partial(PublicAnswers, monotonic=passed))
    return passed


@pytest.fixture
async def mall(settings: Settings, database: Database, seconds: Seconds) -> AsyncGenerator[Api]:
    """A mall that keeps public answers."""
    async with running_api(keeping(settings)) as api:
        yield api
