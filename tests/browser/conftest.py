"""What the browser tests share: one Chromium and one mall, which end with the last of them.

Even a mall that nobody uses takes some of the processor from the tests that follow.
"""

import os
import tempfile
from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext

from api.playground.build import Build
from tests.browser.bench import Bench
from tests.browser.chromium import find_chromium, running_chromium
from tests.browser.mall import BrowsedMall, browsed_mall
from tests.conftest import make_database
from tests.playground import built_playground
from tests.sandbox.homes import FOLDER

__all__ = ["built_playground"]


@pytest.fixture(scope="package")
async def chromium() -> AsyncGenerator[Browser]:
    """The machine's browser. Where there is none the tests are left out, but never in CI."""
    path = find_chromium()
    if path is None:
        assert os.environ.get("CI") != "true", "CI has no Chromium; .ci/run installs it"
        pytest.skip("there is no Chromium here")
    async with running_chromium(path) as browser:
        yield browser


@pytest.fixture(scope="session")
async def mall_database(process_number: int) -> str:
    """An empty database for the mall that is browsed."""
    server = os.environ["TEST_POSTGRES_SERVER"]
    return await make_database(f"browsed_{process_number}", server=server, template="template0")


@pytest.fixture(scope="package")
def mall(
    chromium: Browser, mall_database: str, redis_url: str, built_playground: Build
) -> Generator[BrowsedMall]:
    """A mall with the demo brand, as ``mall run`` starts it."""
    with (
        tempfile.TemporaryDirectory(prefix="browsed-", dir=os.environ[FOLDER]) as folder,
        browsed_mall(
            Path(folder), MALL_DATABASE_URL=mall_database, MALL_REDIS_URL=redis_url
        ) as mall,
    ):
        yield mall


@pytest.fixture(scope="package")
async def profile(chromium: Browser) -> AsyncGenerator[BrowserContext]:
    """The profile of a Chinese reader, which has the page's scripts compiled after a few tests."""
    context = await chromium.new_context(locale="zh-CN", viewport={"width": 1440, "height": 900})
    yield context
    await context.close()


@pytest.fixture
async def bench(profile: BrowserContext, mall: BrowsedMall) -> AsyncGenerator[Bench]:
    """A tab of a Chinese reader who was never here; nothing may have gone wrong in it.

    What a tab keeps for its session ends with it.
    """
    bench = Bench(await profile.new_page(), mall.page)
    yield bench
    await bench.page.goto(f"{mall.address}/livez")
    await bench.page.evaluate("localStorage.clear()")
    for page in profile.pages:
        await page.close()
    await profile.clear_cookies()
    assert bench.wrong == []
