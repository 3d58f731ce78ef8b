"""When pads were last seen: noted in memory with each request, written a few times a minute."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from datetime import datetime
from uuid import UUID

from api.writing import Writes, writing
from domain.kernel.clock import Clock
from domain.kernel.logs import logger
from domain.sessions.pads import note_seen

_LOG = logger(__name__)
WRITE_SECONDS = 15.0
"""How often a process writes down what it has seen."""


class SeenPads:
    """The pads that this process has seen since it last wrote that down.

    Whoever loses the process loses a minute of it at the most, and Valkey has no part in it.
    """

    def __init__(self, writes: Writes, clock: Clock) -> None:
        self._writes = writes
        self._clock = clock
        self._seen: dict[UUID, datetime] = {}

    def note(self, pad_id: UUID) -> None:
        """A pad was here just now. Costs no statement."""
        self._seen[pad_id] = self._clock()

    @contextlib.asynccontextmanager
    async def kept(self) -> AsyncGenerator[None]:
        """Write again and again as long as the block runs, and once more at its end."""
        writing_down = asyncio.create_task(self._keep())
        try:
            yield
        finally:
            writing_down.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await writing_down
            await self.write()

    async def write(self) -> None:
        """Write down who was seen. What cannot be written now waits for the next time."""
        seen, self._seen = self._seen, {}
        if not seen:
            return
        try:
            async with writing(self._writes) as session:
                await note_seen(session, seen)
        except Exception as error:
            _LOG.warning("pads.not_noted", count=len(seen), reason=repr(error))
            self._seen = seen | self._seen

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(WRITE_SECONDS)
            await self.write()
