"""The sweep over receipts: taking for received what was sent long enough ago."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from domain.kernel.db import WriteSession
from domain.kernel.errors import Busy
from domain.kernel.logs import logger
from domain.kernel.passing import is_passing
from domain.orders.shipping.receiving import Receiving, due_receipts, receive
from workers.tools import SweepContext, Tools

_LOG = logger(__name__)
_LONGEST_SECONDS = 10.0
"""How long a sweep goes on; what is due after that is found by the next one."""
_AT_ONCE = 500
_ACTOR = "worker:receive_due_orders"


async def receive_due_orders(ctx: SweepContext) -> None:
    """Take orders for received whose time is over, chunk by chunk, each its own transaction.

    Two workers that do the same at once do no harm: the second finds them received. An order that
    cannot be received stays as it is, for people who read the log, and keeps no other waiting.
    """
    tools, loop = ctx["tools"], asyncio.get_running_loop()
    ends_at = loop.time() + _LONGEST_SECONDS
    while loop.time() < ends_at:
        if await _receive_chunk(tools) < _AT_ONCE:
            return


async def _receive_chunk(tools: Tools) -> int:
    """Receive what is longest due; says how many orders. Where that fails, again one by one."""
    at, due = tools.clock(), list[UUID]()
    try:
        async with tools.database.writes.begin() as session:
            due = await due_receipts(session, at=at, most=_AT_ONCE)
            await _receive(session, due, at, tools)
    except Exception as error:
        if _passes(error) or not due:
            raise
        _LOG.warning("orders.chunk_not_received", orders=len(due), reason=repr(error))
        return await _receive_one_by_one(tools, due)
    return len(due)


async def _receive_one_by_one(tools: Tools, due: Sequence[UUID]) -> int:
    """Receive each order by itself; says how many could be."""
    received = 0
    for order_id in due:
        try:
            async with tools.database.writes.begin() as session:
                await _receive(session, [order_id], tools.clock(), tools)
        except Exception as error:
            if _passes(error):
                raise
            _LOG.exception("order.not_received", order_id=str(order_id))
        else:
            received += 1
    return received


async def _receive(session: WriteSession, due: Sequence[UUID], at: datetime, tools: Tools) -> None:
    if due:
        wishes = [Receiving(order_id, _ACTOR) for order_id in due]
        await receive(session, wishes, at, random=tools.random)


def _passes(error: Exception) -> bool:
    """Whether the next sweep may find it gone."""
    return isinstance(error, Busy) or is_passing(error)
