"""The sweeps over imports of products: going on with one, and forgetting old ones."""

import asyncio
from datetime import timedelta

from domain.catalog.importing import actions
from domain.catalog.importing.actions import BROKEN, FILE_GONE, Claim, ClaimLost
from domain.catalog.importing.grouping import ProductRows, products_of
from domain.catalog.importing.table import TableRefused, read_table
from domain.kernel.errors import Busy, Problem
from domain.kernel.logs import logger
from domain.kernel.passing import is_passing
from domain.media.ports import ObjectMissing
from domain.media.rules import LARGEST_TABLE_BYTES
from workers.tools import SweepContext, Tools

_LOG = logger(__name__)
_LONGEST_SECONDS = 10.0
"""How long a sweep goes on; the next one goes on with the rest."""
_PAUSE = timedelta(seconds=5)
"""How long an import rests that could not go on."""
_FORGOTTEN_AT_ONCE = 100


async def run_product_imports(ctx: SweepContext) -> None:
    """Go on with the import that is due first, chunk by chunk, each its own transaction.

    What passes by itself is tried again a little later, and a table that is none fails. A bug
    fails the import and is raised: it must not stop all others for ever.
    """
    tools = ctx["tools"]
    async with tools.database.writes.begin() as session:
        claimed = await actions.claim(session, at=tools.clock())
    if claimed is None:
        return
    running = _Running(tools, claimed)
    try:
        await running.go_on()
    except ClaimLost:
        _LOG.warning("import.lost", import_id=str(claimed.import_id))
    except TableRefused as refused:
        await running.fail(refused.problem)
    except ObjectMissing:
        await running.fail(FILE_GONE.at(""))
    except Exception as error:
        if not (isinstance(error, Busy) or is_passing(error)):
            await running.fail(BROKEN.at(""))
            raise
        _LOG.warning("import.rests", import_id=str(claimed.import_id), reason=repr(error))
        await running.let_go(rest=_PAUSE)


async def forget_product_imports(ctx: SweepContext) -> None:
    """Forget imports that ended long ago, with their tables; the rest waits for the next one."""
    tools = ctx["tools"]
    async with tools.database.writes.begin() as session:
        due = await actions.due_for_forgetting(session, at=tools.clock(), most=_FORGOTTEN_AT_ONCE)
    for import_id, upload_id, key in due:
        try:
            await tools.store.delete(key)
        except Busy as busy:
            _LOG.warning("import.not_forgotten", import_id=str(import_id), reason=repr(busy))
            continue
        async with tools.database.writes.begin() as session:
            await actions.forget(session, import_id, upload_id)


class _Running:
    """One import in the hands of this worker."""

    def __init__(self, tools: Tools, claimed: Claim) -> None:
        self._tools = tools
        self._claimed = claimed

    async def go_on(self) -> None:
        """Read the table, and write it until it is done or the time is over."""
        tools, loop = self._tools, asyncio.get_running_loop()
        ends_at = loop.time() + _LONGEST_SECONDS
        content = await tools.store.read(self._claimed.object_key, most_bytes=LARGEST_TABLE_BYTES)
        # Beside the loop: a large table takes longer than a heart may miss.
        products = await asyncio.to_thread(_read, content)
        async with tools.database.writes.begin() as session:
            await actions.note_table(session, self._claimed, content, products)
        while loop.time() < ends_at:
            async with tools.database.writes.begin() as session:
                claimed = await actions.go_on(
                    session, self._claimed, products, at=tools.clock(), random=tools.random
                )
            if claimed is None:
                return
            self._claimed = claimed
        await self.let_go()

    async def let_go(self, *, rest: timedelta | None = None) -> None:
        """Let the next sweep go on, at once or after a rest."""
        until = None if rest is None else self._tools.clock() + rest
        async with self._tools.database.writes.begin() as session:
            await actions.let_go(session, self._claimed, until=until)

    async def fail(self, problem: Problem) -> None:
        """End the import for good."""
        async with self._tools.database.writes.begin() as session:
            await actions.fail(session, self._claimed, problem, at=self._tools.clock())


def _read(content: bytes) -> list[ProductRows]:
    return products_of(read_table(content))
