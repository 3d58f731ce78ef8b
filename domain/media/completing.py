"""Completing an upload: what arrived is checked, made clean, and put where it is kept."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from uuid import UUID

from domain.kernel.clock import Clock
from domain.kernel.db import WriteSession
from domain.media import actions
from domain.media.encoder import PictureEncoder, PictureRefused
from domain.media.errors import UploadNotArrived, UploadUnusable
from domain.media.models import Upload
from domain.media.ports import ObjectMissing, ObjectStore, ObjectTooLarge
from domain.media.rules import (
    MediaType,
    RefusalReason,
    incoming_key,
    object_key,
    table_problem,
    thumbnail_key,
)

Writing = Callable[[], AbstractAsyncContextManager[WriteSession]]
"""Opens one transaction: committed when the block ends, rolled back on any error."""


@dataclass(frozen=True, slots=True)
class Completer:
    """What completing works with; the edge gives the transactions."""

    writing: Writing
    store: ObjectStore
    encoder: PictureEncoder
    clock: Clock

    async def complete(self, upload_id: UUID, *, owner: str) -> Upload:
        """Complete the owner's upload and answer with it, ready.

        Reads the row, works outside any transaction, writes the result. Completed twice, twice at
        once, or again after a crash, the answer is the same. Raises `Busy` while the store is
        away. Refuses: UploadUnknown, UploadExpired, UploadNotArrived, UploadUnusable.
        """
        async with self.writing() as session:
            upload = await actions.to_complete(session, upload_id, owner=owner, at=self.clock())
        if upload.status not in actions.FINAL:
            upload = await self._finish(upload)
            # Only now: until the result is written, what arrived is all there is.
            await self.store.delete(incoming_key(upload.id))
        if upload.refusal is not None:
            raise UploadUnusable(upload.refusal)
        return upload

    async def _finish(self, upload: Upload) -> Upload:
        try:
            size = await self._keep(upload)
        except _Unusable as unusable:
            async with self.writing() as session:
                return await actions.mark_refused(
                    session, upload, reason=unusable.reason, at=self.clock()
                )
        except ObjectMissing:
            return await self._finished_by_another(upload)
        async with self.writing() as session:
            return await actions.mark_ready(session, upload, size=size, at=self.clock())

    async def _finished_by_another(self, upload: Upload) -> Upload:
        """Whoever completes at the same time and is first deletes what arrived."""
        async with self.writing() as session:
            now = await actions.own(session, upload.id, owner=upload.owner)
        if now.status not in actions.FINAL:
            raise UploadNotArrived
        return now

    async def _keep(self, upload: Upload) -> tuple[int, int] | None:
        """Check what arrived and keep what is made of it; answers with a picture's size."""
        content = await self._arrived(upload)
        key = object_key(upload.purpose, upload.media_type, upload.id, upload.created_at)
        if upload.media_type is MediaType.CSV:
            if problem := table_problem(content):
                raise _Unusable(problem)
            await self.store.put(key, content, MediaType.CSV)
            return None
        try:
            picture = await self.encoder.encode(content, upload.media_type)
        except PictureRefused as refused:
            raise _Unusable(refused.reason) from refused
        for side, thumbnail in picture.thumbnails.items():
            await self.store.put(thumbnail_key(key, side), thumbnail, MediaType.WEBP)
        await self.store.put(key, picture.content, upload.media_type)
        return picture.width, picture.height

    async def _arrived(self, upload: Upload) -> bytes:
        try:
            content = await self.store.read(incoming_key(upload.id), most_bytes=upload.size_bytes)
        except ObjectTooLarge as error:
            raise _Unusable(RefusalReason.OTHER_SIZE) from error
        if len(content) != upload.size_bytes:
            raise _Unusable(RefusalReason.OTHER_SIZE)
        return content


class _Unusable(Exception):
    def __init__(self, reason: RefusalReason) -> None:
        super().__init__(reason)
        self.reason = reason
