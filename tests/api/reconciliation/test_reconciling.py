"""Bills of the fake WeChat Pay, downloaded over HTTP and held against what members paid."""

from collections.abc import AsyncGenerator
from datetime import date, datetime, time, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from domain.kernel.clock import SHOP_ZONE, system_clock
from domain.kernel.db import Database
from domain.kernel.settings import Settings
from domain.payments.bills import BillKind, BillUnusable
from domain.payments.ports import PaymentGateway
from domain.reconciliation.models import BillDay
from domain.reconciliation.words import BillStatus
from sandbox.wechat.pay.bill_tricks import BillTricks, ExtraRow
from sandbox.wechat.pay.billing import DOWNLOAD
from tests.api.client import AS_STAFF
from tests.api.payments.malls import PayingMall, number_of, paying_mall
from tests.domain.orders.buying import Shop, a_shop
from tests.domain.payments.tills import Clock
from tests.wechat import FakeWeChat
from workers.reconciliation import reconcile_bills

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
    """Units of a variant."""
    return await a_shop(database, units=50)


async def paid(mall: PayingMall, shop: Shop, orders: int) -> list[str]:
    """The numbers of so many payments of a member."""
    buyer, numbers = await mall.a_buyer(), list[str]()
    for _ in range(orders):
        payable = await mall.begin(buyer, await mall.order(buyer, shop))
        numbers.append(number_of(payable))
        mall.pay.pay(numbers[-1])
        await mall.pay.settled()
    return numbers


def today(mall: PayingMall, number: str) -> date:
    """The day on which something was paid, where the gateway is."""
    at = mall.pay.order(number).paid_at
    assert at is not None
    return at.astimezone(SHOP_ZONE).date()


def bills_come(mall: PayingMall, clock: Clock, day: date, **tricks: Any) -> None:
    """Let it be the morning on which this day and the next one have their bills."""
    mall.pay.desk.bill_tricks = BillTricks(is_ready=True, **tricks)
    clock.now = datetime.combine(day + timedelta(days=2), time(11), tzinfo=SHOP_ZONE)


async def told(mall: PayingMall, **given: object) -> list[dict[str, Any]]:
    """What the staff are told of differences."""
    answer = await mall.api.run("playground/ReconciliationDifferences", AS_STAFF, **given)
    assert "errors" not in answer, answer
    return [each["node"] for each in answer["data"]["reconciliationDifferences"]["edges"]]


async def test_a_row_that_is_missing_and_one_that_is_extra_are_listed_with_their_age(
    mall: PayingMall, shop: Shop, clock: Clock
):
    kept, missing = await paid(mall, shop, 2)
    day = today(mall, kept)
    bills_come(
        mall,
        clock,
        day,
        without=[missing],
        extra=[ExtraRow("20261128-stranger", 990, day.isoformat())],
    )
    await reconcile_bills(mall.sweeps)
    clock.now += timedelta(hours=3)
    of_trades = [each for each in await told(mall) if each["bill"] == "TRADES"]
    assert {(each["number"], each["kind"], each["ours"], each["theirs"]) for each in of_trades} == {
        (missing, "MISSING_AT_GATEWAY", 15_800, None),
        ("20261128-stranger", "MISSING_HERE", None, 990),
    }
    assert {(each["day"], each["ageSeconds"], each["resolvedAt"]) for each in of_trades} == {
        (day.isoformat(), 3 * 3600, None)
    }
    # Of funds only what came from nobody: ours may stand frozen.
    of_funds = [each for each in await told(mall) if each["bill"] == "FUNDS"]
    assert [(each["kind"], each["theirs"]) for each in of_funds] == [("MISSING_HERE", 990)]
    await reconcile_bills(mall.sweeps)
    assert len(await told(mall)) == 3


async def test_an_amount_that_was_changed_differs_and_days_have_their_sums(
    mall: PayingMall, shop: Shop, clock: Clock, database: Database
):
    number, other = await paid(mall, shop, 2)
    day = today(mall, number)
    bills_come(mall, clock, day, amounts={other: 15_801})
    await reconcile_bills(mall.sweeps)
    moved, differs = sorted(await told(mall), key=lambda each: each["bill"])
    assert (differs["number"], differs["kind"]) == (other, "AMOUNT_DIFFERS")
    assert (differs["ours"], differs["theirs"], differs["feeMillifen"]) == (15_800, 15_801, 95_000)
    assert (moved["bill"], moved["kind"]) == ("FUNDS", "AMOUNT_DIFFERS")
    async with database.writes() as session:
        days = list(await session.scalars(select(BillDay).order_by(BillDay.bill, BillDay.day)))
    assert {each.status for each in days} == {BillStatus.TAKEN}
    trades = next(each for each in days if each.bill is BillKind.TRADES and each.day == day)
    assert (trades.payments, trades.paid_fen, trades.digest is None) == (2, 31_601, False)
    quiet = next(each for each in days if each.day > day)
    assert (quiet.payments, quiet.digest) == (0, None)


async def test_a_bill_with_another_digest_is_refused_and_had_later(
    mall: PayingMall, shop: Shop, clock: Clock, database: Database
):
    (number,) = await paid(mall, shop, 1)
    day = today(mall, number)
    bills_come(mall, clock, day, wrong_hash=True)
    await reconcile_bills(mall.sweeps)
    async with database.writes() as session:
        row = await session.get_one(BillDay, ("wechat_pay", "trades", day))
    assert (row.status, row.problem, row.payments) == (BillStatus.WAITING, "digest", 0)
    mall.pay.desk.bill_tricks = BillTricks(is_ready=False)
    clock.now += timedelta(minutes=11)
    await reconcile_bills(mall.sweeps)
    async with database.writes() as session:
        row = await session.get_one(BillDay, ("wechat_pay", "trades", day))
    assert (row.status, row.problem) == (BillStatus.WAITING, "not_ready")
    mall.pay.desk.bill_tricks = BillTricks(is_ready=True)
    clock.now += timedelta(minutes=11)
    await reconcile_bills(mall.sweeps)
    assert await told(mall) == []
    async with database.writes() as session:
        row = await session.get_one(BillDay, ("wechat_pay", "trades", day))
    assert (row.status, row.payments) == (BillStatus.TAKEN, 1)


async def test_a_link_to_a_bill_is_signed_for_and_good_for_five_minutes(
    mall: PayingMall, shop: Shop, clock: Clock
):
    (number,) = await paid(mall, shop, 1)
    day = today(mall, number)
    bills_come(mall, clock, day)
    gateway = mall.sweeps["tools"].gateway
    assert gateway is not None
    await _refused_link(mall, gateway, day)


async def _refused_link(mall: PayingMall, gateway: PaymentGateway, day: date) -> None:
    bill = await gateway.bill(BillKind.TRADES, day)
    assert bill is not None
    (line,) = bill.lines()
    assert line.amount_fen == 15_800
    assert await gateway.bill(BillKind.TRADES, day - timedelta(days=3)) is None
    (token,) = mall.pay.desk.bill_files.kept
    async with httpx.AsyncClient() as http:
        answer = await http.get(f"{mall.wechat.url}{DOWNLOAD}?token={token}")
    assert (answer.status_code, answer.json()["code"]) == (401, "SIGN_ERROR")
    mall.pay.desk.bill_tricks = BillTricks(is_ready=True, wrong_hash=True)
    with pytest.raises(BillUnusable, match="digest"):
        await gateway.bill(BillKind.TRADES, day)
