"""What the tests of the sandbox share."""

from collections.abc import AsyncGenerator

import httpx
import pytest

from tests.patience import PATIENCE_SECONDS
from tests.sandbox.homes import home, open_folder, template, used_home
from tests.sandbox.pay_client import Mall, Merchant, running_mall
from tests.sandbox.platform_client import Platform
from tests.wechat import FakeWeChat

__all__ = ["home", "open_folder", "template", "used_home"]


@pytest.fixture(scope="session")
async def shared_http(shared_wechat: FakeWeChat) -> AsyncGenerator[httpx.AsyncClient]:
    """A client of the fake WeChat of this test process."""
    async with httpx.AsyncClient(
        base_url=shared_wechat.url, timeout=PATIENCE_SECONDS, trust_env=False
    ) as client:
        yield client


@pytest.fixture
def platform(wechat: FakeWeChat, shared_http: httpx.AsyncClient) -> Platform:
    """The fake WeChat, called over HTTP."""
    return Platform(wechat, shared_http)


@pytest.fixture
def merchant(wechat: FakeWeChat, shared_http: httpx.AsyncClient) -> Merchant:
    """The merchant of the fake WeChat Pay, and somebody who pays."""
    return Merchant(wechat, shared_http, wechat.person("李雷"))


@pytest.fixture
async def mall_for_notices(merchant: Merchant) -> AsyncGenerator[Mall]:
    """An address that the merchant takes notices at."""
    async with running_mall() as mall:
        merchant.notify_url = mall.url
        yield mall
