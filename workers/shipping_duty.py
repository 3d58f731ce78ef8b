"""The sweeps over shipping duties: telling WeChat what was shipped, and showing what is stuck."""

import asyncio

from domain.kernel.errors import Busy
from domain.kernel.logs import logger
from domain.kernel.metrics import (
    SHIPPING_DUTY_FROZEN,
    SHIPPING_DUTY_OVERDUE,
    SHIPPING_DUTY_STUCK,
    SHIPPING_TOLD,
)
from domain.kernel.passing import is_passing
from domain.shipping_duty.beginning import begin_missed
from domain.shipping_duty.exchanges import Teller
from domain.shipping_duty.settling import PutOff, Refused
from domain.shipping_duty.standing import figures
from domain.shipping_duty.turns import Turn
from workers.tools import SweepContext

_LOG = logger(__name__)
_LONGEST_SECONDS = 4.0
"""How long a sweep begins new turns; what is due after that is found by the next one."""
_AT_ONCE = 6
_MOST_MISSED = 1_000
_TELLING = asyncio.Lock()


async def tell_shipping(ctx: SweepContext) -> None:
    """Tell WeChat what is due, report what is late, and ask what members have confirmed.

    One sweep at a time in a process; of two processes each takes its own duties.
    """
    tools, loop = ctx["tools"], asyncio.get_running_loop()
    if tools.shipping is None or _TELLING.locked():
        return
    async with _TELLING:
        ends_at = loop.time() + _LONGEST_SECONDS
        teller = Teller(tools.database.writes.begin, tools.shipping, tools.clock)
        while loop.time() < ends_at:
            due, turns = await teller.take(_AT_ONCE)
            await asyncio.gather(*(_done(teller, each) for each in turns))
            if due < _AT_ONCE:
                return


async def begin_missed_duties(ctx: SweepContext) -> None:
    """Begin the duties of payments whose facts a worker of the release before has kept."""
    tools, loop = ctx["tools"], asyncio.get_running_loop()
    ends_at, begun = loop.time() + _LONGEST_SECONDS, _MOST_MISSED
    while begun == _MOST_MISSED and loop.time() < ends_at:
        async with tools.database.writes.begin() as session:
            begun = await begin_missed(session, at=tools.clock(), most=_MOST_MISSED)
        if begun:
            _LOG.warning("shipping_duty.begun_late", orders=begun)


async def watch_shipping_duty(ctx: SweepContext) -> None:
    """Show how long something is overdue, how much is stuck, and what money is frozen by it."""
    tools = ctx["tools"]
    at = tools.clock()
    async with tools.database.writes() as session:
        stands = await figures(session, at=at)
    oldest = stands.oldest_due_at
    SHIPPING_DUTY_OVERDUE.set((at - oldest).total_seconds() if oldest else 0.0)
    SHIPPING_DUTY_STUCK.set(stands.stuck)
    SHIPPING_DUTY_FROZEN.set(stands.frozen_fen)


async def _done(teller: Teller, turn: Turn) -> None:
    """Do one turn; what goes wrong with it keeps up no other, and is taken again after a while."""
    line = _LOG.bind(attempt_id=str(turn.attempt_id), errand=turn.errand.value)
    try:
        outcome = await teller.do(turn)
    except Exception as error:
        if isinstance(error, Busy) or is_passing(error):
            line.warning("shipping_duty.not_done", reason=repr(error))
        else:
            line.exception("shipping_duty.not_done")
        return
    SHIPPING_TOLD.labels(turn.errand, type(outcome).__name__.lower()).inc()
    if isinstance(outcome, Refused):
        line.error("shipping_duty.refused", reason=outcome.problem)
    elif isinstance(outcome, PutOff):
        line.warning("shipping_duty.put_off", reason=outcome.problem)
    else:
        line.info("shipping_duty.done")
