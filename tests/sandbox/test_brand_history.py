"""The two weeks of the demo brand that `make run` begins with, which the fake WeChat knows too."""

from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from redis.asyncio import Redis
from sqlalchemy import func, select

from cli.audit import INVARIANTS
from cli.reconcile import reconciled
from cli.seed import fill, history_of
from domain.aftersales.models import Case
from domain.aftersales.moving import Mover
from domain.aftersales.opening import open_case, preview
from domain.aftersales.rules import USUAL_TERMS, CaseWish, LineWish
from domain.aftersales.staff import approve
from domain.aftersales.words import CaseKind, CaseReason, CaseStatus
from domain.gateways.outside import open_outside
from domain.invoices.models import InvoiceRequest
from domain.invoices.words import InvoiceStatus
from domain.kernel.actors import By, Role, Staff
from domain.kernel.audit import violations
from domain.kernel.clock import system_clock
from domain.kernel.days import Days, day_at
from domain.kernel.db import Database
from domain.kernel.language import Language
from domain.kernel.outbox import OutboxRow
from domain.kernel.settings import Settings
from domain.members.models import MemberIdentity
from domain.orders.models import Order, OrderHistory, OrderLine
from domain.orders.picking_up.models import PickUp
from domain.orders.shipping.models import Shipment
from domain.orders.words import CloseReason, DeliveryMethod, OrderStatus
from domain.payments.models import PaymentAttempt, PaymentRefund
from domain.payments.words import RefundStatus
from domain.points.models import PointsEntry
from domain.points.words import Reason
from domain.reconciliation.models import Difference
from domain.reports.sales import sales_report
from domain.shipping_duty.models import ShippingDuty
from domain.shipping_duty.words import DutyStatus
from sandbox.brand.agreements import Sealing
from sandbox.brand.history.complaints import OF_CASES
from sandbox.brand.history.stories import OF_ORDERS
from sandbox.brand.orders import ORDERS
from sandbox.brand.seeding import Wish
from tests import make
from tests.api.payments.malls import with_pay
from tests.conftest import forget_rows
from tests.wechat import FakeWeChat
from workers.payments import refund_payments
from workers.reconciliation import reconciler
from workers.shipping_duty import tell_shipping
from workers.tools import Tools

WISH = Wish(products=100, members=60)
TOLD = len(OF_ORDERS) + len(OF_CASES)


@dataclass(frozen=True)
class Demo:
    """A demo brand with its history, the fake WeChat that was told, and a worker of today."""

    database: Database
    wechat: FakeWeChat
    settings: Settings
    present: datetime
    tools: Tools

    async def rows(self, *columns: Any) -> list[Any]:
        """Columns of a table."""
        async with self.database.writes() as session:
            return [tuple(row) for row in await session.execute(select(*columns))]


@pytest.fixture(scope="module")
async def demo(
    shared_database: Database,
    shared_settings: Settings,
    shared_wechat: FakeWeChat,
    owner: "asyncpg.Connection[asyncpg.Record]",
) -> AsyncGenerator[Demo]:
    """One for all tests of this module, which leave it as it is but for what they say."""
    settings, present = with_pay(shared_settings, shared_wechat), system_clock()
    async with AsyncExitStack() as stack:
        stack.push_async_callback(forget_rows, owner)
        stack.callback(shared_wechat.reset)
        redis = await stack.enter_async_context(Redis.from_url(settings.required_redis_url()))
        opened = open_outside(settings, system_clock, redis, Random(2))
        outside = await stack.enter_async_context(opened)
        tools = Tools(
            shared_database,
            system_clock,
            make.media_folder(Path("/nowhere")),
            Random(9),
            outside.wechat_pay,
            shipping=outside.shipping,
        )
        demo = Demo(shared_database, shared_wechat, settings, present, tools)
        await seed(demo)
        yield demo


async def seed(demo: Demo) -> bool:
    """Seed as `make run` does; whether anything was missing."""
    settings, url = demo.settings, demo.wechat.url
    sealing = Sealing(settings.required_vault(), Random(1))
    history = history_of(settings, url)
    told = await fill(demo.database, WISH, at=demo.present, sealing=sealing, history=history)
    return told is not None


async def broken(demo: Demo) -> list[Any]:
    """What an audit finds."""
    async with demo.database.writes() as session:
        return [
            (invariant.name, row)
            for invariant in INVARIANTS
            async for row in violations(session, invariant)
        ]


async def of_mall(demo: Demo) -> dict[str, tuple[int, int]]:
    """What came in by each payment, and went back of it."""
    back = select(func.coalesce(func.sum(PaymentRefund.amount_fen), 0)).where(
        PaymentRefund.attempt_id == PaymentAttempt.id,
        PaymentRefund.status == RefundStatus.SUCCEEDED,
    )
    columns = PaymentAttempt.number, PaymentAttempt.amount_fen, back.scalar_subquery()
    return {number: (fen, int(went)) for number, fen, went in await demo.rows(*columns)}


def of_gateway(demo: Demo) -> dict[str, tuple[int, int]]:
    """The same as the fake WeChat Pay has it."""
    orders = demo.wechat.pay.desk.orders
    return {each.out_trade_no: (each.total, each.returned) for each in orders if each.is_paid}


async def test_orders_of_two_weeks_stand_in_every_state(demo: Demo):
    rows = await demo.rows(Order.status, Order.delivery, Order.close_reason, Order.placed_at)
    paid = await demo.rows(PaymentAttempt.order_id)
    assert len(rows) == ORDERS + TOLD
    assert {status for status, *_ in rows} == set(OrderStatus)
    assert {delivery for _, delivery, *_ in rows} == set(DeliveryMethod)
    assert CloseReason.REFUNDED in {reason for *_, reason, _ in rows}
    assert all(at < demo.present for *_, at in rows)
    assert len(paid) == TOLD - 1, "all but the one that nobody paid for"


async def test_there_is_something_on_every_desk_of_the_shop(demo: Demo):
    cases = Counter(await demo.rows(Case.kind, Case.status))
    assert cases == {
        (CaseKind.RETURN, CaseStatus.REQUESTED): 1,
        (CaseKind.RETURN, CaseStatus.SUCCEEDED): 1,
        (CaseKind.EXCHANGE, CaseStatus.EXCHANGED): 1,
        (CaseKind.REFUND, CaseStatus.SUCCEEDED): 2,
    }
    invoices = {status for (status,) in await demo.rows(InvoiceRequest.status)}
    assert invoices == {InvoiceStatus.ISSUED, InvoiceStatus.REQUESTED}
    parcels = Counter(order_id for (order_id,) in await demo.rows(Shipment.order_id))
    assert max(parcels.values()) == 2
    waiting = [fetch_by for (fetch_by,) in await demo.rows(PickUp.fetch_by)]
    assert any(fetch_by > demo.present for fetch_by in waiting)
    duties = {status for (status,) in await demo.rows(ShippingDuty.status)}
    assert duties >= {DutyStatus.ACCEPTED, DutyStatus.WAITING_FOR_SHIPMENT, DutyStatus.EXEMPT}
    assert set(await demo.rows(OutboxRow.failure)) == {(None,)}


async def test_an_audit_finds_nothing_and_the_gateway_knows_the_same(demo: Demo):
    assert await broken(demo) == []
    assert await of_mall(demo) == of_gateway(demo)


async def test_points_moved_on_the_days_on_which_their_orders_did(demo: Demo):
    moved = await demo.rows(PointsEntry.reason, PointsEntry.recorded_at)
    of_orders = [at for reason, at in moved if reason in {Reason.EARNED, Reason.SETTLED}]
    assert len({day_at(at) for at in of_orders}) > 5
    assert min(of_orders) < demo.present - timedelta(days=7)
    assert max(of_orders) <= demo.present


async def test_the_report_of_the_days_adds_up(demo: Demo):
    days = Days(day_at(demo.present - timedelta(days=14)), day_at(demo.present))
    report = await sales_report(demo.database.reads, days, Language.ZH, download_path="")
    paid = [each for each in demo.wechat.pay.desk.orders if each.is_paid]
    assert report.total.paid_orders == len(paid) == TOLD - 1
    assert report.total.paid_fen == sum(each.total for each in paid)
    assert report.total.refunded_fen == sum(each.returned for each in paid)
    assert sum(each.figures.paid_fen for each in report.days) == report.total.paid_fen
    assert sum(each.figures.paid_orders > 0 for each in report.days) == 13


async def test_the_bills_of_the_days_tell_nothing_otherwise(
    demo: Demo, capsys: pytest.CaptureFixture[str]
):
    assert demo.tools.gateway
    assert await reconciled(demo.tools, reconciler(demo.tools, demo.tools.gateway), None)
    assert capsys.readouterr().out.count(" taken\n") >= 2 * 12
    assert not await demo.rows(Difference.id)


async def test_wechat_has_the_parcels_and_frees_the_money_of_what_was_received(demo: Demo):
    await tell_shipping({"tools": demo.tools})
    freed = (
        select(ShippingDuty.freed_at.is_not(None), Order.status, Order.delivery)
        .join(Order, Order.id == ShippingDuty.order_id)
        .where(ShippingDuty.status == DutyStatus.ACCEPTED)
    )
    async with demo.database.writes() as session:
        told = [tuple(row) for row in await session.execute(freed)]
    by_post = [each for each in told if each[2] is DeliveryMethod.DELIVERY]
    assert by_post
    assert all(is_free is (status is OrderStatus.RECEIVED) for is_free, status, _ in by_post)
    assert set(await demo.rows(ShippingDuty.problem)) == {(None,)}


async def test_a_buyer_of_then_signs_in_as_the_same_member_at_wechat(demo: Demo):
    known = {subject for (subject,) in await demo.rows(MemberIdentity.subject)}
    people = {each.openid for each in demo.wechat.world.people}
    assert known <= people
    assert {each.openid for each in demo.wechat.pay.desk.orders} <= known


async def test_a_seed_that_is_run_again_changes_nothing(demo: Demo):
    before = await demo.rows(func.count(), func.max(OrderHistory.at))
    payments = len(list(demo.wechat.pay.desk.orders))
    assert not await seed(demo)
    assert await demo.rows(func.count(), func.max(OrderHistory.at)) == before
    assert len(list(demo.wechat.pay.desk.orders)) == payments


async def test_the_staff_refund_an_order_of_then_through_the_fake(demo: Demo):
    """The last one: an order stands otherwise after it."""
    async with demo.database.writes() as session:
        paid = select(Order).where(Order.status == OrderStatus.PAID).order_by(Order.id.desc())
        order = (await session.scalars(paid.limit(1))).one()
    await refunded(demo, order.id, order.member_id)
    async with demo.database.writes() as session:
        after = await session.get_one(Order, order.id)
    assert after.status is OrderStatus.CLOSED
    assert after.refunded_fen == order.payable_fen
    assert await broken(demo) == []
    assert await of_mall(demo) == of_gateway(demo)


async def refunded(demo: Demo, order_id: UUID, member_id: UUID) -> None:
    """A member's wish to have everything back, granted by an operator and paid by the worker."""
    random, at = Random(3), system_clock()
    async with demo.database.writes() as session:
        ordered = select(OrderLine.units).where(OrderLine.order_id == order_id)
        units = list(await session.scalars(ordered.order_by(OrderLine.number)))
        lines = tuple(LineWish(number, units=each) for number, each in enumerate(units, start=1))
    wish = CaseWish(CaseKind.REFUND, CaseReason.MISSING, lines, "一直没有发货")
    reads = demo.database.reads
    seen = await preview(reads, order_id, member_id, wish, USUAL_TERMS, at=at)
    by_member = Mover(f"member:{member_id.hex}", at, random, USUAL_TERMS)
    by_staff = By(Staff(make.an_id(), "顾清扬", Role.OPERATOR), at, random)
    async with demo.database.writes.begin() as session:
        fen = seen.plan.total_fen
        case = await open_case(session, order_id, member_id, wish, (), fen, by_member)
        await approve(
            session, case.case_id, return_to=None, reason="同意", by=by_staff, terms=USUAL_TERMS
        )
    await refund_payments({"tools": demo.tools})
    # The fake has given it back by now, and is asked a minute later.
    later = replace(demo.tools, clock=lambda: system_clock() + timedelta(minutes=2))
    await refund_payments({"tools": later})
