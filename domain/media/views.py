"""Hot reads of media: the promise behind an address to which bytes are sent."""

from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import bindparam, select

from domain.kernel.db import HotRead, ReadPool
from domain.media.models import Upload
from domain.media.rules import UploadStatus


class PromisedUpload(msgspec.Struct, frozen=True, gc=False):
    """What was promised of an upload, and whether it has come already."""

    token_digest: bytes
    media_type: str
    size_bytes: int
    expires_at: datetime
    status: UploadStatus


_PROMISED = HotRead(
    select(
        Upload.token_digest,
        Upload.media_type,
        Upload.size_bytes,
        Upload.expires_at,
        Upload.status,
    ).where(Upload.id == bindparam("upload_id"))
)


async def promised_upload(reads: ReadPool, upload_id: UUID) -> PromisedUpload | None:
    """What was promised under that id, if anything was."""
    rows = await _PROMISED.rows(reads, upload_id=upload_id)
    if not rows:
        return None
    ((token_digest, media_type, size_bytes, expires_at, status),) = rows
    return PromisedUpload(token_digest, media_type, size_bytes, expires_at, UploadStatus(status))
