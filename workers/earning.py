"""The sweep over orders that earn: their points are brought up to where the orders are."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from domain.kernel.db import WriteSession
from domain.kernel.errors import Busy
from domain.kernel.logs import logger
from domain.kernel.metrics import POINTS_OLDEST_UNEARNED
from domain.kernel.outbox import DueFact
from domain.kernel.passing import is_passing
from domain.orders.earning.due import mark, oldest_due, take
from domain.orders.earning.reading import paid_orders
from domain.points.earning.keeping import keep_up
from workers.tools import SweepContext, Tools

_LOG = logger(__name__)
_LONGEST_SECONDS = 10.0
"""How long a sweep goes on; what is due after that is found by the next one."""
_AT_ONCE = 200
_PUT_OFF = timedelta(minutes=10)
"""When an order is tried again whose points a bug has kept from being brought up."""


async def mark_earning(session: WriteSession, facts: Sequence[DueFact], tools: Tools) -> None:
    """Mark the orders of facts, so that the sweep looks at their points."""
    await mark(session, [fact.aggregate_id for fact in facts], due_at=tools.clock())


async def earn_points(ctx: SweepContext) -> None:
    """Bring the points of due orders up, chunk by chunk, each its own transaction.

    Two workers that do the same at once take different orders. One that cannot be brought up is
    put off, for people who read the log, and keeps no other waiting.
    """
    tools, loop = ctx["tools"], asyncio.get_running_loop()
    ends_at = loop.time() + _LONGEST_SECONDS
    try:
        while loop.time() < ends_at and await _keep_chunk(tools) == _AT_ONCE:
            pass
    finally:
        await _measure(tools)


async def _keep_chunk(tools: Tools) -> int:
    """Bring up what is longest due; says how many orders. Where that fails, again one by one."""
    at, due = tools.clock(), list[UUID]()
    try:
        async with tools.database.writes.begin() as session:
            due = await take(session, at=at, most=_AT_ONCE)
            await _keep(session, due, at, tools)
    except Exception as error:
        if _passes(error) or not due:
            raise
        _LOG.warning("points.chunk_not_earned", orders=len(due), reason=repr(error))
        await _keep_one_by_one(tools, due)
    return len(due)


async def _measure(tools: Tools) -> None:
    async with tools.database.writes.begin() as session:
        oldest = await oldest_due(session)
    at = tools.clock()
    POINTS_OLDEST_UNEARNED.set(max((at - (oldest or at)).total_seconds(), 0.0))


async def _keep_one_by_one(tools: Tools, due: Sequence[UUID]) -> None:
    for order_id in due:
        at = tools.clock()
        try:
            async with tools.database.writes.begin() as session:
                await take(session, at=at, most=1, only=order_id)
                await _keep(session, [order_id], at, tools)
        except Exception as error:
            if _passes(error):
                raise
            _LOG.exception("points.not_earned", order_id=str(order_id))
            async with tools.database.writes.begin() as session:
                await mark(session, [order_id], due_at=at + _PUT_OFF)


async def _keep(session: WriteSession, due: Sequence[UUID], at: datetime, tools: Tools) -> None:
    if due:
        orders = await paid_orders(session, due)
        earned = await keep_up(session, orders, at=at, random=tools.random)
        _LOG.info("points.kept_up", orders=len(orders), earned=earned)


def _passes(error: Exception) -> bool:
    """Whether the next sweep may find it gone."""
    return isinstance(error, Busy) or is_passing(error)
