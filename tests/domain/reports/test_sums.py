"""Reports add up, every way, to what the tables of orders, payments and refunds say themselves."""

import csv
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from io import StringIO
from random import Random

import asyncpg
import pytest
from sqlalchemy import select

from domain.catalog.views.structs import PRODUCT
from domain.kernel.clock import SHOP_ZONE
from domain.kernel.days import Days
from domain.kernel.db import Database, open_database
from domain.kernel.ids import public_id
from domain.kernel.language import Language
from domain.members.words import Channel
from domain.orders.models import Order, OrderLine
from domain.orders.refunding.models import OrderRefund, OrderRefundLine
from domain.orders.refunding.rules import AmountBack, UnitsBack
from domain.payments.bills import BillKind
from domain.payments.clearing import refunded, write_entries
from domain.payments.models import PaymentAttempt, PaymentRefund
from domain.payments.ports import GatewayRefund, RefundState
from domain.payments.refunding import apply_refund
from domain.payments.words import PaymentProvider, RefundStatus
from domain.reconciliation.models import BillDay
from domain.reconciliation.words import BillStatus
from domain.reports import finance, products, sales
from domain.reports.exporting import (
    FINANCE_COLUMNS,
    SALES_COLUMNS,
    finance_table,
    sales_table,
)
from domain.reports.finance import finance_report
from domain.reports.sales import sales_report
from domain.reports.structs import SalesFigures, SalesReport
from tests import make_orders
from tests.api.client import statements_run
from tests.conftest import as_application
from tests.domain.invoices.bureau import VAULT
from tests.domain.members.people import rows
from tests.domain.orders.buying import Shop, a_shop
from tests.domain.payments.returns import sold
from tests.domain.reports.histories import FIRST, LAST, a_history
from tests.make import NOON

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
    assert statements_run() == before + 4
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


async def test_a_refund_that_the_gateway_gave_up_was_begun_once(database: Database):
    order = await sold(database, await a_shop(database, prices_fen=(1001,)), 2)
    await order.back(UnitsBack(1, 1))
    (begun,) = await rows(database, PaymentRefund)
    order.clock.now += timedelta(seconds=1)
    given_up = GatewayRefund(
        begun.number, order.number, RefundState.CLOSED, "G1", begun.amount_fen, 0
    )
    async with database.writes.begin() as session:
        await apply_refund(session, given_up, at=order.clock.now, random=Random(1))
    assert len(await rows(database, PaymentRefund)) == 2
    day = NOON.date()
    (total,) = (await finance_report(database.reads, Days(day, day), download_path="")).total
    assert (total.refunds_begun, total.refunds_begun_fen) == (1, begun.amount_fen)


@pytest.mark.parametrize(("status", "told"), [("taken", "0.00"), ("waiting", ""), ("lost", "")])
async def test_a_bill_that_is_not_here_is_blank_in_the_table(
    database: Database, status: BillStatus, told: str
):
    at = NOON if status == BillStatus.TAKEN else None
    bill = BillDay(
        provider=PaymentProvider.WECHAT_PAY,
        bill=BillKind.TRADES,
        day=FIRST,
        status=BillStatus(status),
        ask_at=NOON,
        taken_at=at,
    )
    async with database.writes.begin() as session:
        session.add(bill)
    days = Days(FIRST, FIRST)
    content = b"".join([each async for each in finance_table(database.reads, VAULT, days)])
    _, line = csv.reader(StringIO(content.decode("utf-8-sig"), newline=""))
    row = dict(zip(FINANCE_COLUMNS, line, strict=True))
    assert (row["bill_paid_yuan"], row["bill_refunded_yuan"]) == (told, told)
    assert row["bill_payments"] == row["bill_refunds"] == told[:1]


async def test_a_day_that_is_over_stays_as_it_was(database: Database):
    """What comes later, of whatever order, is of later days."""
    await a_history(database, Random(7), 20)
    days = Days(FIRST, FIRST + timedelta(days=1))
    before = await sales_report(database.reads, days, Language.ZH, download_path="")
    later, random = datetime(2026, 12, 5, tzinfo=SHOP_ZONE), Random(5)
    async with database.writes.begin() as session:
        for attempt in (await session.scalars(select(PaymentAttempt))).all():
            await write_entries(
                session, attempt.id, [refunded(9, is_orders=True)], 1, at=later, random=random
            )
    after = await sales_report(database.reads, days, Language.ZH, download_path="")
    assert after == before


async def table_of(database: Database, days: Days) -> list[dict[str, str]]:
    """The lines of the file of what was sold."""
    content = b"".join([each async for each in sales_table(database.reads, VAULT, days)])
    header, *lines = csv.reader(StringIO(content.decode("utf-8-sig"), newline=""))
    assert header == list(SALES_COLUMNS.values())
    return [dict(zip(SALES_COLUMNS, line, strict=True)) for line in lines]


def fen_of(table: list[dict[str, str]], kind: str, column: str) -> int:
    """The amounts of a column in all lines of a kind, added up."""
    told = [row[column] for row in table if row["kind"].startswith(kind)]
    return sum(int(each.replace(".", "")) for each in told)


async def test_the_table_says_what_the_report_says(database: Database):
    await a_history(database, Random(3), 30)
    report = await sales_report(database.reads, DAYS, Language.ZH, download_path="")
    table = await table_of(database, DAYS)
    for kind in ("合计", "门店", "渠道"):
        assert fen_of(table, kind, "paid_yuan") == report.total.paid_fen
        assert fen_of(table, kind, "refunded_yuan") == report.total.refunded_fen
    assert fen_of(table, "商品", "paid_yuan") + report.total.freight_fen == report.total.paid_fen
    assert [row["day"] for row in table if row["kind"].startswith("合计")] == [
        day.isoformat() for day in DAYS
    ]
    content = b"".join([each async for each in finance_table(database.reads, VAULT, DAYS)])
    header, *lines = csv.reader(StringIO(content.decode("utf-8-sig"), newline=""))
    assert header == list(FINANCE_COLUMNS.values())
    applied = list(FINANCE_COLUMNS).index("applied_yuan")
    assert sum(int(line[applied].replace(".", "")) for line in lines) == report.total.paid_fen


async def two_products(database: Database) -> Shop:
    """A shop with two variants of one product and one of another."""
    shop = await a_shop(database, prices_fen=(1001, 333))
    async with database.writes.begin() as session:
        other = await make_orders.goods(session, prices_fen=(2500,), place_id=shop.place_id)
    return Shop(shop.place_id, [*shop.variants, *other])


async def refunded_by_product(database: Database, days: list[date]) -> dict[str, tuple[int, int]]:
    """Units and price that came back of each product, summed over whole tables."""
    lines = {(each.order_id, each.number): each for each in await rows(database, OrderLine)}
    refunds = {each.id: each for each in await rows(database, OrderRefund)}
    told: dict[str, tuple[int, int]] = {}
    for each in await rows(database, OrderRefundLine):
        if is_within(refunds[each.refund_id].finished_at, days):
            product = public_id(PRODUCT, lines[each.order_id, each.line_number].product_id)
            units, fen = told.get(product, (0, 0))
            told[product] = units + each.units, fen + each.goods_fen
    return told


async def test_what_came_back_is_told_by_product_and_adds_up_to_the_fen(
    database: Database, monkeypatch: pytest.MonkeyPatch
):
    order = await sold(database, await two_products(database), 2, 1, 3)
    # Which line has which goods follows from ids of one moment.
    by_units = {each.units: each.number for each in await rows(database, OrderLine)}
    two, one, three = by_units[2], by_units[1], by_units[3]
    await order.back(UnitsBack(two, 1), UnitsBack(three, 1))
    await order.run()
    await order.back(AmountBack(three, 50))
    await order.run()
    # Nothing but refunds is of the next day, and one that goes on is of none.
    order.clock.now += timedelta(days=1)
    await order.back(UnitsBack(two, 1), is_shops_fault=True)
    await order.run()
    await order.back(UnitsBack(one, 1))
    begun = NOON.date()
    days = [begun, begun + timedelta(days=1)]
    for span in ([days[0]], [days[1]], days):
        report = await sales_report(
            database.reads, Days(span[0], span[-1]), Language.ZH, download_path=""
        )
        back = {each.product_id: each for each in report.products if each.refunded_fen}
        assert {
            key: (each.refunded_units, each.refunded_fen) for key, each in back.items()
        } == await refunded_by_product(database, span)
        of_goods = sum(each.refunded_fen for each in report.products)
        assert of_goods + report.refunded_freight_fen == report.total.refunded_fen > 0
        everything_adds_up(report, await told_by_the_tables(database, span))
    assert len(back) == 2
    monkeypatch.setattr(sales, "MOST_PRODUCTS", 1)
    cut = await sales_report(database.reads, Days(*days), Language.ZH, download_path="")
    (named,) = cut.products
    assert named.refunded_fen + cut.other_refunded_fen == of_goods
    assert named.refunded_units + cut.other_refunded_units == 3
    table = await table_of(database, Days(*days))
    of_products = fen_of(table, "商品", "refunded_yuan")
    assert of_products + fen_of(table, "合计", "refunded_freight_yuan") == of_goods + (
        report.refunded_freight_fen
    )
    assert sum(int(row["refunded_units"]) for row in table if row["kind"].startswith("商品")) == 3
    assert sum(int(row["refunded_units"]) for row in table if row["kind"].startswith("合计")) == 3


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


async def test_reports_are_read_by_the_indexes_of_their_moments(migrated_database_url: str):
    # How many rows there have been, and what PostgreSQL knows of them, is of no other test.
    owner = await asyncpg.connect(migrated_database_url)
    url = as_application(migrated_database_url)
    async with open_database(url, read_connections=1, write_connections=4) as database:
        await a_history(database, Random(1), 5)
    for read, index in (
        (sales.moved_orders(Language.ZH), "ix_order_history_at_order_id"),
        (products.sold_products(Language.ZH, by_day=True), "ix_order_history_at_order_id"),
        (products.returned_products(Language.ZH, by_day=True), "ix_order_refunds_finished_at"),
        (sales.returned_money(Language.ZH), "ix_clearing_entries_recorded_at"),
        (finance.moved_money(), "ix_clearing_entries_recorded_at"),
    ):
        async with owner.transaction():
            await owner.execute("SET LOCAL enable_seqscan = off")
            plan = await owner.fetch(f"EXPLAIN {read.sql}", DAYS.begins, DAYS.ends)
        assert any(index in row[0] for row in plan), plan
    await owner.close()
