"""The sweeps over payments: asking gateways, giving money back, and looking at the clearing."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import TypeVar

from domain.kernel.db import WriteSession
from domain.kernel.errors import Busy
from domain.kernel.logs import logger
from domain.kernel.metrics import CLEARING_OLDEST, CLEARING_UNAPPLIED, REFUNDS_OLDEST
from domain.kernel.outside import OutsideError
from domain.kernel.passing import is_passing
from domain.orders.refunding.finishing import oldest_unfinished
from domain.payments.clearing import LONGEST_UNAPPLIED, unapplied
from domain.payments.ending import DueAttempt, take_due_attempts
from domain.payments.exchanges import NoGateway
from domain.payments.refunding import DueRefund, take_due_refunds
from workers.tools import SweepContext, Tools

_LOG = logger(__name__)
_T = TypeVar("_T")
_LONGEST_SECONDS = 4.0
"""How long a sweep goes on; what is due after that is found by the next one."""
_AT_ONCE = 8
"""Gateways are spoken to about so many at a time."""
_ASKING, _REFUNDING = asyncio.Lock(), asyncio.Lock()


async def ask_payments(ctx: SweepContext) -> None:
    """Ask gateways how attempts stand, and end those whose orders are past their deadline.

    What is closed there lets `close_due_orders` give the units back; what is paid is taken in. One
    turn at a time in a process: a gateway that is slow keeps up no other sweep.
    """
    if _ASKING.locked():
        return
    tools = ctx["tools"]

    async def take(session: WriteSession) -> Sequence[DueAttempt]:
        return await take_due_attempts(session, at=tools.clock(), most=_AT_ONCE)

    async def speak(due: DueAttempt) -> None:
        await (tools.till.end if due.is_over else tools.till.ask)(due.attempt)

    async with _ASKING:
        await _sweep(tools, take, speak, "payment.not_asked")


async def refund_payments(ctx: SweepContext) -> None:
    """Give back what has to go back, and ask how that stands until it is known to be over."""
    if _REFUNDING.locked():
        return
    tools = ctx["tools"]

    async def take(session: WriteSession) -> Sequence[DueRefund]:
        return await take_due_refunds(session, at=tools.clock(), most=_AT_ONCE)

    async with _REFUNDING:
        await _sweep(tools, take, tools.till.refund, "refund.not_asked")


async def watch_clearing(ctx: SweepContext) -> None:
    """Show how much money is neither an order's nor back, and say so where it is for too long.

    And since when the oldest refund of an order goes on: that money is the order's until it is
    back.
    """
    tools = ctx["tools"]
    async with tools.database.writes() as session:
        stands, refunding_since = await unapplied(session), await oldest_unfinished(session)
    REFUNDS_OLDEST.set(_seconds(refunding_since, tools.clock()))
    seconds = _seconds(stands.oldest_since, tools.clock())
    CLEARING_OLDEST.set(seconds)
    CLEARING_UNAPPLIED.set(stands.fen)
    if seconds > LONGEST_UNAPPLIED.total_seconds():
        _LOG.error(
            "clearing.not_at_zero", fen=stands.fen, attempts=stands.attempts, seconds=int(seconds)
        )


def _seconds(since: datetime | None, now: datetime) -> float:
    return 0.0 if since is None else max((now - since).total_seconds(), 0.0)


async def _sweep(
    tools: Tools,
    take: Callable[[WriteSession], Awaitable[Sequence[_T]]],
    speak: Callable[[_T], Awaitable[None]],
    event: str,
) -> None:
    """Take what is due, a few at a time, and speak to its gateway about each."""
    loop = asyncio.get_running_loop()
    ends_at = loop.time() + _LONGEST_SECONDS
    while loop.time() < ends_at:
        async with tools.database.writes.begin() as session:
            due = await take(session)
        await asyncio.gather(*(_spoken(speak, each, event) for each in due))
        if len(due) < _AT_ONCE:
            return


async def _spoken(speak: Callable[[_T], Awaitable[None]], due: _T, event: str) -> None:
    """Speak about one; what goes wrong is tried again by another sweep and keeps up no other."""
    try:
        await speak(due)
    except (OutsideError, NoGateway, Busy) as error:
        _LOG.warning(event, reason=repr(error))
    except Exception as error:
        if is_passing(error):
            _LOG.warning(event, reason=repr(error))
        else:
            _LOG.exception(event)
