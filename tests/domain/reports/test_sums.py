"""Reports add up, every way, to what the tables of orders, payments and refunds say themselves."""

import csv
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from io import StringIO
from random import Random

import asyncpg
import pytest
from sqlalchemy import select

from domain.kernel.clock import SHOP_ZONE
from domain.kernel.days import Days
from domain.kernel.db import Database
from domain.kernel.language import Language
from domain.members.words import Channel
from domain.orders.models import Order
from domain.payments.clearing import write_entries
from domain.payments.models import PaymentAttempt, PaymentRefund
from domain.payments.words import RefundStatus
from domain.reports import finance, sales
from domain.reports.exporting import (
    FINANCE_COLUMNS,
    SALES_COLUMNS,
    finance_table,
    sales_table,
)
from domain.reports.finance import finance_report
from domain.reports.sales import sales_report
from domain.reports.structs import SalesFigures, SalesReport
from tests.api.client import statements_run
from tests.domain.invoices.bureau import VAULT
from tests.domain.members.people import rows
from tests.domain.reports.histories import FIRST, LAST, a_history, went_back

DAYS = Days(FIRST, LAST)


def day_of(moment: datetime | None) -> date | None:
    """The day on the shop's clock, told in another way than the database does."""
    return moment.astimezone(SHOP_ZONE).date() if moment else None


def is_within(moment: datetime | None, days: Iterable[date] = DAYS) -> bool:
    """Whether a moment is of the days."""
    return day_of(moment) in set(days)


async def told_by_the_tables(database: Database, days: list[date]) -> dict[str, int]:
    """The figures of the days, summed over whole tables and without the journals."""
    orders = await rows(database, Order)
    placed = [each for each in orders if is_within(each.placed_at, days)]
    paid = [each for each in orders if is_within(each.paid_at, days)]
    attempts = {each.id: each for each in await rows(database, PaymentAttempt)}
    paid_orders = {each.id for each in orders if each.paid_at is not None}
    back = [
        each
        for each in await rows(database, PaymentRefund)
        if each.status is RefundStatus.SUCCEEDED
        and is_within(each.finished_at, days)
        and attempts[each.attempt_id].order_id in paid_orders
    ]
    return {
        "placed_orders": len(placed),
        "placed_fen": sum(each.payable_fen for each in placed),
        "paid_orders": len(paid),
        "paid_units": sum(each.units for each in paid),
        "paid_fen": sum(each.payable_fen for each in paid),
        "freight_fen": sum(each.freight_list_fen for each in paid),
        "closed_orders": len([each for each in orders if is_within(each.closed_at, days)]),
        "refunds": len(back),
        "refunded_fen": sum(each.amount_fen for each in back),
    }


def summed(parts: Iterable[SalesFigures]) -> dict[str, int]:
    """Figures of parts, added up."""
    parts = list(parts)
    names = SalesFigures.__struct_fields__
    return {name: sum(getattr(each, name) for each in parts) for name in names}


def everything_adds_up(report: SalesReport, expected: dict[str, int]) -> None:
    """See that all parts of a report make its total, which is what is expected."""
    assert summed([report.total]) == expected
    for parts in (report.days, report.places, report.channels):
        assert summed(each.figures for each in parts) == expected
    of_goods = sum(each.paid_fen for each in report.products) + report.other_paid_fen
    assert of_goods + report.total.freight_fen == report.total.paid_fen
    units = sum(each.units for each in report.products) + report.other_units
    assert units == report.total.paid_units


@pytest.mark.parametrize("seed", range(3))
async def test_any_history_adds_up_to_the_fen_in_every_way(database: Database, seed: int):
    await a_history(database, Random(seed), 40)
    before = statements_run()
    report = await sales_report(database.reads, DAYS, Language.ZH, download_path="")
    assert statements_run() == before + 3
    assert report.total.paid_orders > 0
    assert report.total.refunds > 0
    everything_adds_up(report, await told_by_the_tables(database, list(DAYS)))
    for each in report.days:
        day = date.fromisoformat(each.day)
        assert summed([each.figures]) == await told_by_the_tables(database, [day])
    one_by_one = [
        await sales_report(database.reads, Days(day, day), Language.EN, download_path="")
        for day in DAYS
    ]
    assert summed(each.total for each in one_by_one) == summed([report.total])


@pytest.mark.parametrize("seed", range(2))
async def test_money_is_that_of_payments_and_refunds(database: Database, seed: int):
    await a_history(database, Random(seed), 40)
    before = statements_run()
    report = await finance_report(database.reads, DAYS, download_path="")
    assert statements_run() == before + 4
    sold = await sales_report(database.reads, DAYS, Language.ZH, download_path="")
    attempts = await rows(database, PaymentAttempt)
    came = [each.amount_fen for each in attempts if is_within(each.paid_at)]
    refunds = await rows(database, PaymentRefund)
    begun = [each.amount_fen for each in refunds if is_within(each.created_at)]
    back = [each.amount_fen for each in refunds if is_within(each.finished_at)]
    (total,) = report.total
    assert (total.payments, total.received_fen) == (len(came), sum(came))
    assert (total.refunds_begun, total.refunds_begun_fen) == (len(begun), sum(begun))
    assert (total.refunds, total.refunded_fen) == (len(back), sum(back))
    # Two books: orders by their history, and the clearing.
    assert total.applied_fen == sold.total.paid_fen
    assert total.refunded_fen >= sold.total.refunded_fen
    by_day = [each for day in report.days for each in day.providers]
    assert sum(each.received_fen for each in by_day) == total.received_fen


async def test_a_day_that_is_over_stays_as_it_was(database: Database):
    """What comes later, of whatever order, is of later days."""
    await a_history(database, Random(7), 20)
    days = Days(FIRST, FIRST + timedelta(days=1))
    before = await sales_report(database.reads, days, Language.ZH, download_path="")
    later, random = datetime(2026, 12, 5, tzinfo=SHOP_ZONE), Random(5)
    async with database.writes.begin() as session:
        for attempt in (await session.scalars(select(PaymentAttempt))).all():
            await write_entries(session, attempt.id, [went_back(9)], 1, at=later, random=random)
    after = await sales_report(database.reads, days, Language.ZH, download_path="")
    assert after == before


async def test_the_table_says_what_the_report_says(database: Database):
    await a_history(database, Random(3), 30)
    report = await sales_report(database.reads, DAYS, Language.ZH, download_path="")
    content = b"".join([each async for each in sales_table(database.reads, VAULT, DAYS)])
    header, *lines = csv.reader(StringIO(content.decode("utf-8-sig"), newline=""))
    assert header == list(SALES_COLUMNS.values())
    table = [dict(zip(SALES_COLUMNS, line, strict=True)) for line in lines]

    def fen(kind: str, column: str) -> int:
        told = [row[column] for row in table if row["kind"].startswith(kind)]
        return sum(int(each.replace(".", "")) for each in told)

    for kind in ("合计", "门店", "渠道"):
        assert fen(kind, "paid_yuan") == report.total.paid_fen
        assert fen(kind, "refunded_yuan") == report.total.refunded_fen
    assert fen("商品", "paid_yuan") + report.total.freight_fen == report.total.paid_fen
    assert [row["day"] for row in table if row["kind"].startswith("合计")] == [
        day.isoformat() for day in DAYS
    ]
    content = b"".join([each async for each in finance_table(database.reads, VAULT, DAYS)])
    header, *lines = csv.reader(StringIO(content.decode("utf-8-sig"), newline=""))
    assert header == list(FINANCE_COLUMNS.values())
    applied = list(FINANCE_COLUMNS).index("applied_yuan")
    assert sum(int(line[applied].replace(".", "")) for line in lines) == report.total.paid_fen


async def test_products_past_the_named_ones_are_summed(
    database: Database, monkeypatch: pytest.MonkeyPatch
):
    await a_history(database, Random(4), 30)
    whole = await sales_report(database.reads, DAYS, Language.ZH, download_path="")
    monkeypatch.setattr(sales, "MOST_PRODUCTS", 1)
    report = await sales_report(database.reads, DAYS, Language.ZH, download_path="")
    assert (len(report.products), report.other_products) == (1, len(whole.products) - 1)
    everything_adds_up(report, await told_by_the_tables(database, list(DAYS)))
    assert report.products[0].paid_fen >= report.other_paid_fen
    assert {each.channel for each in report.channels} <= set(Channel)


async def test_reports_are_read_by_the_indexes_of_their_moments(
    database: Database, owner: "asyncpg.Connection[asyncpg.Record]"
):
    await a_history(database, Random(1), 5)
    for read, index in (
        (sales.moved_orders(Language.ZH), "ix_order_history_at_order_id"),
        (sales.sold_products(Language.ZH, by_day=True), "ix_order_history_at_order_id"),
        (sales.returned_money(Language.ZH), "ix_clearing_entries_recorded_at"),
        (finance.moved_money(), "ix_clearing_entries_recorded_at"),
    ):
        async with owner.transaction():
            await owner.execute("SET LOCAL enable_seqscan = off")
            plan = await owner.fetch(f"EXPLAIN {read.sql}", DAYS.begins, DAYS.ends)
        assert any(index in row[0] for row in plan), plan
