"""From the payment to the receipt over HTTP, and money that comes for what is not sent any more."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from domain.kernel.audit import violations
from domain.kernel.db import Database
from domain.kernel.settings import Settings
from domain.messages.models import InboxMessage
from domain.messages.words import MessageKind
from domain.orders.audit import INVARIANTS as ORDERS
from domain.orders.shipping.audit import INVARIANTS as SHIPPING
from domain.orders.shipping.models import Shipment
from domain.payments.audit import INVARIANTS as PAYMENTS
from domain.payments.models import PaymentRefund
from tests import make
from tests.api.orders.parcels import staff, wish
from tests.api.orders.test_placing import Buyer
from tests.api.payments.malls import PayingMall, number_of, paying_mall
from tests.api.payments.test_at_once import pay_all_the_same
from tests.domain.members.people import rows
from tests.domain.orders.buying import Shop, a_shop
from tests.wechat import FakeWeChat
from workers.relay import relay_outbox

pytestmark = pytest.mark.usefixtures("redis")


@pytest.fixture
async def mall(
    settings: Settings, wechat: FakeWeChat, database: Database
) -> AsyncGenerator[PayingMall]:
    """A mall that takes money and lives by real time."""
    async with paying_mall(settings, wechat, database) as mall:
        yield mall


@pytest.fixture
async def shop(database: Database) -> Shop:
    """Some units of a variant."""
    return await a_shop(database)


async def say(mall: PayingMall, buyer: Buyer, document: str, **given: object) -> Any:
    """What a mutation of the member's answers."""
    whole = {"requestId": str(make.an_id()), **given}
    answer = await mall.api.run(f"miniprogram/{document}", buyer.headers, input=whole)
    assert "errors" not in answer, answer
    return next(iter(answer["data"].values()))


async def all_is_right(database: Database) -> None:
    """See that every invariant of orders, parcels and payments holds."""
    async with database.writes() as session:
        for invariant in (*ORDERS, *SHIPPING, *PAYMENTS):
            assert [row async for row in violations(session, invariant)] == [], invariant.name


async def test_from_the_payment_over_two_parcels_to_the_receipt(
    mall: PayingMall, shop: Shop, database: Database
):
    buyer = await mall.a_buyer()
    order = await mall.order(buyer, shop, 2)
    mall.pay.pay(number_of(await mall.begin(buyer, order)))
    await mall.pay.settled()
    lines = [(1, 1)]
    await staff(mall.api, "ShipOrder", **wish(order, "SF1020304050", lines=lines))
    await staff(mall.api, "ShipOrder", **wish(order, "SF1020304051"))
    await relay_outbox(mall.sweeps)
    answer = await say(mall, buyer, "OrderConfirmReceipt", orderId=order)
    assert answer["__typename"] == "ReceiptConfirmed"
    assert await mall.status(order) == "RECEIVED"
    # Asked for a payment once more: it is paid, wherever it has come since.
    assert (await mall.begin(buyer, order))["__typename"] == "OrderIsPaid"
    told = await rows(database, InboxMessage)
    parcels = [each for each in told if each.kind is MessageKind.ORDER_SHIPPED]
    assert [(each.parameters.parcel, each.parameters.is_whole) for each in parcels] == [
        (1, False),
        (2, True),
    ]
    await all_is_right(database)


async def test_what_is_paid_too_late_is_not_sent_while_its_money_goes_back(
    mall: PayingMall, shop: Shop, database: Database
):
    """The shop has cancelled; somebody pays all the same, and somebody else wants to send it."""
    buyer = await mall.a_buyer()
    order = await mall.order(buyer, shop)
    number = number_of(await mall.begin(buyer, order))
    given = {"requestId": str(make.an_id()), "orderId": order, "reason": "缺货"}
    cancelled = await staff(mall.api, "StaffCancelOrder", **given)
    assert cancelled["__typename"] == "StaffOrderCancelled"
    pay_all_the_same(mall, number)
    sent, _ = await asyncio.gather(staff(mall.api, "ShipOrder", **wish(order)), mall.pay.settled())
    await mall.sweep()
    later = await staff(mall.api, "ShipOrder", **wish(order))
    assert [each["obstacle"] for each in (sent, later)] == ["CLOSED", "CLOSED"]
    assert len(await rows(database, PaymentRefund)) == 1
    assert await rows(database, Shipment) == []
    await all_is_right(database)
