"""The sweeps over bills: taking in what is due, and showing how reconciliation stands."""

import asyncio

from domain.kernel.logs import logger
from domain.kernel.metrics import RECONCILIATION_BEHIND, RECONCILIATION_OLDEST, RECONCILIATION_OPEN
from domain.payments.ports import PaymentGateway
from domain.reconciliation.exchanges import Reconciler
from domain.reconciliation.standing import standing
from workers.tools import SweepContext, Tools

_LOG = logger(__name__)
LONGEST_SECONDS = 240
"""How long bills are asked for in one turn; what is due after that is found by the next one."""
_RECONCILING = asyncio.Lock()


def reconciler(tools: Tools, gateway: PaymentGateway) -> Reconciler:
    """What takes bills in, with a worker's tools."""
    return Reconciler(tools.database.writes.begin, gateway, tools.clock, tools.random)


async def reconcile_bills(ctx: SweepContext) -> None:
    """Ask for each bill that is due, take it in and compare; from half past ten each day.

    What is missing since the first payment is caught up, the earliest day first. One turn at a
    time in a process; of two processes each takes its own bills.
    """
    tools, loop = ctx["tools"], asyncio.get_running_loop()
    if tools.gateway is None or _RECONCILING.locked():
        return
    async with _RECONCILING:
        ends_at = loop.time() + LONGEST_SECONDS
        desk = reconciler(tools, tools.gateway)
        await desk.plan()
        while loop.time() < ends_at and (due := await desk.next_due()) is not None:
            problem = await desk.take(due)
            line = _LOG.bind(bill=due.bill.value, day=due.day.isoformat())
            if problem is None:
                line.info("bill.taken")
            else:
                line.warning("bill.not_taken", reason=problem)


async def watch_reconciliation(ctx: SweepContext) -> None:
    """Show what is open, since when, and how far behind the bills are."""
    tools = ctx["tools"]
    at = tools.clock()
    async with tools.database.writes() as session:
        stands = await standing(session, at=at)
    oldest = stands.oldest_found_at
    RECONCILIATION_OPEN.set(stands.differences)
    RECONCILIATION_OLDEST.set(max((at - oldest).total_seconds(), 0.0) if oldest else 0.0)
    RECONCILIATION_BEHIND.set(stands.days_behind)
