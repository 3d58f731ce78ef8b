"""Payments of orders that use points: the points are spent with the money, once, or not at all."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from domain.kernel.db import Database
from domain.orders import spending
from domain.orders.placing.values import Placed
from domain.orders.refunding.rules import UnitsBack
from domain.orders.words import CloseReason, OrderStatus
from domain.payments.ports import GatewayState
from domain.payments.words import NoticeOutcome, RefundReason
from domain.points.models import PointsHold
from tests.domain.aftersales.cases import broken
from tests.domain.members.people import rows
from tests.domain.orders.buying import Shop, a_shop, in_cart, placed, placement
from tests.domain.orders.test_spending import figures, granted, quoted
from tests.domain.payments.purchases import (
    EXPIRED,
    a_payer,
    all_is_accounted_for,
    let_go,
    refunds,
)
from tests.domain.payments.returns import Sold
from tests.domain.payments.tills import Clock, MemoryGateway, a_till, prepaid, statuses


@pytest.fixture(autouse=True)
async def _accounts(database: Database) -> AsyncGenerator[None]:
    yield
    await all_is_accounted_for(database)
    assert await broken(database) == {}


async def ordered(database: Database, shop: Shop, points: int) -> tuple[UUID, Placed]:
    """An order of somebody with 1,000 points, of which so many pay some of it."""
    member = await a_payer(database)
    await granted(database, member, 1_000)
    await in_cart(database, member, shop.variants[0])
    seen = (await quoted(database, member, points)).seen
    assert seen is not None
    (order,) = await placed(database, [placement(member, seen)])
    assert isinstance(order, Placed)
    return member, order


async def test_points_are_spent_once_however_often_the_payment_is_told(database: Database):
    gateway, shop = MemoryGateway(), await a_shop(database)
    member, order = await ordered(database, shop, 600)
    payment = gateway.pay(await prepaid(database, member, order, gateway))
    till = a_till(database, gateway)
    told = await asyncio.gather(*(till.applied(payment) for _ in range(4)))
    assert Counter(told) == {NoticeOutcome.APPLIED: 1, NoticeOutcome.REPEATED: 3}
    assert await figures(database, member) == (400, 0)
    (hold,) = await rows(database, PointsHold)
    assert (hold.captured, hold.released) == (600, 0)


@pytest.mark.parametrize("are_spent", [False, True])
async def test_a_late_payment_needs_its_points_again(database: Database, *, are_spent: bool):
    gateway, shop = MemoryGateway(), await a_shop(database)
    member, order = await ordered(database, shop, 600)
    number = await prepaid(database, member, order, gateway)
    await a_till(database, gateway).release(order.order_id)
    await let_go(database, order, CloseReason.NOT_PAID_IN_TIME)
    gateway.payments[number] = replace(gateway.payments[number], state=GatewayState.NOT_PAID)
    assert await figures(database, member) == (1_000, 0)
    if are_spent:
        await in_cart(database, member, shop.variants[0])
        seen = (await quoted(database, member, 500)).seen
        assert seen is not None
        await placed(database, [placement(member, seen)])
    till = a_till(database, gateway, Clock(EXPIRED))
    payment = gateway.pay(number)
    told = await asyncio.gather(*(till.applied(payment) for _ in range(3)))
    assert Counter(told) == {NoticeOutcome.APPLIED: 1, NoticeOutcome.REPEATED: 2}
    if are_spent:
        # The money goes back; nothing of the points is touched.
        assert [each.reason for each in await refunds(database)] == [RefundReason.LATE_PAYMENT]
        assert await figures(database, member) == (500, 500)
    else:
        assert await statuses(database) == [OrderStatus.PAID]
        assert await figures(database, member) == (400, 0)


async def test_a_refund_ends_also_where_a_release_that_knew_no_points_had_been_paid(
    database: Database, monkeypatch: pytest.MonkeyPatch
):
    gateway, shop = MemoryGateway(), await a_shop(database)
    member, order = await ordered(database, shop, 600)
    payment = gateway.pay(await prepaid(database, member, order, gateway))

    async def nothing(*_: Any, **__: Any) -> bool:
        return True

    with monkeypatch.context() as patch:
        patch.setattr(spending, "capture", nothing)
        await a_till(database, gateway).applied(payment)
    sold = Sold(database, order.order_id, member, "", gateway)
    await sold.back(UnitsBack(1, 1))
    await sold.run()
    await sold.run()
    assert await figures(database, member) == (1_000, 0)
