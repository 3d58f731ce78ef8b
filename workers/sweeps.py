"""The sweeps: argument-free jobs that find what is due in the database (architecture 0.21)."""

import asyncio
from datetime import datetime, timedelta
from typing import Protocol

from domain.aftersales.erasing import erase_old_cases
from domain.kernel.db import WriteSession
from domain.kernel.errors import Busy
from domain.kernel.heartbeats import forget_silent
from domain.kernel.idempotency import forget_old
from domain.kernel.logs import logger
from domain.kernel.outbox import forget_done
from domain.media import actions as media
from domain.media.models import Upload
from domain.media.rules import UploadStatus, all_keys, incoming_key
from domain.members.actions.codes import forget_old_codes
from domain.messages.permits import forget_void_permits
from domain.messages.telling import forget_old_messages
from domain.orders.tracking.beginning import forget_old_tracks
from domain.payments.notices import forget_old_notices
from domain.reconciliation.forgetting import forget_old_lines
from domain.sessions.actions import forget_expired_tokens, forget_old_sessions
from domain.sessions.browsers import forget_old_browsers
from domain.sessions.codes import forget_old_authorization_codes
from domain.sessions.devices import forget_old_device_codes
from workers.tools import SweepContext, Tools

_LOG = logger(__name__)
_UPLOADS_AT_ONCE = 100

_LONGEST = timedelta(seconds=10)
"""How long a sweep goes on; what is due after that is found by the next one."""
_CHUNK = 1_000


class Forget(Protocol):
    """Forgets at most so many rows past their retention, and says how many."""

    async def __call__(self, session: WriteSession, *, at: datetime, most: int) -> int: ...


async def forget_silent_workers(ctx: SweepContext) -> None:
    """Delete the heartbeats of workers that are long gone."""
    tools = ctx["tools"]
    async with tools.database.writes.begin() as session:
        await forget_silent(session, at=tools.clock())


async def forget_old_answers(ctx: SweepContext) -> None:
    """Forget the answers of requests that nobody repeats any more."""
    await _forget(ctx["tools"], forget_old)


async def forget_done_facts(ctx: SweepContext) -> None:
    """Forget the facts of the outbox that took effect long ago."""
    await _forget(ctx["tools"], forget_done)


async def forget_old_phone_codes(ctx: SweepContext) -> None:
    """Forget the codes of text messages after their day."""
    await _forget(ctx["tools"], forget_old_codes)


async def forget_ended_sessions(ctx: SweepContext) -> None:
    """Forget what sessions were kept alive by, then those that ended or expired long ago."""
    for forget in (
        forget_expired_tokens,
        forget_old_authorization_codes,
        forget_old_device_codes,
        forget_old_browsers,
        forget_old_sessions,
    ):
        await _forget(ctx["tools"], forget)


async def forget_messages(ctx: SweepContext) -> None:
    """Forget what members were told long ago, and permits that are of no use any more."""
    for forget in (forget_old_messages, forget_void_permits):
        await _forget(ctx["tools"], forget)


async def forget_payment_notices(ctx: SweepContext) -> None:
    """Forget what gateways told a long time ago."""
    await _forget(ctx["tools"], forget_old_notices)


async def forget_tracks(ctx: SweepContext) -> None:
    """Forget what carriers told of parcels that were sent a long time ago."""
    await _forget(ctx["tools"], forget_old_tracks)


async def forget_case_texts(ctx: SweepContext) -> None:
    """Erase what was said and shown in cases that ended some years ago."""
    await _forget(ctx["tools"], erase_old_cases)


async def forget_bill_lines(ctx: SweepContext) -> None:
    """Forget the lines of the gateway's bills of more than a year ago."""
    await _forget(ctx["tools"], forget_old_lines)


async def clear_uploads(ctx: SweepContext) -> None:
    """Delete what expired uploads have left in the store, then those that never became ready.

    Two workers that do the same at once do no harm. An upload whose objects cannot be deleted
    now keeps its row, and stops no other.
    """
    tools, after = ctx["tools"], None
    ends_at = asyncio.get_running_loop().time() + _LONGEST.total_seconds()
    while asyncio.get_running_loop().time() < ends_at:
        async with tools.database.writes.begin() as session:
            due = await media.due_for_clearing(
                session, at=tools.clock(), after=after, most=_UPLOADS_AT_ONCE
            )
        if not due:
            return
        cleared = [upload.id for upload in due if await _is_cleared(tools, upload)]
        async with tools.database.writes.begin() as session:
            await media.forget_cleared(session, cleared, at=tools.clock())
        after = due[-1].expires_at, due[-1].id


async def _forget(tools: Tools, forget: Forget) -> None:
    """Forget a thousand at a time, each chunk in its own transaction."""
    begun = at = tools.clock()
    forgotten = _CHUNK
    while forgotten == _CHUNK and at - begun < _LONGEST:
        async with tools.database.writes.begin() as session:
            forgotten = await forget(session, at=at, most=_CHUNK)
        at = tools.clock()


async def _is_cleared(tools: Tools, upload: Upload) -> bool:
    keys = [incoming_key(upload.id)]
    if upload.status is not UploadStatus.READY:
        keys = all_keys(upload.purpose, upload.media_type, upload.id, upload.created_at)
    try:
        for key in keys:
            await tools.store.delete(key)
    except Busy as busy:
        _LOG.warning("upload.not_cleared", upload_id=str(upload.id), reason=repr(busy.__cause__))
        return False
    return True
