"""The sweep over orders: closing those that were not paid in time."""

import asyncio

from domain.kernel.failpoints import Failpoint, reached
from domain.orders.closing import Closing, close, due_orders
from domain.orders.words import CloseReason
from workers.tools import SweepContext

_LONGEST_SECONDS = 10.0
"""How long a sweep goes on; what is due after that is found by the next one."""
_AT_ONCE = 500
_ACTOR = "worker:close_due_orders"

FOUND = Failpoint("close_due_orders.found")
WRITTEN = Failpoint("close_due_orders.written")
COMMITTED = Failpoint("close_due_orders.committed")


async def close_due_orders(ctx: SweepContext) -> None:
    """Close orders past their deadline, chunk by chunk, each its own transaction.

    Two workers that do the same at once do no harm: the second finds them closed.
    """
    tools, loop = ctx["tools"], asyncio.get_running_loop()
    ends_at = loop.time() + _LONGEST_SECONDS
    while loop.time() < ends_at:
        at = tools.clock()
        async with tools.database.writes.begin() as session:
            due = await due_orders(session, at=at, most=_AT_ONCE)
            reached(FOUND)
            closings = [Closing(order_id, CloseReason.NOT_PAID_IN_TIME, _ACTOR) for order_id in due]
            if closings:
                await close(session, closings, at, random=tools.random)
            reached(WRITTEN)
        reached(COMMITTED)
        if len(due) < _AT_ONCE:
            return
