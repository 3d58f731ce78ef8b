"""Counting what servers ask PostgreSQL, in whatever process they are: by PostgreSQL's own log."""

import asyncio
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from bench.ground import Ground
from bench.statements import is_of_new_connection

_RELOAD_SECONDS = 0.3
"""Until every connection has heard of a setting."""
_IDLE_SECONDS = 2
_PAUSE_SECONDS = 0.1
_STATEMENT = re.compile(
    r"LOG:  (?:execute [^:]*|statement): (?!BEGIN|COMMIT|ROLLBACK|ALTER SYSTEM)(.*(?:\n\t.*)*)"
)
_OUR_OWN = "SELECT pg_reload_conf()"


class StatementLog:
    """What PostgreSQL has logged while it logs each statement."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = path.stat().st_size
        self._idle = {_OUR_OWN}

    async def look_while_idle(self) -> None:
        """Learn what servers ask on their own account, while nobody asks them anything."""
        await asyncio.sleep(_IDLE_SECONDS)
        self._idle |= {*await self.asked()}

    async def asked(self) -> list[str]:
        """The statements since it was last asked, but for those of idle servers and BEGIN, COMMIT.

        Nor has it what a new connection asks.
        """
        # Somebody may ask on after the answer.
        await asyncio.sleep(_PAUSE_SECONDS)
        with self._path.open("rb") as file:
            file.seek(self._read)
            text = file.read()
        self._read += len(text)
        found: list[str] = _STATEMENT.findall(text.decode())
        return [each for each in found if each not in self._idle and not is_of_new_connection(each)]


@asynccontextmanager
async def statement_log(base: Ground) -> AsyncGenerator[StatementLog]:
    """Let PostgreSQL log each statement until the context ends; begun while servers are idle."""
    (path,) = base.home.glob("engines/**/postgres.log")
    await _log_statements(base, "all")
    try:
        log = StatementLog(path)
        await log.look_while_idle()
        yield log
    finally:
        await _log_statements(base, "none")


async def _log_statements(base: Ground, which: str) -> None:
    owner = await asyncpg.connect(base.owner_url)
    try:
        await owner.execute(f"ALTER SYSTEM SET log_statement = '{which}'")
        await owner.execute("SELECT pg_reload_conf()")
    finally:
        await owner.close()
    await asyncio.sleep(_RELOAD_SECONDS)
