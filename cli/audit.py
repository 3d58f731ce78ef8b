"""``mall audit``: proves over the whole database what no constraint can hold by itself."""

import asyncio
import os
import sys
from itertools import chain

import click
from sqlalchemy import text

from cli.reach import postgresql_told
from domain.addresses.audit import INVARIANTS as ADDRESSES
from domain.aftersales.audit import INVARIANTS as CASES
from domain.catalog.audit import INVARIANTS as CATALOG
from domain.invoices.audit import INVARIANTS as INVOICES
from domain.kernel.audit import Invariant, violations
from domain.kernel.db import WriteSession, open_database
from domain.kernel.settings import read_settings
from domain.members.audit import INVARIANTS as MEMBERS
from domain.messages.audit import INVARIANTS as MESSAGES
from domain.orders.audit import INVARIANTS as ORDERS
from domain.orders.earning.audit import INVARIANTS as EARNING
from domain.orders.picking_up.audit import INVARIANTS as PICK_UPS
from domain.orders.points_audit import INVARIANTS as ORDER_POINTS
from domain.orders.redeeming.audit import INVARIANTS as POINTS_MALL
from domain.orders.refunding.audit import INVARIANTS as REFUNDING
from domain.orders.shipping.audit import INVARIANTS as SHIPPING
from domain.payments.audit import INVARIANTS as PAYMENTS
from domain.points.adjusting.audit import INVARIANTS as ADJUSTED_POINTS
from domain.points.audit import INVARIANTS as POINTS
from domain.points.giving.audit import INVARIANTS as GIVEN_POINTS
from domain.shipping_duty.audit import INVARIANTS as SHIPPING_DUTY
from domain.staff.audit import INVARIANTS as STAFF
from domain.stock.audit import INVARIANTS as STOCK

MOST_SHOWN = 20
INVARIANTS: tuple[Invariant, ...] = tuple(
    chain(
        CATALOG,
        STOCK,
        POINTS,
        EARNING,
        ORDER_POINTS,
        ADJUSTED_POINTS,
        GIVEN_POINTS,
        MEMBERS,
        MESSAGES,
        ADDRESSES,
        STAFF,
        ORDERS,
        SHIPPING,
        REFUNDING,
        POINTS_MALL,
        PICK_UPS,
        PAYMENTS,
        SHIPPING_DUTY,
        CASES,
        INVOICES,
    )
)


@click.command("audit")
def command() -> None:
    """Check every invariant of the ledgers; name each row that breaks one.

    Reads everything and changes nothing, in bounded memory, on one snapshot. Ends with status 1
    when a row was found.
    """
    url = read_settings(os.environ).required_database_url()
    with postgresql_told():
        found = asyncio.run(_audit(url))
    sys.exit(1 if found else 0)


async def _audit(url: str) -> int:
    async with (
        open_database(
            url, read_connections=1, write_connections=1, are_writes_bounded=False
        ) as database,
        database.writes() as session,
    ):
        # One moment for all of it, while the mall goes on; and no statement is too long here.
        await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        await session.execute(text("SET LOCAL statement_timeout = 0"))
        return sum([await _prove(session, invariant) for invariant in INVARIANTS])


async def _prove(session: WriteSession, invariant: Invariant) -> int:
    found = 0
    async for row in violations(session, invariant):
        found += 1
        if found <= MOST_SHOWN:
            columns = ", ".join(f"{name}={value}" for name, value in row.items())
            click.echo(f"BROKEN {invariant.name}: {columns}")
    if found > MOST_SHOWN:
        click.echo(f"BROKEN {invariant.name}: and {found - MOST_SHOWN} rows more")
    click.echo(f"{'broken' if found else 'ok':6} {invariant.name}: {invariant.sentence}")
    return found
