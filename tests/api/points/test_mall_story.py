"""The points mall over HTTP from offer to refund: paid, sent in part, given back, all in order."""

from collections.abc import AsyncGenerator
from datetime import timedelta

import pytest

from domain.kernel.clock import system_clock
from domain.kernel.db import Database
from domain.kernel.ids import public_id
from domain.kernel.settings import Settings
from domain.orders.placing.deciding import PAYMENT_WINDOW
from tests.api.aftersales.test_whole_story import member, money_moves, opened, staff
from tests.api.client import AS_STAFF
from tests.api.orders.test_placing import Buyer
from tests.api.payments.malls import PayingMall, number_of, paying_mall
from tests.api.points.test_mall import Saver, an_offer
from tests.domain.addresses import homes
from tests.domain.orders.buying import Shop, a_shop
from tests.domain.orders.redeeming.malls import all_is_accounted_for, given
from tests.domain.payments.tills import Clock
from tests.make_points import read_book
from tests.wechat import FakeWeChat
from workers.relay import relay_outbox

pytestmark = pytest.mark.usefixtures("redis")
ONE = [{"lineNumber": 1, "units": 1}]


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


async def a_saver(mall: PayingMall, points: int) -> Saver:
    """A member who has opened the mini-program, with an address and so many points."""
    buyer: Buyer = await mall.a_buyer()
    await given(mall.database, buyer.member_id, points)
    saver = Saver(mall.api, buyer.member_id, buyer.headers)
    (address,) = await homes.defaults(mall.database, buyer.member_id)
    saver.address_id = public_id("address", address)
    return saver


async def points_of(mall: PayingMall, saver: Saver) -> tuple[int, int]:
    """What the member can spend, and what is held."""
    figures = (await read_book(mall.database, saver.member_id)).figures
    return figures.available, figures.held


async def left(mall: PayingMall) -> int:
    """How many units the one offer still has to give; what everybody sees is a second old."""
    answer = await mall.api.run("playground/StaffPointsOffers", AS_STAFF)
    (edge,) = answer["data"]["staffPointsOffers"]["edges"]
    return edge["node"]["allocated"] - edge["node"]["taken"]


async def test_points_and_cash_are_held_spent_and_given_back_by_the_same_rules(
    mall: PayingMall, clock: Clock, database: Database, shop: Shop
):
    offer, saver = await an_offer(mall.api, shop, memberLimit=3), await a_saver(mall, 1_000)
    placed = await saver.redeemed(offer, units=3)
    assert (placed["__typename"], placed["payable"]) == ("OrderPlaced", 6_000)
    order = placed["orderId"]
    assert await points_of(mall, saver) == (100, 900)
    assert await left(mall) == 4
    shown = await member(mall, saver, "OrderDetail", id=order)
    (line,) = shown["lines"]
    (reduction,) = line["reductions"]
    assert (reduction["title"], reduction["amount"]) == ("积分兑换", 3 * 13_800)

    payable = await mall.begin(saver, order)
    mall.pay.pay(number_of(payable))
    await mall.pay.settled()
    assert await mall.status(order) == "PAID"
    assert await points_of(mall, saver) == (100, 0)

    sent = await staff(
        mall, "ShipOrder", orderId=order, carrier="SF", trackingNumber="SF1020304050", lines=ONE
    )
    assert sent["__typename"] == "OrderShipped", sent
    # One unit that was never sent: its points, its cash, and the unit for others.
    case = await opened(mall, saver, orderId=order, kind="REFUND", reason="NOT_WANTED", lines=ONE)
    # What was not sent needs nobody to look at it.
    assert (case["status"], case["refund"]) == ("REFUNDING", 2_000)
    await money_moves(mall, clock)
    assert await points_of(mall, saver) == (400, 0)
    assert await left(mall) == 5
    await all_is_accounted_for(database)


async def test_what_costs_nothing_but_points_is_paid_by_itself(
    mall: PayingMall, database: Database, shop: Shop
):
    offer, saver = await an_offer(mall.api, shop, cash=0), await a_saver(mall, 300)
    placed = await saver.redeemed(offer, cash=0)
    assert placed["payable"] == 0
    assert await mall.status(placed["orderId"]) == "PENDING_PAYMENT"
    await relay_outbox(mall.sweeps)
    assert await mall.status(placed["orderId"]) == "PAID"
    assert await points_of(mall, saver) == (0, 0)
    await all_is_accounted_for(database)


async def test_what_is_not_paid_in_time_is_for_others_again(
    mall: PayingMall, clock: Clock, database: Database, shop: Shop
):
    offer, saver = await an_offer(mall.api, shop, allocated=1), await a_saver(mall, 300)
    placed = await saver.redeemed(offer)
    assert await left(mall) == 0
    clock.now += PAYMENT_WINDOW + timedelta(seconds=1)
    await mall.sweep()
    assert await mall.status(placed["orderId"]) == "CLOSED"
    assert await left(mall) == 1
    assert await points_of(mall, saver) == (300, 0)
    await all_is_accounted_for(database)
