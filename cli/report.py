"""``mall report``: tells what was sold on a day, and what money moved."""

import asyncio
import os
from datetime import date, datetime

import click

from cli.reach import postgresql_told
from domain.kernel.days import Days
from domain.kernel.db import ReadPool, open_database
from domain.kernel.language import Language
from domain.kernel.settings import read_settings
from domain.reports.finance import finance_report
from domain.reports.sales import sales_report
from domain.reports.structs import DayFinance, SalesFigures


@click.command("report")
@click.argument("day", type=click.DateTime(["%Y-%m-%d"]))
def command(day: datetime) -> None:
    """Tell what was sold on DAY in Shanghai, such as 2026-11-27, and what money moved.

    Amounts are in fen. By place, channel and product the API tells it, also as a table.
    """
    url = read_settings(os.environ).required_database_url()
    with postgresql_told():
        asyncio.run(_report(url, day.date()))


async def _report(url: str, day: date) -> None:
    async with open_database(url, read_connections=1, write_connections=1) as database:
        await reported(database.reads, day)


async def reported(reads: ReadPool, day: date) -> None:
    """Print the report of a day."""
    days = Days(day, day)
    sales = await sales_report(reads, days, Language.EN, download_path="")
    _sold(day.isoformat(), sales.total)
    for place in sales.places:
        _sold(f"{day} {place.code}", place.figures)
    finance = await finance_report(reads, days, download_path="")
    _moved(finance.days[0])


def _sold(title: str, figures: SalesFigures) -> None:
    click.echo(
        f"{title}: placed {figures.placed_orders} of {figures.placed_fen}, "
        f"paid {figures.paid_orders} of {figures.paid_fen}, "
        f"refunded {figures.refunds} of {figures.refunded_fen} fen"
    )


def _moved(day: DayFinance) -> None:
    for each in day.providers:
        click.echo(
            f"{day.day} {each.provider.value}: payments {each.payments} of {each.received_fen}, "
            f"applied {each.applied_fen}, refunds {each.refunds} of {each.refunded_fen} fen"
        )
    for bill in day.bills:
        click.echo(
            f"{day.day} bill {bill.bill.value} {bill.status.value}: payments {bill.payments} of "
            f"{bill.paid_fen}, refunds {bill.refunds} of {bill.refunded_fen} fen"
        )
    click.echo(f"{day.day} differences: {day.open_differences} open of {day.differences}")
