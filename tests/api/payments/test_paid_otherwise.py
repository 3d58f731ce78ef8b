"""Refunds that the gateway cannot carry out, and that the shop has paid by other means."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import datetime, time, timedelta
from random import Random
from typing import Any, Protocol

import pytest
from prometheus_client import REGISTRY

from cli.audit import INVARIANTS as ALL
from domain.kernel.actors import By, Role
from domain.kernel.audit import violations
from domain.kernel.clock import SHOP_ZONE, system_clock
from domain.kernel.db import Database
from domain.kernel.errors import Busy
from domain.kernel.language import Language
from domain.kernel.settings import Settings
from domain.messages.kinds import told
from domain.messages.models import InboxMessage
from domain.messages.words import MessageKind
from domain.orders.refunding.rules import UnitsBack
from domain.orders.refunding.terms import USUAL_REFUND_TERMS
from domain.payments.otherwise import OtherPayment, pay_otherwise
from domain.payments.ports import RefundState
from domain.payments.refunding import take_due_refunds
from domain.payments.rules import LEASE, REFUSALS_FOR_PEOPLE
from domain.payments.words import RefundStatus
from sandbox.wechat.pay.bill_tricks import BillTricks
from tests import make
from tests.api.client import AS_STAFF
from tests.api.members.desk import Caller
from tests.api.pads.desk import Desk
from tests.api.payments.malls import PayingMall, paying_mall
from tests.api.payments.test_refunding import back, ended, paid, seen, sweep
from tests.api.staff.desk import a_store, desk_of, someone, trail
from tests.domain.members.people import rows
from tests.domain.orders.buying import Shop, a_shop
from tests.domain.payments.purchases import EXPIRED, paid_in_vain, refunds, run_refunds
from tests.domain.payments.tills import Clock, MemoryGateway, a_till
from tests.wechat import FakeWeChat
from tests.wechat_pay import QUERY_REFUND, REFUND
from workers.reconciliation import reconcile_bills
from workers.relay import relay_outbox

pytestmark = pytest.mark.usefixtures("redis")

REFERENCE = "ICBC-20261128-0042"
BOOKS = ("orders", "shipping", "refunding", "payments", "invoices", "shipping_duty", "stock")


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


async def finance(database: Database, gateway: MemoryGateway) -> Caller:
    """Somebody who keeps the books of a mall with this gateway."""
    return replace(desk_of(database, await someone(database, Role.FINANCE)), gateway=gateway)


class Seeing(Protocol):
    """Somebody who runs documents of the staff."""

    async def see(self, document: str, **variables: object) -> Any:
        """Run one."""


async def record(desk: Seeing, number: str, **changed: object) -> Any:
    """Record that a refund was paid otherwise."""
    given: dict[str, object] = {
        "requestId": str(make.an_id()),
        "refundNumber": number,
        "paid": 15_800,
        "reference": REFERENCE,
        "reason": "会员银行卡已注销，已转账",
    }
    return await desk.see("RecordRefundPaidOtherwise", input=given | changed)


async def broken(database: Database) -> list[str]:
    """The invariants of orders and of money that some row breaks."""
    async with database.writes() as session:
        return [
            each.name
            for each in ALL
            if each.name.split(".")[0] in BOOKS and [row async for row in violations(session, each)]
        ]


def not_applied() -> float:
    """How often somebody was paid twice."""
    labels = {"reason": "refund_paid_twice"}
    return REGISTRY.get_sample_value("mall_payments_not_applied_total", labels) or 0.0


async def test_one_that_was_paid_otherwise_is_over_for_all_who_read_of_it(
    mall: PayingMall, shop: Shop, clock: Clock, database: Database
):
    buyer, order, number = await paid(mall, shop, 2)
    await back(mall, clock, order)
    await sweep(mall, clock)
    await ended(mall, f"{number}-R1", "ABNORMAL")
    desk, request = Desk(mall.api, AS_STAFF), str(make.an_id())
    for fen in (0, 31_601):
        wrong = await record(desk, f"{number}-R1", paid=fen)
        assert [each["path"] for each in wrong["problems"]] == ["paid"]
    # A coupon of the gateway's has paid 16 yuan.
    done = await record(desk, f"{number}-R1", requestId=request, paid=30_000)
    assert done["__typename"] == "RefundPaidOtherwise"
    assert (done["orderId"], done["refundNumber"]) == (order, f"{number}-R1")
    assert await record(desk, f"{number}-R1", requestId=request, paid=30_000) == done
    again = await record(desk, f"{number}-R1")
    assert (again["__typename"], again["status"]) == ("RefundNotAbnormal", "PAID_OTHERWISE")
    await relay_outbox(mall.sweeps)
    whole = await seen(mall, buyer, order)
    assert (whole["closeReason"], whole["refunded"]) == ("REFUNDED", 31_600)
    (refund,) = whole["refunds"]
    assert (refund["status"], refund["isPaidOtherwise"]) == ("SUCCEEDED", True)
    assert refund["refundedAt"] is not None
    (message,) = (
        each
        for each in await rows(database, InboxMessage)
        if each.kind is MessageKind.PAYMENT_REFUNDED
    )
    assert message.parameters.amount_fen == 30_000
    assert "其他方式" in told(message.kind, message.parameters, Language.ZH).body
    assert "by other means" in told(message.kind, message.parameters, Language.EN).body
    (attempt,) = await desk.see("PaymentAttempts", orderId=order)
    (returned,) = attempt["refunds"]
    assert (returned["paidReference"], returned["payerAmount"]) == (REFERENCE, 30_000)
    entry = (await trail(database))[-1]
    assert (entry.action, entry.reason) == ("refund.pay_otherwise", "会员银行卡已注销，已转账")
    clock.now += timedelta(seconds=1)
    await accounts_say(desk, clock)
    # Nobody asks the gateway any more.
    clock.now += timedelta(days=2)
    await sweep(mall, clock)
    assert [each.asked for each in await refunds(database)] == [1]
    assert await broken(database) == []


async def accounts_say(desk: Seeing, clock: Clock) -> None:
    """What the clearing and the finance report tell of 316 yuan that went back otherwise."""
    clearing = await desk.see("Clearing")
    balances = {each["account"]: each["balance"] for each in clearing["accounts"]}
    assert balances == {"GATEWAY": -31_600, "UNAPPLIED": 0, "ORDERS": 0, "ELSEWHERE": 31_600}
    today = clock.now.astimezone(SHOP_ZONE).date().isoformat()
    report = await desk.see("FinanceReport", firstDay=today, lastDay=today)
    (money,) = report["total"]
    assert (money["refunds"], money["refunded"]) == (0, 0)
    assert (money["refundsOtherwise"], money["refundedOtherwise"]) == (1, 31_600)
    assert money["paidOtherwise"] == 30_000
    sales = (await desk.see("SalesReport", firstDay=today, lastDay=today))["total"]
    assert (sales["refunds"], sales["refunded"]) == (1, 31_600)


async def test_a_success_that_comes_late_is_a_difference_until_somebody_has_seen_to_it(
    mall: PayingMall, shop: Shop, clock: Clock, database: Database
):
    _, order, number = await paid(mall, shop, 1)
    await back(mall, clock, order)
    await sweep(mall, clock)
    await ended(mall, f"{number}-R1", "ABNORMAL")
    desk, before = Desk(mall.api, AS_STAFF), not_applied()
    await record(desk, f"{number}-R1")
    await ended(mall, f"{number}-R1")
    assert not_applied() == before + 1
    (attempt,) = await desk.see("PaymentAttempts", orderId=order)
    (refund,) = attempt["refunds"]
    assert refund["status"] == "PAID_OTHERWISE"
    assert refund["lateSuccessAt"] is not None
    mall.pay.desk.bill_tricks = BillTricks(is_ready=True)
    paid_at = mall.pay.order(number).paid_at
    assert paid_at is not None
    day = paid_at.astimezone(SHOP_ZONE).date()
    clock.now = datetime.combine(day + timedelta(days=2), time(11), tzinfo=SHOP_ZONE)
    await reconcile_bills(mall.sweeps)
    listed = await desk.see("ReconciliationDifferences", openOnly=True)
    found = [each["node"] for each in listed["edges"]]
    assert [(each["bill"], each["number"], each["kind"], each["oursState"]) for each in found] == [
        ("TRADES", f"{number}-R1", "STATE_DIFFERS", "paid_otherwise")
    ]
    for each in listed["edges"]:
        resolved = await desk.act("ResolveDifference", differenceId=each["node"]["id"])
        assert resolved["__typename"] == "ReconciliationDifferenceResolved"
    clock.now += timedelta(days=1)
    await reconcile_bills(mall.sweeps)
    assert (await desk.see("ReconciliationDifferences", openOnly=True))["edges"] == []
    assert await broken(database) == []


async def test_only_one_that_is_abnormal_can_be_paid_otherwise(
    mall: PayingMall, shop: Shop, clock: Clock, database: Database
):
    _, order, number = await paid(mall, shop, 2)
    await back(mall, clock, order, UnitsBack(1, 1))
    desk = Desk(mall.api, AS_STAFF)
    for status in ("CREATED", "PROCESSING"):
        refused = await record(desk, f"{number}-R1")
        assert (refused["__typename"], refused["status"]) == ("RefundNotAbnormal", status)
        await (ended(mall, f"{number}-R1") if status == "PROCESSING" else sweep(mall, clock))
    assert (await record(desk, f"{number}-R1"))["__typename"] == "RefundSucceeded"
    assert (await record(desk, "nobody-R1"))["__typename"] == "RefundUnavailable"
    wrong = await record(desk, f"{number}-R1", reference=" ", reason="")
    assert [each["path"] for each in wrong["problems"]] == ["reference", "reason"]
    long = await record(desk, f"{number}-R1", reference="x" * 101)
    assert [each["path"] for each in long["problems"]] == ["reference"]


async def test_one_that_the_gateway_never_takes_can_be_paid_otherwise_and_is_not_sent_again(
    mall: PayingMall, shop: Shop, clock: Clock, database: Database
):
    _, order, number = await paid(mall, shop, 1)
    mall.wechat.fail(REFUND, "refused", code="INVALID_REQUEST", times=REFUSALS_FOR_PEOPLE)
    await back(mall, clock, order)
    desk = Desk(mall.api, AS_STAFF)
    for tries in range(REFUSALS_FOR_PEOPLE):
        clock.now += timedelta(minutes=2)
        if tries:
            refused = await record(desk, f"{number}-R1")
            assert (refused["__typename"], refused["status"]) == ("RefundNotAbnormal", "CREATED")
        await sweep(mall, clock)
    (refund,) = (await desk.see("StaffOrder", id=order))["refunds"]
    assert refund["status"] == "ABNORMAL"
    # A worker may just be sending it once more.
    assert await fault(mall, f"{number}-R1") == "BUSY"
    clock.now += LEASE
    assert (await record(desk, f"{number}-R1"))["__typename"] == "RefundPaidOtherwise"
    assert (await desk.see("StaffOrder", id=order))["closeReason"] == "REFUNDED"
    # By now the gateway would take it.
    clock.now += timedelta(days=1)
    await sweep(mall, clock)
    assert mall.pay.desk.refunds == []
    assert await broken(database) == []


async def test_one_that_a_worker_has_taken_meanwhile_is_left_to_it(database: Database, shop: Shop):
    gateway, clock = MemoryGateway(), Clock(EXPIRED)
    number = await paid_in_vain(database, shop, gateway, clock)

    async def taken() -> int:
        clock.now += timedelta(minutes=10)
        async with database.writes.begin() as session:
            return len(await take_due_refunds(session, at=clock.now, most=9))

    assert [await taken() for _ in range(REFUSALS_FOR_PEOPLE)] == [1] * REFUSALS_FOR_PEOPLE
    clock.now += LEASE
    asked = await a_till(database, gateway, clock).ask_refund(f"{number}-R1")
    assert asked is not None
    assert (asked.is_unknown, asked.is_on_its_way) == (True, False)
    assert await taken() == 1
    by = By(await someone(database, Role.FINANCE), clock.now, Random(1))
    paid_back = OtherPayment(f"{number}-R1", 15_800, REFERENCE, "已转账")
    with pytest.raises(Busy):
        async with database.writes.begin() as session:
            await pay_otherwise(session, paid_back, asked, by=by, terms=USUAL_REFUND_TERMS)
    assert [each.status for each in await refunds(database)] == [RefundStatus.CREATED]


async def fault(mall: PayingMall, number: str) -> str:
    """The fault that recording it ends with."""
    given = {"requestId": str(make.an_id()), "refundNumber": number, "paid": 15_800}
    given |= {"reference": REFERENCE, "reason": "已转账"}
    answer = await mall.api.run("playground/RecordRefundPaidOtherwise", AS_STAFF, input=given)
    return answer["errors"][0]["extensions"]["code"]


async def test_one_that_has_succeeded_without_a_notice_is_not_paid_twice(
    mall: PayingMall, shop: Shop, clock: Clock, database: Database
):
    buyer, order, number = await paid(mall, shop, 1)
    await back(mall, clock, order)
    await sweep(mall, clock)
    await ended(mall, f"{number}-R1", "ABNORMAL")
    mall.pay.trick("silent")
    await ended(mall, f"{number}-R1")
    assert (await seen(mall, buyer, order))["refunds"][0]["status"] == "ABNORMAL"
    mall.wechat.fail(QUERY_REFUND, "broken")
    assert await fault(mall, f"{number}-R1") == "BUSY"
    refused = await record(Desk(mall.api, AS_STAFF), f"{number}-R1")
    assert (refused["__typename"], refused["number"]) == ("RefundSucceeded", f"{number}-R1")
    (refund,) = (await seen(mall, buyer, order))["refunds"]
    assert (refund["status"], refund["isPaidOtherwise"]) == ("SUCCEEDED", False)
    assert await broken(database) == []


async def test_who_keeps_the_books_records_it_and_nobody_else(database: Database):
    store = await a_store(database)
    given = {"requestId": str(make.an_id()), "refundNumber": "1", "reference": "1", "reason": "1"}
    given |= {"paid": 1}
    for role in Role:
        desk = desk_of(database, await someone(database, role, store))
        answer = await desk.run("playground/RecordRefundPaidOtherwise", input=given)
        may = role in {Role.FINANCE, Role.OPERATOR, Role.OWNER}
        assert ("errors" not in answer) is may, role


async def test_of_two_at_one_moment_one_records_it_and_money_that_was_nobodys_is_settled(
    database: Database, shop: Shop
):
    gateway, clock = MemoryGateway(refund_state=RefundState.ABNORMAL), Clock(EXPIRED)
    number = await paid_in_vain(database, shop, gateway, clock)
    await run_refunds(database, gateway, clock)
    desks = [await finance(database, gateway) for _ in range(3)]
    done = await asyncio.gather(*(record(each, f"{number}-R1") for each in desks))
    assert Counter(each["__typename"] for each in done) == {
        "RefundPaidOtherwise": 1,
        "RefundNotAbnormal": 2,
    }
    (refund,) = await refunds(database)
    assert (refund.status, refund.ask_at) == (RefundStatus.PAID_OTHERWISE, None)
    clearing = await desks[0].see("Clearing")
    assert clearing["unapplied"]["amount"] == 0
    told_again = replace(gateway.refunds[f"{number}-R1"], state=RefundState.ABNORMAL)
    gateway.refunds[f"{number}-R1"] = told_again
    clock.now += timedelta(days=1)
    assert await run_refunds(database, gateway, clock) == 0
    assert await broken(database) == []
