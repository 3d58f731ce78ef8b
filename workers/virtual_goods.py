"""The sweep over virtual goods: delivering what was paid for."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from domain.kernel.db import WriteSession
from domain.kernel.errors import Busy
from domain.kernel.logs import logger
from domain.kernel.passing import is_passing
from domain.orders.shipping.delivering import deliver, due_deliveries
from workers.tools import SweepContext, Tools

_LOG = logger(__name__)
_LONGEST_SECONDS = 10.0
"""How long a sweep goes on; what is due after that is found by the next one."""
_AT_ONCE = 200
_BROKEN_SECONDS = 600.0
_BROKEN: dict[UUID, float] = {}
"""Orders that a bug keeps this process from delivering, and until when it leaves each alone."""
_BEFORE_ALL = UUID(int=0)
_ACTOR = "worker:deliver_virtual_goods"


async def deliver_virtual_goods(ctx: SweepContext) -> None:
    """Deliver the virtual orders that are paid for, chunk by chunk, each its own transaction.

    Two workers that do the same at once do no harm: the second finds them delivered. An order that
    cannot be delivered stays as it is, for people who read the log, and keeps no other waiting:
    each is looked at once in a sweep, and one that a bug breaks every ten minutes.
    """
    tools, loop = ctx["tools"], asyncio.get_running_loop()
    ends_at, after = loop.time() + _LONGEST_SECONDS, _BEFORE_ALL
    while loop.time() < ends_at:
        due = await _deliver_chunk(tools, after)
        if len(due) < _AT_ONCE:
            return
        after = due[-1]


async def _deliver_chunk(tools: Tools, after: UUID) -> Sequence[UUID]:
    """Deliver what is longest due behind one; says what that was. Where it fails, one by one."""
    due, whole = list[UUID](), list[UUID]()
    try:
        async with tools.database.writes.begin() as session:
            due = await due_deliveries(session, after=after, most=_AT_ONCE)
            whole = _without_broken(due)
            await _deliver(session, whole, tools.clock(), tools)
    except Exception as error:
        if _passes(error) or not whole:
            raise
        _LOG.warning("orders.chunk_not_delivered", orders=len(whole), reason=repr(error))
        await _deliver_one_by_one(tools, whole)
    return due


def _without_broken(due: Sequence[UUID]) -> list[UUID]:
    """What is worth a try: not what a bug has just kept from being delivered."""
    now = asyncio.get_running_loop().time()
    for order_id in [each for each, until in _BROKEN.items() if until <= now]:
        del _BROKEN[order_id]
    return [each for each in due if each not in _BROKEN]


async def _deliver_one_by_one(tools: Tools, due: Sequence[UUID]) -> None:
    """Deliver each order by itself, and leave alone for a while what a bug breaks."""
    for order_id in due:
        try:
            async with tools.database.writes.begin() as session:
                await _deliver(session, [order_id], tools.clock(), tools)
        except Exception as error:
            if _passes(error):
                raise
            _BROKEN[order_id] = asyncio.get_running_loop().time() + _BROKEN_SECONDS
            _LOG.exception("order.not_delivered", order_id=str(order_id))


async def _deliver(session: WriteSession, due: Sequence[UUID], at: datetime, tools: Tools) -> None:
    """Deliver what nobody else has delivered meanwhile."""
    if due:
        await deliver(session, due, at, actor=_ACTOR, random=tools.random)


def _passes(error: Exception) -> bool:
    """Whether the next sweep may find it gone."""
    return isinstance(error, Busy) or is_passing(error)
