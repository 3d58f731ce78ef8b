"""Use cases of pads: let in by a manager, renamed, revoked, and signed in at by the staff."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from random import Random
from uuid import UUID

import msgspec
from sqlalchemy import ARRAY, DateTime, bindparam, func, or_, select, update
from sqlalchemy import Uuid as UuidColumn

from domain.kernel.actors import By, Role, Staff
from domain.kernel.db import WriteSession
from domain.kernel.errors import InvalidInput, Problem
from domain.kernel.ids import new_id
from domain.kernel.problems import MISSING, TOO_LONG
from domain.sessions import devices
from domain.sessions.actions import end
from domain.sessions.bearers import bearer_of
from domain.sessions.errors import PadUnavailable
from domain.sessions.models import DeviceCode, Pad, Session
from domain.sessions.rules import SEEN_EVERY, EndReason
from domain.staff.actions import Change, record
from domain.staff.rules import NOT_PRINTABLE, NOT_YOUR_STORE, problems_of_reason
from domain.stores.views import known_stores

APPROVERS = frozenset({Role.STORE_MANAGER, Role.OPERATOR, Role.OWNER})
"""Who lets pads in and revokes them: each where they work."""
LONGEST_NAME = 40
_SUBJECT = "pad"
_APPROVED = "设备授权 / let in by its code"
_SIGNED_OUT = "在平板上退出 / signed out at the pad"


class SavedPad(msgspec.Struct, frozen=True):
    """A pad that was written."""

    pad_id: UUID


async def approve(
    session: WriteSession, asked: DeviceCode, store_id: UUID, name: str, *, by: By
) -> SavedPad:
    """Let a device that waits in as a pad of a store. The code is locked: nobody else decides.

    Refuses: InvalidInput, for a name that is none and for a place that is no store of theirs.
    """
    problems = [*_problems_of_name(name)]
    if not by.staff.works_at(store_id) or not await known_stores(session, [store_id]):
        problems.append(NOT_YOUR_STORE.at("storeId"))
    if problems:
        raise InvalidInput(problems)
    pad = Pad(
        id=new_id(by.at, by.random),
        name=name.strip(),
        store_id=store_id,
        approved_by=by.staff.id,
        approved_at=by.at,
    )
    session.add(pad)
    await session.flush()
    await devices.note_approval(session, asked, by.staff.id, pad, at=by.at)
    after = {"name": pad.name, "store_id": store_id, "device": asked.device}
    await _record(session, pad, "pad.approve", None, after, reason=_APPROVED, by=by)
    return SavedPad(pad.id)


async def rename(
    session: WriteSession, pad_id: UUID, name: str, *, reason: str, by: By
) -> SavedPad:
    """Call a pad something else. Refuses: PadUnavailable, InvalidInput."""
    problems = [*_problems_of_name(name), *problems_of_reason(reason)]
    if problems:
        raise InvalidInput(problems)
    pad = await _locked(session, pad_id, by.staff)
    before = {"name": pad.name}
    if pad.name != name.strip():
        pad.name = name.strip()
        await session.flush()
        after = {"name": pad.name}
        await _record(session, pad, "pad.rename", before, after, reason=reason, by=by)
    return SavedPad(pad_id)


async def revoke(session: WriteSession, pad_id: UUID, *, reason: str, by: By) -> SavedPad:
    """Keep a pad out for good, and whoever is signed in at it; it may be let in as another one.

    One that was revoked stays as it is. Refuses: PadUnavailable, InvalidInput.
    """
    problems = [*problems_of_reason(reason)]
    if problems:
        raise InvalidInput(problems)
    pad = await _locked(session, pad_id, by.staff)
    if pad.revoked_at is None:
        pad.revoked_at = by.at
        await session.flush()
        of_pad = Session.pad_id == pad_id, Session.parent_id.is_(None), Session.ended_at.is_(None)
        for each in (await session.scalars(select(Session.id).where(*of_pad))).all():
            await end(session, each, EndReason.REVOKED, at=by.at)
        after = {"revoked_at": by.at}
        await _record(session, pad, "pad.revoke", {"revoked_at": None}, after, reason=reason, by=by)
    return SavedPad(pad_id)


async def sign_out(
    session: WriteSession, of: Session, *, reason: str = _SIGNED_OUT, at: datetime, random: Random
) -> None:
    """End the session of staff at a pad, and no other one; written into the audit trail."""
    staff = await bearer_of(session, of)
    assert isinstance(staff, Staff)
    if await end(session, of.id, EndReason.SIGNED_OUT, at=at):
        pad = await session.get_one(Pad, of.pad_id)
        by = By(staff, at, random)
        await _record(session, pad, "pad.sign_out", None, None, reason=reason, by=by)


async def note_sign_in(session: WriteSession, pad: Pad, *, reason: str, by: By) -> None:
    """Write into the audit trail that somebody has signed in at a pad."""
    await _record(session, pad, "pad.sign_in", None, None, reason=reason, by=by)


async def note_seen(session: WriteSession, seen: Mapping[UUID, datetime]) -> None:
    """Write down when pads were last seen, in one statement and once a minute for each.

    So several processes that have seen one pad write once; in one order, so that of two that
    write at once none waits for the other in a circle.
    """
    in_order = sorted(seen.items())
    ids = bindparam("ids", [pad for pad, _ in in_order], type_=ARRAY(UuidColumn))
    when = [at for _, at in in_order]
    moments = bindparam("moments", when, type_=ARRAY(DateTime(timezone=True)))
    told = func.unnest(ids, moments).table_valued("id", "at", name="told").render_derived()
    is_news = or_(Pad.last_seen_at.is_(None), Pad.last_seen_at <= told.c.at - SEEN_EVERY)
    await session.execute(
        update(Pad)
        .where(Pad.id == told.c.id, is_news)
        .values(last_seen_at=told.c.at)
        .execution_options(synchronize_session=False)
    )


async def _locked(session: WriteSession, pad_id: UUID, staff: Staff) -> Pad:
    pad = await session.scalar(select(Pad).where(Pad.id == pad_id).with_for_update())
    if pad is None or not staff.works_at(pad.store_id):
        raise PadUnavailable
    return pad


async def _record(
    session: WriteSession,
    pad: Pad,
    action: str,
    before: Mapping[str, object] | None,
    after: Mapping[str, object] | None,
    *,
    reason: str,
    by: By,
) -> None:
    change = Change(action, _SUBJECT, pad.id, before, after, reason)
    await record(session, by.staff, change, at=by.at, random=by.random)


def _problems_of_name(name: str) -> Iterator[Problem]:
    if not name.strip():
        yield MISSING.at("name")
    elif len(name.strip()) > LONGEST_NAME:
        yield TOO_LONG.at("name", most=LONGEST_NAME)
    elif not name.strip().isprintable():
        yield NOT_PRINTABLE.at("name")
