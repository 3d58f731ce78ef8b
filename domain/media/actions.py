"""Use cases of media: promising uploads, and writing down what became of them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select, update

from domain.kernel.db import WriteSession
from domain.kernel.ids import new_id
from domain.media.errors import (
    TooManyUploads,
    UploadExpired,
    UploadSizeRefused,
    UploadTypeRefused,
    UploadUnknown,
)
from domain.media.models import Upload
from domain.media.ports import UploadTicket
from domain.media.rules import (
    ADDRESS_LIFE,
    ALLOWANCES,
    COMPLETING_LIFE,
    RETENTION,
    Purpose,
    RefusalReason,
    UploadStatus,
    incoming_key,
    object_key,
    upload_of,
)

_TOKEN_BYTES = 32
_DAY = timedelta(days=1)
_UNFINISHED = (UploadStatus.PROMISED, UploadStatus.STORED)
FINAL = (UploadStatus.READY, UploadStatus.REFUSED)


@dataclass(frozen=True, slots=True)
class Expected:
    """What is to come: its purpose, what it says it is, and how many bytes."""

    purpose: Purpose
    media_type: str
    size_bytes: int


def digest_of(token: str) -> bytes:
    """What is stored of a ticket's token."""
    return hashlib.sha256(token.encode()).digest()


async def promise(
    session: WriteSession, expected: Expected, *, owner: str, at: datetime, random: Random
) -> UploadTicket:
    """Promise that the owner may send one file, and answer with the ticket for it.

    ``random`` has to be one that nobody can guess. How many an owner has unfinished, and asked
    for in a day, is counted, not locked: a few at the same moment may pass beyond the bound.
    Refuses: UploadTypeRefused, UploadSizeRefused, TooManyUploads.
    """
    allowance = ALLOWANCES[expected.purpose]
    media_type = next((t for t in allowance.media_types if t == expected.media_type), None)
    if media_type is None:
        raise UploadTypeRefused(allowance.media_types)
    if not 1 <= expected.size_bytes <= allowance.largest_bytes:
        raise UploadSizeRefused(allowance.largest_bytes)
    if await _unfinished(session, owner, expected.purpose) >= allowance.most_unfinished:
        raise TooManyUploads(allowance.most_unfinished)
    if allowance.most_a_day is not None:
        await _refuse_too_many_a_day(session, owner, expected.purpose, allowance.most_a_day, at=at)
    upload_id, token = new_id(at, random), random.randbytes(_TOKEN_BYTES).hex()
    upload = Upload(
        id=upload_id,
        purpose=expected.purpose,
        owner=owner,
        media_type=media_type,
        size_bytes=expected.size_bytes,
        token_digest=digest_of(token),
        status=UploadStatus.PROMISED,
        created_at=at,
        expires_at=at + ADDRESS_LIFE,
    )
    session.add(upload)
    await session.flush()
    return _ticket(upload, token)


async def renew(
    session: WriteSession, upload_id: UUID, *, owner: str, at: datetime, random: Random
) -> UploadTicket:
    """Make another ticket for an upload that is still awaited; the one before is void.

    For whoever has lost the first: its token is stored nowhere. Refuses: UploadExpired, where
    nothing is awaited any more.
    """
    token = random.randbytes(_TOKEN_BYTES).hex()
    renewed = (
        update(Upload)
        .where(
            Upload.id == upload_id,
            Upload.owner == owner,
            Upload.status == UploadStatus.PROMISED,
            Upload.expires_at > at,
        )
        .values(token_digest=digest_of(token))
        .returning(Upload)
    )
    upload = await session.scalar(renewed)
    if upload is None:
        raise UploadExpired
    return _ticket(upload, token)


async def mark_stored(session: WriteSession, upload_id: UUID) -> bool:
    """Note that the bytes have arrived; False where they had before, or nobody waits for them."""
    changed = (
        update(Upload)
        .where(Upload.id == upload_id, Upload.status == UploadStatus.PROMISED)
        .values(status=UploadStatus.STORED)
        .returning(Upload.id)
    )
    return await session.scalar(changed) is not None


async def own(session: WriteSession, upload_id: UUID, *, owner: str) -> Upload:
    """The owner's upload as it stands. Refuses: UploadUnknown, also for somebody else's."""
    upload = await session.scalar(
        select(Upload).where(Upload.id == upload_id, Upload.owner == owner)
    )
    if upload is None:
        raise UploadUnknown
    return upload


async def ready_key(session: WriteSession, upload_id: UUID, *, owner: str, purpose: Purpose) -> str:
    """The key of the owner's upload that is ready. Refuses: UploadUnknown, where it is not."""
    upload = await own(session, upload_id, owner=owner)
    if upload.object_key is None or upload.purpose is not purpose:
        raise UploadUnknown
    return upload.object_key


async def mark_replaced(session: WriteSession, key: str, *, owner: str) -> None:
    """Give up the owner's ready object of that key: the sweep deletes it, and its upload.

    Nothing may show the object any more. It stays readable until then, a day or two.
    """
    await _give_up(session, Upload.id == upload_of(key), Upload.owner == owner, keys=[key])


async def give_up(session: WriteSession, keys: Sequence[str]) -> None:
    """Give up ready objects of whomever, as `mark_replaced`; nothing may show them any more."""
    if keys:
        await _give_up(session, Upload.id.in_([upload_of(key) for key in keys]), keys=keys)


async def _give_up(
    session: WriteSession, *conditions: ColumnElement[bool], keys: Sequence[str]
) -> None:
    await session.execute(
        update(Upload)
        .where(*conditions, Upload.object_key.in_(keys))
        .values(
            status=UploadStatus.REPLACED,
            finished_at=None,
            object_key=None,
            width=None,
            height=None,
            cleared_at=None,
        )
    )


async def to_complete(
    session: WriteSession, upload_id: UUID, *, owner: str, at: datetime
) -> Upload:
    """The owner's upload, final or still in time to be completed.

    Refuses: UploadUnknown, UploadExpired.
    """
    upload = await own(session, upload_id, owner=owner)
    if upload.status is UploadStatus.REPLACED:
        raise UploadUnknown
    if upload.status not in FINAL and at > upload.expires_at + COMPLETING_LIFE:
        raise UploadExpired
    return upload


async def mark_ready(
    session: WriteSession, upload: Upload, *, size: tuple[int, int] | None, at: datetime
) -> Upload:
    """Make the upload ready, a picture with its width and height; answers as `_finish`."""
    width, height = size or (None, None)
    key = object_key(upload.purpose, upload.media_type, upload.id, upload.created_at)
    return await _finish(
        session,
        upload,
        status=UploadStatus.READY,
        finished_at=at,
        object_key=key,
        width=width,
        height=height,
    )


async def mark_refused(
    session: WriteSession, upload: Upload, *, reason: RefusalReason, at: datetime
) -> Upload:
    """Refuse what arrived, for good; answers as `_finish`."""
    return await _finish(
        session, upload, status=UploadStatus.REFUSED, finished_at=at, refusal=reason
    )


async def due_for_clearing(
    session: WriteSession, *, at: datetime, after: tuple[datetime, UUID] | None, most: int
) -> list[Upload]:
    """Uploads that expired longer ago than the retention and may have left objects behind.

    The oldest first, from behind ``after``: when the last one before them expired, and its id.
    """
    due = select(Upload).where(Upload.cleared_at.is_(None), Upload.expires_at < at - RETENTION)
    if after is not None:
        expires_at, upload_id = after
        due = due.where(
            (Upload.expires_at > expires_at)
            | ((Upload.expires_at == expires_at) & (Upload.id > upload_id))
        )
    due = due.order_by(Upload.expires_at, Upload.id).limit(most)
    return list(await session.scalars(due))


async def forget_cleared(
    session: WriteSession, upload_ids: Sequence[UUID], *, at: datetime
) -> None:
    """Delete uploads whose objects are gone; of a ready one only what had arrived is gone."""
    mine = Upload.id.in_(upload_ids)
    await session.execute(delete(Upload).where(mine, Upload.status != UploadStatus.READY))
    await session.execute(update(Upload).where(mine).values(cleared_at=at))


def _ticket(upload: Upload, token: str) -> UploadTicket:
    return UploadTicket(
        upload_id=upload.id,
        key=incoming_key(upload.id),
        media_type=upload.media_type,
        size_bytes=upload.size_bytes,
        expires_at=upload.expires_at,
        token=token,
    )


async def _unfinished(session: WriteSession, owner: str, purpose: Purpose) -> int:
    count = select(func.count()).where(
        Upload.owner == owner, Upload.purpose == purpose, Upload.status.in_(_UNFINISHED)
    )
    return (await session.scalars(count)).one()


async def _refuse_too_many_a_day(
    session: WriteSession, owner: str, purpose: Purpose, most: int, *, at: datetime
) -> None:
    """Nothing of the last day was cleared yet, so that a small index holds all of it."""
    asked = select(func.count()).where(
        Upload.owner == owner,
        Upload.purpose == purpose,
        Upload.cleared_at.is_(None),
        Upload.expires_at > at + ADDRESS_LIFE - _DAY,
    )
    if (await session.scalars(asked)).one() >= most:
        raise TooManyUploads(most)


async def _finish(session: WriteSession, upload: Upload, **values: Any) -> Upload:
    """Write the result once; where there is one already, that is the answer.

    Refuses: UploadUnknown, where the upload has been forgotten meanwhile.
    """
    finished = (
        update(Upload)
        .where(Upload.id == upload.id, Upload.status.in_(_UNFINISHED))
        .values(**values)
        .returning(Upload)
        .execution_options(populate_existing=True)
    )
    result = await session.scalar(finished)
    return result or await own(session, upload.id, owner=upload.owner)
