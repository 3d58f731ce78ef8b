"""The sweeps over exports of orders: going on with one, and forgetting old ones."""

import asyncio
from datetime import timedelta
from uuid import UUID

from domain.kernel.errors import Busy, Problem
from domain.kernel.logs import logger
from domain.kernel.passing import is_passing
from domain.media.rules import MediaType
from domain.orders.exporting import actions
from domain.orders.exporting.actions import BROKEN, Claim, ClaimLost
from domain.orders.exporting.models import part_key
from domain.orders.exporting.reading import next_chunk
from domain.orders.exporting.table import body, header
from workers.tools import SweepContext, Tools

_LOG = logger(__name__)
_LONGEST_SECONDS = 10.0
"""How long a sweep goes on; the next one goes on with the rest."""
_PAUSE = timedelta(seconds=5)
"""How long an export rests that could not go on."""
_FORGOTTEN_AT_ONCE = 20


async def run_order_exports(ctx: SweepContext) -> None:
    """Go on with the export that is due first, part by part, each its own transaction.

    What passes by itself is tried again a little later. A bug fails the export and is raised: it
    must not stop all others for ever.
    """
    tools = ctx["tools"]
    async with tools.database.writes.begin() as session:
        claimed = await actions.claim(session, at=tools.clock(), random=tools.random)
    if claimed is None:
        return
    running = _Running(tools, claimed)
    try:
        await running.go_on()
    except ClaimLost:
        _LOG.warning("export.lost", export_id=str(claimed.export_id))
    except Exception as error:
        if not (isinstance(error, Busy) or is_passing(error)):
            await running.fail(BROKEN.at(""))
            raise
        _LOG.warning("export.rests", export_id=str(claimed.export_id), reason=repr(error))
        await running.let_go(rest=_PAUSE)


async def forget_order_exports(ctx: SweepContext) -> None:
    """Forget exports that ended long ago, with their files; the rest waits for the next one."""
    tools = ctx["tools"]
    async with tools.database.writes.begin() as session:
        due = await actions.due_for_forgetting(session, at=tools.clock(), most=_FORGOTTEN_AT_ONCE)
    for export_id in due:
        try:
            await _forget(tools, export_id)
        except Busy as busy:
            _LOG.warning("export.not_forgotten", export_id=str(export_id), reason=repr(busy))


async def _forget(tools: Tools, export_id: UUID) -> None:
    """Delete the objects of some parts before their rows, until there are none."""
    while True:
        async with tools.database.writes.begin() as session:
            parts = await actions.parts_left(session, export_id)
            if not parts:
                await actions.forget(session, export_id)
                return
        for _, key in parts:
            await tools.store.delete(key)
        async with tools.database.writes.begin() as session:
            await actions.forget_parts(session, [part_id for part_id, _ in parts])


class _Running:
    """One export in the hands of this worker."""

    def __init__(self, tools: Tools, claimed: Claim) -> None:
        self._tools = tools
        self._claimed = claimed

    async def go_on(self) -> None:
        """Write parts until the file is whole or the time is over."""
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + _LONGEST_SECONDS
        while loop.time() < ends_at:
            claimed = await self._write_part()
            if claimed is None:
                return
            self._claimed = claimed
        await self.let_go()

    async def _write_part(self) -> Claim | None:
        """Keep the next orders as an object, and then count it; None after the last."""
        tools, claimed = self._tools, self._claimed
        chunk = await next_chunk(tools.database.reads, claimed.wanted, after=claimed.after)
        # Beside the loop: writing out thousands of rows takes longer than a heart may miss.
        written = await asyncio.to_thread(body, chunk.rows)
        content = header() + written if claimed.is_first else written
        await tools.store.put(part_key(claimed.part_id), content, MediaType.CSV)
        async with tools.database.writes.begin() as session:
            return await actions.go_on(
                session,
                claimed,
                chunk,
                size_bytes=len(content),
                at=tools.clock(),
                random=tools.random,
            )

    async def let_go(self, *, rest: timedelta | None = None) -> None:
        """Let the next sweep go on, at once or after a rest."""
        until = None if rest is None else self._tools.clock() + rest
        async with self._tools.database.writes.begin() as session:
            await actions.let_go(session, self._claimed, until=until)

    async def fail(self, problem: Problem) -> None:
        """End the export for good."""
        async with self._tools.database.writes.begin() as session:
            await actions.fail(session, self._claimed, problem, at=self._tools.clock())
