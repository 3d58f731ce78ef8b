"""Where mutations complete uploads: few at once, so that pictures never starve the API."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from api.gate import Gate
from api.writing import Writes, writing
from domain.kernel.clock import Clock
from domain.media.completing import Completer
from domain.media.encoder import PictureEncoder
from domain.media.models import Upload
from domain.media.ports import ObjectStore

_RUNNING = 2
_WAITING = 4
_PATIENCE_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class UploadDesk:
    """The store of media, and the way to complete what was sent to it."""

    store: ObjectStore
    completer: Completer
    gate: Gate

    async def complete(self, upload_id: UUID, *, owner: str) -> Upload:
        """Complete the owner's upload: `Completer.complete`, and `Busy` where too many do."""
        async with self.gate.turn():
            return await self.completer.complete(upload_id, owner=owner)


@asynccontextmanager
async def open_upload_desk(
    writes: Writes, store: ObjectStore, clock: Clock
) -> AsyncGenerator[UploadDesk]:
    """Open the one desk of a process, with its encoder of pictures, and close it at the end."""
    encoder = PictureEncoder()
    gate = Gate(
        "upload_completing", running=_RUNNING, waiting=_WAITING, patience_seconds=_PATIENCE_SECONDS
    )
    try:
        yield UploadDesk(store, Completer(partial(writing, writes), store, encoder, clock), gate)
    finally:
        encoder.close()
