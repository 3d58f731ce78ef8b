"""The sweeps: argument-free jobs that find what is due in the database (architecture 0.21)."""

from datetime import timedelta

from domain.kernel.heartbeats import forget_silent
from domain.kernel.idempotency import forget_old
from workers.tools import SweepContext

_LONGEST = timedelta(seconds=10)
"""How long a sweep goes on; what is due after that is found by the next one."""
_CHUNK = 1_000


async def forget_silent_workers(ctx: SweepContext) -> None:
    """Delete the heartbeats of workers that are long gone."""
    tools = ctx["tools"]
    async with tools.database.writes.begin() as session:
        await forget_silent(session, at=tools.clock())


async def forget_old_answers(ctx: SweepContext) -> None:
    """Forget the answers of requests that nobody repeats any more, a thousand at a time."""
    tools = ctx["tools"]
    begun = at = tools.clock()
    forgotten = _CHUNK
    while forgotten == _CHUNK and at - begun < _LONGEST:
        async with tools.database.writes.begin() as session:
            forgotten = await forget_old(session, at=at, most=_CHUNK)
        at = tools.clock()
