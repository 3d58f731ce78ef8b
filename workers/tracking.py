"""The sweep over parcels that are under way: asking their carriers where they are."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from domain.kernel.db import WriteSession
from domain.kernel.errors import Busy
from domain.kernel.logs import logger
from domain.kernel.outbox import DueFact
from domain.kernel.passing import is_passing
from domain.orders.events import ShipmentCorrected
from domain.orders.tracking.beginning import begin
from domain.orders.tracking.turns import PutOff, Tracker, Turn
from workers.tools import SweepContext, Tools

_LOG = logger(__name__)
_LONGEST_SECONDS = 4.0
"""How long a sweep begins new turns; what is due after that is found by the next one."""
_AT_ONCE = 6
_ASKING = asyncio.Lock()


async def track_parcels(ctx: SweepContext) -> None:
    """Ask for the parcels that are due.

    One sweep at a time in a process; of two processes each takes its own parcels.
    """
    tools, loop = ctx["tools"], asyncio.get_running_loop()
    if tools.tracking is None or _ASKING.locked():
        return
    desk = tools.tracking
    async with _ASKING:
        ends_at = loop.time() + _LONGEST_SECONDS
        tracker = Tracker(tools.database.writes.begin, desk.port, tools.clock, desk.pace)
        while loop.time() < ends_at:
            due, turns = await tracker.take(_AT_ONCE)
            await asyncio.gather(*(_done(tracker, each) for each in turns))
            if due < _AT_ONCE:
                return


async def track_sent(session: WriteSession, facts: Sequence[DueFact], tools: Tools) -> None:
    """Track what was sent of orders, and afresh whose carrier or number was put right."""
    if tools.tracking is None:
        return
    orders = {_order_of(fact) for fact in facts}
    await begin(session, sorted(orders), tools.tracking.port.carriers, at=tools.clock())


def _order_of(fact: DueFact) -> UUID:
    event = fact.event
    return event.order_id if isinstance(event, ShipmentCorrected) else fact.aggregate_id


async def _done(tracker: Tracker, turn: Turn) -> None:
    """Ask for one parcel; what goes wrong with it keeps up no other, and is asked after a while."""
    line = _LOG.bind(order_id=str(turn.order_id), ordinal=turn.ordinal)
    try:
        outcome = await tracker.do(turn)
    except Exception as error:
        if isinstance(error, Busy) or is_passing(error):
            line.warning("parcel.not_tracked", reason=repr(error))
        else:
            line.exception("parcel.not_tracked")
        return
    if isinstance(outcome, PutOff):
        line.warning("parcel.put_off", reason=outcome.problem)
