"""Refunds at the fake WeChat Pay: what its member sees, what is lost on the way, and the books."""

from collections.abc import AsyncGenerator
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.kernel.actors import Role
from domain.kernel.clock import SHOP_ZONE, system_clock
from domain.kernel.db import Database
from domain.kernel.ids import key_of
from domain.kernel.settings import Settings
from domain.messages.models import InboxMessage
from domain.messages.words import MessageKind, RefundedBecause
from domain.orders.refunding.reserving import Cause
from domain.orders.refunding.rules import UnitsBack, all_that_is_left, by_units
from domain.orders.refunding.standing import lock_refundable
from domain.orders.views.structs import ORDER
from domain.payments.models import PaymentRefund
from domain.payments.returning import begin_refund
from domain.payments.rules import BETWEEN_REFUNDS
from sandbox.wechat.pay.bill_tricks import BillTricks
from tests.api.client import AS_STAFF, statements_run
from tests.api.orders.parcels import ENGLISH, staff, wish
from tests.api.orders.test_placing import Buyer
from tests.api.payments.malls import PayingMall, number_of, paying_mall
from tests.api.staff.desk import desk_of, someone
from tests.domain.members.people import rows
from tests.domain.orders.buying import Shop, a_shop
from tests.domain.payments.purchases import all_is_accounted_for
from tests.domain.payments.returns import RANDOM
from tests.domain.payments.tills import Clock
from tests.wechat import FakeWeChat
from tests.wechat_pay import REFUND
from workers.payments import refund_payments
from workers.reconciliation import reconcile_bills
from workers.relay import relay_outbox

pytestmark = pytest.mark.usefixtures("redis")


@pytest.fixture
def clock() -> Clock:
    """The mall's clock: real time, until a test sets it ahead."""
    return Clock(system_clock())


@pytest.fixture
async def mall(
    settings: Settings, wechat: FakeWeChat, database: Database, clock: Clock
) -> AsyncGenerator[PayingMall]:
    """A mall that takes money by the fake WeChat Pay."""
    async with paying_mall(settings, wechat, database, clock) as mall:
        yield mall


@pytest.fixture
async def shop(database: Database) -> Shop:
    """Fifty units of a variant."""
    return await a_shop(database)


async def paid(mall: PayingMall, shop: Shop, units: int) -> tuple[Buyer, str, str]:
    """A member, the order that they paid, and the number of the payment."""
    buyer = await mall.a_buyer()
    order = await mall.order(buyer, shop, units)
    number = number_of(await mall.begin(buyer, order))
    mall.pay.pay(number)
    await mall.pay.settled()
    # They end when a test says so.
    mall.pay.settings.refund_seconds = None
    return buyer, order, number


async def back(mall: PayingMall, clock: Clock, order: str, *wishes: UnitsBack, **more: Any) -> int:
    """Begin a refund as an after-sale case does, of all that is left without wishes; its amount."""
    key = key_of(order, ORDER)
    assert isinstance(key, UUID)
    async with mall.database.writes.begin() as session:
        locked = await lock_refundable(session, key)
        plan = by_units(locked.paid, wishes or all_that_is_left(locked.paid), **more)
        cause = Cause(f"test:{RANDOM.random()}", "staff:test")
        begun = await begin_refund(session, locked, plan, cause, at=clock.now, random=RANDOM)
    return begun.total_fen


async def sweep(mall: PayingMall, clock: Clock) -> None:
    """Let a worker speak to the gateway, when it may, and take in what it tells."""
    clock.now += BETWEEN_REFUNDS + timedelta(seconds=1)
    await refund_payments(mall.sweeps)
    await mall.pay.settled()
    await relay_outbox(mall.sweeps)


async def ended(mall: PayingMall, number: str, status: str = "SUCCESS") -> None:
    """Let a refund end at the gateway, which tells the mall of it."""
    mall.pay.finish_refund(number, status)
    await mall.pay.settled()
    await relay_outbox(mall.sweeps)


async def seen(mall: PayingMall, buyer: Buyer, order: str) -> Any:
    """The order as its member sees it."""
    answer = await mall.api.run("miniprogram/OrderDetail", buyer.headers | ENGLISH, id=order)
    assert "errors" not in answer, answer
    return answer["data"]["order"]


async def test_one_unit_and_then_the_rest_of_what_was_sent_in_part_comes_back_and_the_books_agree(
    mall: PayingMall, shop: Shop, clock: Clock, database: Database
):
    buyer, order, number = await paid(mall, shop, 3)
    await staff(mall.api, "ShipOrder", **wish(order, lines=[(1, 1)]))
    assert await back(mall, clock, order, UnitsBack(1, 1)) == 15_800
    waiting = await seen(mall, buyer, order)
    (refund,) = waiting["refunds"]
    assert (refund["status"], refund["amount"], waiting["refunded"]) == ("PROCESSING", 15_800, 0)
    assert refund["expectedBy"] > refund["requestedAt"]
    line = {"lineNumber": 1, "units": 1, "goods": 15_800, "freight": 0, "points": 0}
    assert refund["lines"] == [line]
    await sweep(mall, clock)
    await ended(mall, f"{number}-R1")
    assert await back(mall, clock, order) == 2 * 15_800
    refused = await staff(mall.api, "ShipOrder", **wish(order, "SF1020304051"))
    assert refused["obstacle"] == "REFUNDED"
    await sweep(mall, clock)
    await ended(mall, f"{number}-R2")
    whole = await seen(mall, buyer, order)
    assert (whole["status"], whole["closeReason"]) == ("CLOSED", "REFUNDED")
    assert whole["refunded"] == whole["payable"] == 3 * 15_800
    assert [(each["status"], each["expectedBy"]) for each in whole["refunds"]] == [
        ("SUCCEEDED", None)
    ] * 2
    assert whole["timeline"][-1]["text"] == (
        "All of the money has gone back and the order has been closed."
    )
    told = await rows(database, InboxMessage)
    refunds = [each.parameters for each in told if each.kind is MessageKind.PAYMENT_REFUNDED]
    assert [(each.amount_fen, each.reason) for each in refunds] == [
        (15_800, RefundedBecause.ORDER_REFUND),
        (31_600, RefundedBecause.ORDER_REFUND),
    ]
    await all_is_accounted_for(database)
    paid_at = mall.pay.order(number).paid_at
    assert paid_at is not None
    day = paid_at.astimezone(SHOP_ZONE).date()
    mall.pay.desk.bill_tricks = BillTricks(is_ready=True)
    clock.now = datetime.combine(day + timedelta(days=2), time(11), tzinfo=SHOP_ZONE)
    await reconcile_bills(mall.sweeps)
    answer = await mall.api.run("playground/ReconciliationDifferences", AS_STAFF)
    assert answer["data"]["reconciliationDifferences"]["edges"] == []


@pytest.mark.parametrize("kind", ["lost", "garbage", "forged"])
async def test_an_answer_that_is_lost_after_its_effect_gives_back_once(
    mall: PayingMall, shop: Shop, clock: Clock, kind: str
):
    _, order, number = await paid(mall, shop, 2)
    await back(mall, clock, order, UnitsBack(1, 1))
    mall.wechat.fail(REFUND, kind, seconds=0)
    await sweep(mall, clock)
    (begun,) = mall.pay.desk.refunds
    assert begun.out_refund_no == f"{number}-R1"
    # The notice comes before any answer, and is all that is needed.
    await ended(mall, begun.out_refund_no)
    (row,) = await rows(mall.database, PaymentRefund)
    assert row.status == "succeeded"
    mall.pay.resend(number, 3, refund=begun.out_refund_no)
    await sweep(mall, clock)
    assert len(mall.pay.desk.refunds) == 1
    await all_is_accounted_for(mall.database)


async def test_without_any_notice_it_is_asked_for_under_its_number(
    mall: PayingMall, shop: Shop, clock: Clock
):
    buyer, order, number = await paid(mall, shop, 1)
    mall.wechat.fail(REFUND, "refused", code="NOT_ENOUGH", status=403)
    await back(mall, clock, order)
    await sweep(mall, clock)
    assert mall.pay.desk.refunds == []
    await sweep(mall, clock)
    (begun,) = mall.pay.desk.refunds
    assert begun.out_refund_no == f"{number}-R1"
    mall.pay.trick("silent")
    await ended(mall, begun.out_refund_no)
    assert (await seen(mall, buyer, order))["status"] == "PAID"
    await sweep(mall, clock)
    assert (await seen(mall, buyer, order))["closeReason"] == "REFUNDED"


async def test_one_that_the_account_cannot_take_is_listed_for_who_keeps_the_books(
    mall: PayingMall, shop: Shop, clock: Clock, database: Database
):
    buyer, order, number = await paid(mall, shop, 1)
    await back(mall, clock, order)
    await sweep(mall, clock)
    await ended(mall, f"{number}-R1", "ABNORMAL")
    assert (await seen(mall, buyer, order))["refunds"][0]["status"] == "ABNORMAL"
    desk = desk_of(database, await someone(database, Role.FINANCE))
    before = statements_run()
    listed = await desk.see("OrderRefunds", status="ABNORMAL")
    assert statements_run() - before == 1
    assert [each["node"]["orderId"] for each in listed["edges"]] == [order]
    after = listed["pageInfo"]["endCursor"]
    assert (await desk.see("OrderRefunds", status="ABNORMAL", after=after))["edges"] == []
    await ended(mall, f"{number}-R1")
    assert (await seen(mall, buyer, order))["closeReason"] == "REFUNDED"
    assert (await desk.see("OrderRefunds", status="SUCCEEDED"))["edges"]
    shown = await desk.see("StaffOrder", id=order)
    assert (shown["refunded"], len(shown["refunds"])) == (15_800, 1)
