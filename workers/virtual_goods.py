"""The sweep over virtual goods: delivering what was paid for."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from domain.kernel.db import WriteSession
from domain.kernel.errors import Busy, Refused
from domain.kernel.logs import logger
from domain.kernel.passing import is_passing
from domain.orders.shipping.delivering import deliver, due_deliveries
from workers.tools import SweepContext, Tools

_LOG = logger(__name__)
_LONGEST_SECONDS = 10.0
"""How long a sweep goes on; what is due after that is found by the next one."""
_AT_ONCE = 200
_ACTOR = "worker:deliver_virtual_goods"


async def deliver_virtual_goods(ctx: SweepContext) -> None:
    """Deliver the virtual orders that are paid for, chunk by chunk, each its own transaction.

    Two workers that do the same at once do no harm: the second finds them delivered. An order that
    cannot be delivered stays as it is, for people who read the log, and keeps no other waiting.
    """
    tools, loop = ctx["tools"], asyncio.get_running_loop()
    ends_at = loop.time() + _LONGEST_SECONDS
    while loop.time() < ends_at:
        if await _deliver_chunk(tools) < _AT_ONCE:
            return


async def _deliver_chunk(tools: Tools) -> int:
    """Deliver what is longest due; says how many orders. Where that fails, again one by one."""
    due = list[UUID]()
    try:
        async with tools.database.writes.begin() as session:
            due = await due_deliveries(session, most=_AT_ONCE)
            return await _deliver(session, due, tools.clock(), tools)
    except Exception as error:
        if _passes(error) or not due:
            raise
        _LOG.warning("orders.chunk_not_delivered", orders=len(due), reason=repr(error))
        return await _deliver_one_by_one(tools, due)


async def _deliver_one_by_one(tools: Tools, due: Sequence[UUID]) -> int:
    """Deliver each order by itself; says how many could be."""
    delivered = 0
    for order_id in due:
        try:
            async with tools.database.writes.begin() as session:
                delivered += await _deliver(session, [order_id], tools.clock(), tools)
        except Exception as error:
            if _passes(error):
                raise
            _LOG.exception("order.not_delivered", order_id=str(order_id))
    return delivered


async def _deliver(session: WriteSession, due: Sequence[UUID], at: datetime, tools: Tools) -> int:
    """How many were delivered now, and not by somebody else."""
    if not due:
        return 0
    outcomes = await deliver(session, due, at, actor=_ACTOR, random=tools.random)
    return sum(not isinstance(each, Refused) for each in outcomes)


def _passes(error: Exception) -> bool:
    """Whether the next sweep may find it gone."""
    return isinstance(error, Busy) or is_passing(error)
