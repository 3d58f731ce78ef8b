"""The sweep over orders: closing those that were not paid in time."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from domain.kernel.db import WriteSession
from domain.kernel.errors import Busy
from domain.kernel.failpoints import Failpoint, reached
from domain.kernel.logs import logger
from domain.kernel.passing import is_passing
from domain.orders.closing import Closing, close, due_orders
from domain.orders.words import CloseReason
from workers.tools import SweepContext, Tools

_LOG = logger(__name__)
_LONGEST_SECONDS = 10.0
"""How long a sweep goes on; what is due after that is found by the next one."""
_AT_ONCE = 500
_ACTOR = "worker:close_due_orders"

FOUND = Failpoint("close_due_orders.found")
WRITTEN = Failpoint("close_due_orders.written")
COMMITTED = Failpoint("close_due_orders.committed")


async def close_due_orders(ctx: SweepContext) -> None:
    """Close orders past their deadline, chunk by chunk, each its own transaction.

    Two workers that do the same at once do no harm: the second finds them closed. An order that
    cannot be closed stays as it is, for people who read the log, and keeps no other open.
    """
    tools, loop = ctx["tools"], asyncio.get_running_loop()
    ends_at = loop.time() + _LONGEST_SECONDS
    while loop.time() < ends_at:
        if await _close_chunk(tools) < _AT_ONCE:
            return


async def _close_chunk(tools: Tools) -> int:
    """Close what is longest overdue; says how many orders. Where that fails, again one by one."""
    at, due = tools.clock(), list[UUID]()
    try:
        async with tools.database.writes.begin() as session:
            due = await due_orders(session, at=at, most=_AT_ONCE)
            reached(FOUND)
            await _close(session, due, at, tools)
            reached(WRITTEN)
        reached(COMMITTED)
    except Exception as error:
        if _passes(error) or not due:
            raise
        _LOG.warning("orders.chunk_not_closed", orders=len(due), reason=repr(error))
        return await _close_one_by_one(tools, due)
    return len(due)


async def _close_one_by_one(tools: Tools, due: Sequence[UUID]) -> int:
    """Close each order by itself; says how many could be."""
    closed = 0
    for order_id in due:
        at = tools.clock()
        try:
            async with tools.database.writes.begin() as session:
                await _close(session, [order_id], at, tools)
        except Exception as error:
            if _passes(error):
                raise
            _LOG.exception("order.not_closed", order_id=str(order_id))
        else:
            closed += 1
    return closed


async def _close(session: WriteSession, due: Sequence[UUID], at: datetime, tools: Tools) -> None:
    if due:
        closings = [Closing(order_id, CloseReason.NOT_PAID_IN_TIME, _ACTOR) for order_id in due]
        await close(session, closings, at, random=tools.random)


def _passes(error: Exception) -> bool:
    """Whether the next sweep may find it gone."""
    return isinstance(error, Busy) or is_passing(error)
