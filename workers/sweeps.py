"""The sweeps: argument-free jobs that find what is due in the database (architecture 0.21)."""

from domain.kernel.heartbeats import forget_silent
from workers.tools import SweepContext


async def forget_silent_workers(ctx: SweepContext) -> None:
    """Delete the heartbeats of workers that are long gone."""
    tools = ctx["tools"]
    async with tools.database.writes.begin() as session:
        await forget_silent(session, at=tools.clock())
