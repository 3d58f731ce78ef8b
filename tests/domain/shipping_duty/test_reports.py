"""Special reports of duties that are for people: what is wrong with telling stays to be seen."""

from datetime import timedelta
from uuid import UUID

import pytest

from domain.kernel.actors import By, Role, Staff
from domain.kernel.db import Database
from domain.kernel.outside import OutsideUnavailable
from domain.orders.words import Carrier
from domain.shipping_duty import staff
from domain.shipping_duty.exchanges import Teller
from domain.shipping_duty.ports import ShippingProblem, ShippingRefused
from domain.shipping_duty.words import DutyStatus, ReportStatus
from tests.domain.orders.buying import RANDOM, a_shop
from tests.domain.payments.tills import Clock
from tests.domain.shipping_duty.duties import (
    MemoryWeChat,
    a_paid_order,
    a_teller,
    attempt_of,
    duty_of,
    sent,
    worked,
)
from tests.make import an_id

LATE = timedelta(days=40)


async def a_failed_duty(database: Database, teller: Teller) -> UUID:
    """The order of one: WeChat has no code for who brings its parcel."""
    order_id = await a_paid_order(database, await a_shop(database))
    await sent(database, order_id, "LOCAL-000001", units=1, carrier=Carrier.OTHER)
    await worked(teller)
    duty = await duty_of(database, order_id)
    assert (duty.status, duty.problem) == (DutyStatus.FAILED, "unknown_carrier")
    return order_id


def by(clock: Clock) -> By:
    """Somebody of the staff, now."""
    return By(Staff(an_id(), "小林", Role.OPERATOR), clock.now, RANDOM)


async def reported(database: Database, order_id: UUID, teller: Teller, clock: Clock) -> None:
    """Have it reported that the rest is sent late."""
    attempt = await attempt_of(database, order_id)
    assert attempt.paid_at is not None
    async with database.writes.begin() as session:
        until = attempt.paid_at + LATE
        await staff.report(session, attempt.id, until=until, reason="预售", by=by(clock))
    assert await worked(teller) == 1


def refused(call: str) -> None:
    """WeChat takes no report."""
    if call == "report":
        raise ShippingRefused(ShippingProblem.OTHER, "10060014")


def away(_call: str) -> None:
    """WeChat is not there."""
    raise OutsideUnavailable("ConnectError", may_have_happened=False)


@pytest.mark.parametrize("is_refused", [True, False])
async def test_a_report_of_a_duty_that_failed_leaves_what_is_wrong_with_telling(
    database: Database, *, is_refused: bool
):
    clock, wechat = Clock(), MemoryWeChat()
    teller = a_teller(database, wechat, clock)
    order_id = await a_failed_duty(database, teller)
    if is_refused:
        wechat.before = refused
    await reported(database, order_id, teller, clock)
    duty = await duty_of(database, order_id)
    report = ReportStatus.FAILED if is_refused else ReportStatus.ACCEPTED
    assert (duty.status, duty.problem, duty.report_status) == (
        DutyStatus.FAILED,
        "unknown_carrier",
        report,
    )
    # It is not reported again, and WeChat is asked whether people have seen to it.
    assert await worked(teller) == 0
    clock.now += timedelta(days=1)
    wechat.before = away
    assert await worked(teller) == 1
    assert wechat.calls == ["report", "ask"]
    assert (await duty_of(database, order_id)).problem == "unknown_carrier"


async def test_what_failed_in_both_ways_is_tried_again_in_both(database: Database):
    clock, wechat = Clock(), MemoryWeChat(before=refused)
    teller = a_teller(database, wechat, clock)
    order_id = await a_failed_duty(database, teller)
    await reported(database, order_id, teller, clock)
    wechat.before = lambda call: None
    async with database.writes.begin() as session:
        duty_id = (await attempt_of(database, order_id)).id
        await staff.retry(session, duty_id, reason="已核对", by=by(clock))
    duty = await duty_of(database, order_id)
    assert (duty.status, duty.report_status) == (DutyStatus.DUE, ReportStatus.DUE)
    await worked(teller)
    assert (await duty_of(database, order_id)).report_status is ReportStatus.ACCEPTED
    await worked(teller)
    duty = await duty_of(database, order_id)
    assert (duty.status, duty.problem) == (DutyStatus.FAILED, "unknown_carrier")
