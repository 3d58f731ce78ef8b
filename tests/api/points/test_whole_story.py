"""Points over HTTP, with the clock moved forward: buy, receive, wait, settle, spend, refund."""

from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Any

import pytest

from domain.kernel.clock import system_clock
from domain.kernel.db import Database
from domain.kernel.settings import Settings
from tests import make
from tests.api.aftersales.test_whole_story import money_moves, staff
from tests.api.orders.desk import by_wechat
from tests.api.orders.test_placing import Buyer
from tests.api.payments.malls import PayingMall, number_of, paying_mall
from tests.domain.aftersales.cases import broken
from tests.domain.orders.buying import Shop, a_shop, in_cart
from tests.domain.payments.tills import Clock
from tests.wechat import FakeWeChat
from workers.earning import earn_points
from workers.points import settle_points
from workers.relay import relay_outbox

pytestmark = pytest.mark.usefixtures("redis")

PRICE = 15_800


@pytest.fixture
def clock() -> Clock:
    """The mall's clock: real time, until a test sets it ahead."""
    return Clock(system_clock())


@pytest.fixture
async def mall(
    settings: Settings, wechat: FakeWeChat, database: Database, clock: Clock
) -> AsyncGenerator[PayingMall]:
    """A mall that takes money by the fake WeChat Pay, and gives it back."""
    async with paying_mall(settings, wechat, database, clock) as mall:
        yield mall


@pytest.fixture
async def shop(database: Database) -> Shop:
    """Fifty units of one variant in a warehouse."""
    return await a_shop(database)


async def told(mall: PayingMall, buyer: Buyer, document: str, **variables: object) -> Any:
    """What a document of a member answers."""
    answer = await mall.api.run(f"miniprogram/{document}", buyer.headers, **variables)
    assert "errors" not in answer, answer
    return next(iter(answer["data"].values()))


async def points_of(mall: PayingMall, buyer: Buyer) -> tuple[int, int, int, int]:
    """What a member has: pending, available, held, owed."""
    points = (await told(mall, buyer, "PointsBalance"))["points"]
    return points["pending"], points["available"], points["held"], points["debt"]


async def growth_of(mall: PayingMall, buyer: Buyer) -> int:
    """What a member has that counts towards a tier."""
    return (await told(mall, buyer, "PointsBalance"))["points"]["growth"]


async def workers(mall: PayingMall) -> None:
    """Let a worker hand facts out, earn and settle."""
    await relay_outbox(mall.sweeps)
    await earn_points(mall.sweeps)
    await settle_points(mall.sweeps)


async def paid(mall: PayingMall, buyer: Buyer, order_id: str) -> None:
    """Pay an order at the gateway."""
    payable = await mall.begin(buyer, order_id)
    mall.pay.pay(number_of(payable))
    await mall.pay.settled()
    assert await mall.status(order_id) == "PAID"
    await workers(mall)


async def received(mall: PayingMall, buyer: Buyer, order_id: str) -> None:
    """Send all of an order, and confirm that it was received."""
    await staff(
        mall, "ShipOrder", orderId=order_id, carrier="SF", trackingNumber=f"SF{order_id[-9:]}"
    )
    given = {"requestId": str(make.an_id()), "orderId": order_id}
    await told(mall, buyer, "OrderConfirmReceipt", input=given)
    await workers(mall)


async def with_points(
    mall: PayingMall, buyer: Buyer, shop: Shop, units: int, points: int
) -> tuple[Any, str]:
    """An order of units of which at most so many points pay some: its quote and its id."""
    await in_cart(mall.database, buyer.member_id, shop.variants[0], units)
    quote = await buyer.quote(usePoints=points)
    placed = (await buyer.place(quote["token"]))["data"]["placeOrder"]
    assert placed["__typename"] == "OrderPlaced", placed
    assert placed["payable"] == quote["payable"]
    return quote, placed["orderId"]


async def texts(mall: PayingMall, buyer: Buyer) -> list[tuple[str, int, int]]:
    """The statement of a member, the first line first: what, by how much, and what is left."""
    page = await told(mall, buyer, "PointsEntries", first=100)
    nodes = [edge["node"] for edge in page["edges"]]
    return [(node["reason"], node["change"], node["availableAfter"]) for node in reversed(nodes)]


async def test_points_are_earned_settled_spent_and_come_back_with_a_partial_refund(
    mall: PayingMall, shop: Shop, clock: Clock
):
    buyer = await mall.a_buyer()
    await rules_are_published(mall)
    first = await mall.order(buyer, shop, 2)
    await paid(mall, buyer, first)
    # A point for each yuan that was paid: two units of 158 yuan.
    assert await points_of(mall, buyer) == (316, 0, 0, 0)
    await received(mall, buyer, first)
    assert await points_of(mall, buyer) == (316, 0, 0, 0)
    await later(mall, buyer, clock, 6)
    assert await points_of(mall, buyer) == (316, 0, 0, 0)
    await later(mall, buyer, clock, 3)
    assert await points_of(mall, buyer) == (0, 316, 0, 0)

    quote, second = await with_points(mall, buyer, shop, 3, 300)
    use = quote["pointsUse"]
    assert (use["available"], use["used"], use["discount"]) == (316, 300, 300)
    assert quote["payable"] == 3 * PRICE - 300
    assert await points_of(mall, buyer) == (0, 16, 300, 0)
    await paid(mall, buyer, second)
    earned = (3 * PRICE - 300) // 100
    assert await points_of(mall, buyer) == (earned, 16, 0, 0)
    # Each whole yuan that was paid for goods also counts towards a tier, and no more when it is
    # back.
    assert await growth_of(mall, buyer) == 316 + earned

    lines = [{"lineNumber": 1, "units": 1}]
    wish = {"orderId": second, "kind": "REFUND", "reason": "NOT_WANTED", "lines": lines}
    preview = await told(mall, buyer, "CasePreview", input=wish)
    assert (preview["refund"], preview["points"]) == ((3 * PRICE - 300) // 3, 100)
    given = {**wish, "requestId": str(make.an_id()), "seen": preview["refund"]}
    case = await told(mall, buyer, "CaseOpen", input=given)
    assert case["__typename"] == "CaseOpened", case
    await money_moves(mall, clock)
    await workers(mall)
    kept = earned * 2 // 3
    assert preview["earnedPointsTaken"] == earned - kept
    assert await points_of(mall, buyer) == (kept, 116, 0, 0)
    assert await growth_of(mall, buyer) == 316 + kept
    assert await broken(mall.database) == {}
    statement = await texts(mall, buyer)
    assert statement[-1][2] == 116
    assert [each[0] for each in statement if each[1]] == ["SETTLED", "HELD", "RETURNED"]


async def rules_are_published(mall: PayingMall) -> None:
    """A point for each yuan, pending for a week after receipt, good for a year."""
    rules = {"number": 0, "baseRateBasisPoints": 10_000, "windowDays": 7}
    validity = {"kind": "DAYS", "count": 365}
    published = await staff(mall, "PublishPointsRules", **rules, validity=validity)
    assert published["__typename"] == "PointsRulesPublished", published


async def later(mall: PayingMall, buyer: Buyer, clock: Clock, days: int) -> None:
    """Let days go by, with the sweeps; the member signs in anew, since a token holds for hours."""
    clock.now += timedelta(days=days)
    await workers(mall)
    person = mall.wechat.person("林晓")
    buyer.headers = (await by_wechat(mall.api, mall.wechat, person)).headers


async def test_points_below_none_are_no_input(mall: PayingMall):
    buyer = await mall.a_buyer()
    given = {"usePoints": -1}
    answer = await mall.api.run("miniprogram/Quote", buyer.headers, input=given)
    assert answer["errors"][0]["extensions"]["code"] == "BAD_INPUT"
