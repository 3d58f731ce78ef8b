"""Working through tables: what the sweeps over imports of any kind have in common."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic, TypeVar
from uuid import UUID

from domain.kernel.csv_tables import TableRefused
from domain.kernel.db import WriteSession
from domain.kernel.errors import Busy, Problem
from domain.kernel.logs import logger
from domain.kernel.passing import is_passing
from domain.media import table_jobs
from domain.media.ports import ObjectMissing
from domain.media.rules import LARGEST_TABLE_BYTES
from domain.media.table_jobs import BROKEN, FILE_GONE, Claim, ClaimLost, TableJob
from workers.tools import SweepContext, Tools

_LOG = logger(__name__)
_LONGEST_SECONDS = 10.0
"""How long a sweep goes on; the next one goes on with the rest."""
_PAUSE = timedelta(seconds=5)
"""How long a job rests that could not go on."""
_FORGOTTEN_AT_ONCE = 100

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Work(Generic[R]):
    """A kind of job: how its table is read, noted, and worked through chunk by chunk.

    ``go_on`` writes the next chunk, and answers None when all is done. ``forget_rows`` deletes
    what became of the rows.
    """

    job: type[TableJob]
    read: Callable[[bytes], Sequence[R]]
    note: Callable[[WriteSession, Claim, bytes, Sequence[R]], Awaitable[None]]
    go_on: Callable[[WriteSession, Claim, Sequence[R], Tools], Awaitable[Claim | None]]
    forget_rows: Callable[[WriteSession, UUID], Awaitable[None]]


async def run_table_job(ctx: SweepContext, work: Work[Any]) -> None:
    """Go on with the job that is due first, chunk by chunk, each its own transaction.

    What passes by itself is tried again a little later, and a table that is none fails. A bug
    fails the job and is raised: it must not stop all others for ever.
    """
    tools = ctx["tools"]
    async with tools.database.writes.begin() as session:
        found = await table_jobs.claim(session, work.job, at=tools.clock())
    if found is None:
        return
    running = _Running(tools, work, found[0])
    job_id = str(found[0].job_id)
    try:
        await running.go_on()
    except ClaimLost:
        _LOG.warning("import.lost", import_id=job_id)
    except TableRefused as refused:
        await running.fail(refused.problem)
    except ObjectMissing:
        await running.fail(FILE_GONE.at(""))
    except Exception as error:
        if not (isinstance(error, Busy) or is_passing(error)):
            await running.fail(BROKEN.at(""))
            raise
        _LOG.warning("import.rests", import_id=job_id, reason=repr(error))
        await running.let_go(rest=_PAUSE)


async def forget_table_jobs(ctx: SweepContext, work: Work[Any]) -> None:
    """Forget jobs that ended long ago, with their tables; the rest waits for the next one."""
    tools, most = ctx["tools"], _FORGOTTEN_AT_ONCE
    async with tools.database.writes.begin() as session:
        due = await table_jobs.due_for_forgetting(session, work.job, at=tools.clock(), most=most)
    for job_id, upload_id, key in due:
        try:
            await tools.store.delete(key)
        except Busy as busy:
            _LOG.warning("import.not_forgotten", import_id=str(job_id), reason=repr(busy))
            continue
        async with tools.database.writes.begin() as session:
            await work.forget_rows(session, job_id)
            await table_jobs.forget(session, work.job, job_id, upload_id)


class _Running:
    """One job in the hands of this worker."""

    def __init__(self, tools: Tools, work: Work[Any], claimed: Claim) -> None:
        self._tools = tools
        self._work = work
        self._claimed = claimed

    async def go_on(self) -> None:
        """Read the table, and write it until it is done or the time is over."""
        tools, loop = self._tools, asyncio.get_running_loop()
        ends_at = loop.time() + _LONGEST_SECONDS
        content = await tools.store.read(self._claimed.object_key, most_bytes=LARGEST_TABLE_BYTES)
        # Beside the loop: a large table takes longer than a heart may miss.
        rows = await asyncio.to_thread(self._work.read, content)
        async with tools.database.writes.begin() as session:
            await self._work.note(session, self._claimed, content, rows)
        while loop.time() < ends_at:
            async with tools.database.writes.begin() as session:
                claimed = await self._work.go_on(session, self._claimed, rows, tools)
            if claimed is None:
                return
            self._claimed = claimed
        await self.let_go()

    async def let_go(self, *, rest: timedelta | None = None) -> None:
        """Let the next sweep go on, at once or after a rest."""
        until = None if rest is None else self._tools.clock() + rest
        async with self._tools.database.writes.begin() as session:
            await table_jobs.let_go(session, self._work.job, self._claimed, until=until)

    async def fail(self, problem: Problem) -> None:
        """End the job for good."""
        at = self._tools.clock()
        async with self._tools.database.writes.begin() as session:
            await table_jobs.fail(session, self._work.job, self._claimed, problem, at=at)
