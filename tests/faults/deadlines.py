"""Deadlines of orders, as time would bring them."""

from datetime import timedelta

from sqlalchemy import exists, or_, select, update

from domain.kernel.clock import system_clock
from domain.kernel.db import Database
from domain.kernel.outbox import OutboxRow
from domain.orders.models import Order, OrderDeadline
from domain.orders.words import OrderStatus
from domain.payments.models import PaymentAttempt, PaymentRefund


async def let_deadlines_pass(database: Database) -> None:
    """Put the deadlines of all open orders into the past: processes have no clock but their own."""
    passed = system_clock() - timedelta(seconds=1)
    async with database.writes.begin() as session:
        await session.execute(update(OrderDeadline).values(due_at=passed))


async def let_gateways_be_asked(database: Database) -> None:
    """Make it time to speak to gateways about all that is open there."""
    passed = system_clock() - timedelta(seconds=1)
    async with database.writes.begin() as session:
        for row in (PaymentAttempt, PaymentRefund):
            is_open = row.ask_at.is_not(None)
            await session.execute(update(row).where(is_open).values(ask_at=passed))


async def are_done(database: Database) -> bool:
    """Whether every order is closed and every fact of the outbox has taken effect."""
    is_open = exists().where(Order.status != OrderStatus.CLOSED)
    is_undone = exists().where(OutboxRow.done_at.is_(None))
    async with database.writes() as session:
        return not await session.scalar(select(or_(is_open, is_undone)))
