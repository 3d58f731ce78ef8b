"""The sweeps over points: lots settle when they are due, those whose time is over expire, and once
a day it is taken down what all of them are worth."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from domain.kernel.days import day_at
from domain.kernel.errors import Busy
from domain.kernel.failpoints import Failpoint, reached
from domain.kernel.logs import logger
from domain.kernel.metrics import POINTS_LOTS_MOVED, POINTS_OLDEST_DUE, POINTS_PUT_OFF
from domain.kernel.passing import is_passing
from domain.points.liabilities.taking import is_taken, take
from domain.points.sweeping import EXPIRING, SETTLING, DueWork, Moved
from workers.tools import SweepContext, Tools

_LOG = logger(__name__)
_LONGEST_SECONDS = 10.0
"""How long a sweep goes on; what is due after that is found by the next one."""
ACCOUNTS = 500
"""How many accounts a chunk takes; their members wait for it where they move points just then."""
LOTS = 5_000
"""How many lots a chunk moves at most: some tenths of a second."""


@dataclass(frozen=True, slots=True)
class _Sweep:
    """Due work, in chunks of so many accounts and lots, and where a process can be told to die."""

    work: DueWork
    moved: Failpoint
    committed: Failpoint
    accounts: int = ACCOUNTS
    lots: int = LOTS


_SETTLED = Failpoint("settle_points.moved")
_SETTLED_FOR_GOOD = Failpoint("settle_points.committed")
_EXPIRED = Failpoint("expire_points.moved")
_EXPIRED_FOR_GOOD = Failpoint("expire_points.committed")


async def settle_points(ctx: SweepContext, *, accounts: int = ACCOUNTS, lots: int = LOTS) -> None:
    """Settle what is due, or cancel it where it waited too long, chunk by chunk.

    Each chunk is a transaction. Two workers that do the same at once take accounts apart. One that
    cannot be settled is put off, for people who read the log, and keeps no other waiting.
    """
    await _sweep(ctx["tools"], _Sweep(SETTLING, _SETTLED, _SETTLED_FOR_GOOD, accounts, lots))


async def expire_points(ctx: SweepContext, *, accounts: int = ACCOUNTS, lots: int = LOTS) -> None:
    """Let expire what has ended, as `settle_points` settles."""
    await _sweep(ctx["tools"], _Sweep(EXPIRING, _EXPIRED, _EXPIRED_FOR_GOOD, accounts, lots))


async def take_points_liability(ctx: SweepContext) -> None:
    """Take down what the shop owes in points as a day begins: once, however often it is woken."""
    tools = ctx["tools"]
    at = tools.clock()
    if await is_taken(tools.database.reads, day_at(at)):
        return
    async with tools.database.hot.begin() as session:
        is_first = await take(session, at=at, terms=tools.points_terms)
    if is_first:
        _LOG.info("points.liability_taken", day=str(day_at(at)))


async def _sweep(tools: Tools, sweep: _Sweep) -> None:
    loop = asyncio.get_running_loop()
    ends_at = loop.time() + _LONGEST_SECONDS
    while loop.time() < ends_at:
        if not await _is_more_after_chunk(tools, sweep):
            break
    await _measure(tools, sweep.work)


async def _is_more_after_chunk(tools: Tools, sweep: _Sweep) -> bool:
    """Move what is longest due; says whether more may be. Where that fails, again by halves."""
    at, members = tools.clock(), list[UUID]()
    try:
        async with tools.database.hot.begin() as session:
            members = await sweep.work.take(session, at=at, most=sweep.accounts)
            moved = await sweep.work.move(session, members, at=at, most_lots=sweep.lots)
            reached(sweep.moved)
        reached(sweep.committed)
    except Exception as error:
        if _passes(error) or not members:
            raise
        _LOG.warning(
            "points.chunk_not_moved",
            sweep=sweep.work.name,
            accounts=len(members),
            reason=repr(error),
        )
        await _move_by_halves(tools, sweep, members)
        return True
    _count(sweep.work, moved)
    return moved.accounts == sweep.accounts or moved.lots == sweep.lots


async def _move_by_halves(tools: Tools, sweep: _Sweep, members: Sequence[UUID]) -> None:
    """Move all but the accounts that fail by themselves, which are put off."""
    waiting = _halves(members)
    while waiting:
        some = waiting.pop()
        try:
            await _move_again(tools, sweep, some)
        except Exception as error:
            if _passes(error):
                raise
            if len(some) > 1:
                waiting += _halves(some)
            else:
                _LOG.exception(
                    "points.account_not_moved", sweep=sweep.work.name, member_id=str(some[0])
                )
                await _put_off(tools, sweep.work, some[0])


def _halves(members: Sequence[UUID]) -> list[Sequence[UUID]]:
    """Two parts of which none is empty, but for one of a single account."""
    middle = len(members) // 2
    return [each for each in (members[middle:], members[:middle]) if each]


async def _move_again(tools: Tools, sweep: _Sweep, members: Sequence[UUID]) -> None:
    at = tools.clock()
    async with tools.database.hot.begin() as session:
        taken = await sweep.work.take_again(session, members, at=at)
        moved = await sweep.work.move(session, taken, at=at, most_lots=sweep.lots)
    _count(sweep.work, moved)


async def _put_off(tools: Tools, work: DueWork, member_id: UUID) -> None:
    async with tools.database.hot.begin() as session:
        await work.put_off(session, member_id, at=tools.clock())
    POINTS_PUT_OFF.labels(work.name).inc()


async def _measure(tools: Tools, work: DueWork) -> None:
    oldest = await work.oldest(tools.database.reads)
    late = (tools.clock() - oldest).total_seconds() if oldest is not None else 0.0
    POINTS_OLDEST_DUE.labels(work.name).set(max(late, 0.0))


def _count(work: DueWork, moved: Moved) -> None:
    POINTS_LOTS_MOVED.labels(work.name).inc(moved.lots)


def _passes(error: Exception) -> bool:
    """Whether the next sweep may find it gone."""
    return isinstance(error, Busy) or is_passing(error)
