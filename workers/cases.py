"""The sweep over cases whose deadline has passed."""

import asyncio

from domain.aftersales.deadlines import Missed, due_cases, escalated_cases, miss, put_off
from domain.aftersales.moving import Mover
from domain.kernel.errors import Busy
from domain.kernel.logs import logger
from domain.kernel.metrics import CASES_OVERDUE
from domain.kernel.passing import is_passing
from workers.tools import SweepContext, Tools

_LOG = logger(__name__)
_LONGEST_SECONDS = 10.0
"""How long a sweep goes on; what is due after that is found by the next one."""
_AT_ONCE = 100
_ACTOR = "worker:watch_cases"


async def watch_cases(ctx: SweepContext) -> None:
    """Close what was not sent back in time, and remind the shop of what it has not answered.

    Each case is a transaction of its own, and looked at again under its lock, so two workers that
    do the same at once do no harm. One that fails is put off, and keeps no other waiting.
    """
    tools, loop = ctx["tools"], asyncio.get_running_loop()
    ends_at = loop.time() + _LONGEST_SECONDS
    by = Mover(_ACTOR, tools.clock(), tools.random, tools.case_terms)
    async with tools.database.writes.begin() as session:
        due = await due_cases(session, by, most=_AT_ONCE)
    for case_id in due:
        if loop.time() >= ends_at:
            break
        try:
            async with tools.database.writes.begin() as session:
                missed = await miss(session, case_id, by)
        except Exception as error:
            if isinstance(error, Busy) or is_passing(error):
                raise
            _LOG.exception("case.not_watched", case_id=str(case_id))
            async with tools.database.writes.begin() as session:
                await put_off(session, case_id, by)
        else:
            _tell(missed, str(case_id))
    await _measure(tools)


def _tell(missed: Missed, case_id: str) -> None:
    if missed is Missed.EXPIRED:
        _LOG.info("case.expired", case_id=case_id)
    elif missed is Missed.ESCALATED:
        _LOG.warning("case.overdue", case_id=case_id)


async def _measure(tools: Tools) -> None:
    async with tools.database.writes.begin() as session:
        CASES_OVERDUE.set(await escalated_cases(session))
