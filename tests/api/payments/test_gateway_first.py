"""What waits for the gateway, and what must not: over HTTP, at the fake WeChat Pay."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from domain.kernel.db import Database
from domain.kernel.settings import Settings
from tests import make
from tests.api.client import AS_STAFF
from tests.api.payments.malls import PayingMall, paying_mall
from tests.domain.orders.buying import Shop, a_shop
from tests.patience import PATIENCE_SECONDS
from tests.wechat import FakeWeChat
from tests.wechat_pay import CLOSE, PREPAY

pytestmark = pytest.mark.usefixtures("redis")
MOST_AT_ONCE = 2


@pytest.fixture
async def mall(
    settings: Settings, wechat: FakeWeChat, database: Database
) -> AsyncGenerator[PayingMall]:
    """A mall in which few can place an order at once, and few can pay."""
    async with paying_mall(
        settings,
        wechat,
        database,
        ordering_running=MOST_AT_ONCE,
        paying_running=MOST_AT_ONCE,
    ) as mall:
        yield mall


@pytest.fixture
async def shop(database: Database) -> Shop:
    """Fifty units of a variant."""
    return await a_shop(database)


async def test_while_the_gateway_hangs_orders_are_placed_and_who_pays_is_told_when_to_come_back(
    mall: PayingMall, shop: Shop, monkeypatch: pytest.MonkeyPatch
):
    go_on = asyncio.Event()

    async def hang(_request: object, _seconds: float) -> None:
        await asyncio.wait_for(go_on.wait(), PATIENCE_SECONDS)

    monkeypatch.setattr("sandbox.wechat.answering._wait_as_long_as_client", hang)
    buyer = await mall.a_buyer()
    orders = [await mall.order(buyer, shop) for _ in range(MOST_AT_ONCE + 1)]
    mall.wechat.fail(PREPAY, "slow", times=MOST_AT_ONCE)
    hanging = [asyncio.create_task(mall.begin(buyer, order)) for order in orders[1:]]
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(mall.wechat.calls(PREPAY)) < MOST_AT_ONCE:
            await asyncio.sleep(0.01)

    busy = await mall.begin(buyer, orders[0])
    assert busy["errors"][0]["extensions"]["code"] == "BUSY"
    assert busy["errors"][0]["extensions"]["retryAfterSeconds"] == 1
    assert await mall.status(await mall.order(buyer, shop)) == "PENDING_PAYMENT"
    assert not any(task.done() for task in hanging)

    go_on.set()
    assert {each["__typename"] for each in await asyncio.gather(*hanging)} == {"OrderPayable"}
    assert (await mall.begin(buyer, orders[0]))["__typename"] == "OrderPayable"


@pytest.mark.parametrize(
    ("document", "more", "expected"),
    [
        ("StaffCancelOrder", {"reason": " "}, "InvalidInput"),
        (
            "DecidePersonalisation",
            {"reason": " ", "lineNumber": 1, "decision": "REJECT"},
            "InvalidInput",
        ),
        (
            "DecidePersonalisation",
            {"reason": "含广告内容", "lineNumber": 1, "decision": "REJECT"},
            "ReviewUnavailable",
        ),
    ],
)
async def test_what_is_refused_leaves_the_payment_at_the_gateway(
    mall: PayingMall, shop: Shop, document: str, more: dict[str, object], expected: str
):
    buyer = await mall.a_buyer()
    order = await mall.order(buyer, shop)
    payable = await mall.begin(buyer, order)
    given = {"requestId": str(make.an_id()), "orderId": order, **more}
    answer = await mall.api.run(f"playground/{document}", AS_STAFF, input=given)
    ((_, refused),) = answer["data"].items()
    assert refused["__typename"] == expected, refused
    assert mall.wechat.calls(CLOSE) == []
    assert (await mall.begin(buyer, order))["number"] == payable["number"]
