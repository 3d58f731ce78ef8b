"""``mall reconcile``: takes the gateway's bills in now, and tells what differs."""

import asyncio
import os
import sys
from datetime import date, datetime
from random import SystemRandom

import click
from sqlalchemy import select

from cli.reach import postgresql_told
from domain.kernel.clock import system_clock
from domain.kernel.settings import read_settings
from domain.payments.bills import BillKind
from domain.reconciliation.exchanges import Reconciler
from domain.reconciliation.models import BillDay, Difference
from domain.reconciliation.rules import LINES_KEPT, first_remembered
from domain.reconciliation.taking import Due
from domain.reconciliation.words import BillStatus
from workers.main import open_tools
from workers.reconciliation import reconciler
from workers.tools import Tools

MOST_SHOWN = 50


@click.command("reconcile")
@click.option(
    "--day",
    type=click.DateTime(["%Y-%m-%d"]),
    help="A day in Shanghai, such as 2026-11-27; without it whatever is due.",
)
def command(day: datetime | None) -> None:
    """Ask the gateway for bills, compare them with our books, and name what differs.

    A day that is here already is compared again. Ends with status 1 where a bill was not had, or
    a difference is open.
    """
    with postgresql_told():
        is_right = asyncio.run(_reconcile(day.date() if day else None))
    sys.exit(0 if is_right else 1)


async def _reconcile(day: date | None) -> bool:
    settings = read_settings(os.environ)
    async with open_tools(settings, clock=system_clock, random=SystemRandom()) as tools:
        if tools.gateway is None:
            raise click.ClickException("MALL_WECHAT_PAY_…: there is no gateway to ask for bills")
        return await reconciled(tools, reconciler(tools, tools.gateway), day)


async def reconciled(tools: Tools, desk: Reconciler, day: date | None) -> bool:
    """Take in what is due, or one day, and tell; whether nothing is left to be looked at."""
    await desk.plan()
    is_right = True
    while (due := await desk.next_due(day)) is not None:
        problem = await desk.take(due)
        click.echo(f"{due.day} {due.bill.value:6} {problem or 'taken'}")
        is_right = is_right and problem is None
        if day is not None and problem is not None:
            break
    if day is not None:
        is_right = await _again(tools, desk, day) and is_right
    return await _told(tools) and is_right


async def _again(tools: Tools, desk: Reconciler, day: date) -> bool:
    """Compare a day once more; False where not all of its bills are here."""
    if day < first_remembered(tools.clock()):
        raise click.ClickException(
            f"--day {day}: the lines of its bills are forgotten after {LINES_KEPT.days} days"
        )
    async with tools.database.writes() as session:
        rows = {
            each.bill: each
            for each in await session.scalars(select(BillDay).where(BillDay.day == day))
        }
    if not rows:
        raise click.ClickException(f"--day {day}: no bill is due of it, or the gateway has none")
    for kind in BillKind:
        row = rows.get(kind)
        if row is None or row.status is not BillStatus.TAKEN:
            return False
        await desk.compare_again(Due(row.provider, row.bill, row.day))
        click.echo(
            f"{day} {kind.value:6} payments {row.payments} of {row.paid_fen} fen, "
            f"refunds {row.refunds} of {row.refunded_fen} fen, others {row.others}"
        )
    return True


async def _told(tools: Tools) -> bool:
    async with tools.database.writes() as session:
        open_ = (
            select(Difference)
            .where(Difference.resolved_at.is_(None))
            .order_by(Difference.found_at, Difference.id)
            .limit(MOST_SHOWN + 1)
        )
        found = list(await session.scalars(open_))
    for each in found[:MOST_SHOWN]:
        click.echo(
            f"DIFFERS {each.day} {each.bill.value} {each.kind.value} {each.subject.value} "
            f"{each.number}: ours {each.ours_fen}, theirs {each.theirs_fen} fen, "
            f"since {each.found_at:%Y-%m-%d %H:%M}"
        )
    if len(found) > MOST_SHOWN:
        click.echo("DIFFERS: and more")
    return not found
