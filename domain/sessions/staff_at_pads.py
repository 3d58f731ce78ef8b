"""The use case of signing in at a pad: within the pad's own session, one person at a time."""

from datetime import datetime
from random import Random

from sqlalchemy import select

from domain.kernel.actors import By, Staff
from domain.kernel.actors import Pad as PadActor
from domain.kernel.db import WriteSession
from domain.sessions import pads
from domain.sessions.actions import Owner, start_session
from domain.sessions.bearers import bearer_of
from domain.sessions.models import Client, Pad, Session
from domain.sessions.rules import PAD_SCOPE
from domain.staff.pins import PinTry, clear_tries

_BY_PIN = "以 PIN 登录 / signed in by PIN"
_NEXT_PERSON = "他人登录 / somebody else signed in"


async def sign_in_at_pad(
    session: WriteSession,
    at_pad: PadActor,
    right: PinTry,
    by: Client,
    *,
    at: datetime,
    random: Random,
) -> Session | None:
    """Begin the session of somebody whose PIN was right; None where that may not be any more.

    Whoever was signed in at the pad before is signed out: one of two who stand before it would
    otherwise act as the other. The session ends with the pad's at the latest.
    """
    if not await clear_tries(session, right, at_pad.store_id):
        return None
    of_pad = await _locked(session, at_pad, by, at=at)
    if of_pad is None:
        return None
    pad, parent = of_pad
    is_open = Session.parent_id == parent.id, Session.ended_at.is_(None), Session.expires_at > at
    for before in (await session.scalars(select(Session).where(*is_open))).all():
        await pads.sign_out(session, before, reason=_NEXT_PERSON, at=at, random=random)
    owner = Owner(staff_id=right.staff_id, pad_id=pad.id, parent_id=parent.id)
    begun = await start_session(session, by.id, owner, scopes=[PAD_SCOPE], at=at, random=random)
    begun.expires_at = min(begun.expires_at, parent.expires_at)
    staff = await bearer_of(session, begun)
    assert isinstance(staff, Staff)
    await pads.note_sign_in(session, pad, reason=_BY_PIN, by=By(staff, at, random))
    return begun


async def _locked(
    session: WriteSession, at_pad: PadActor, by: Client, *, at: datetime
) -> tuple[Pad, Session] | None:
    """The pad and its session, both kept from ending meanwhile; None where one has ended.

    The pad before its session, as whoever revokes it takes both.
    """
    pad = await session.scalar(select(Pad).where(Pad.id == at_pad.id).with_for_update(read=True))
    parent = await session.scalar(
        select(Session)
        .where(
            Session.id == at_pad.session_id,
            Session.pad_id == at_pad.id,
            Session.client_id == by.id,
            Session.ended_at.is_(None),
            Session.expires_at > at,
        )
        .with_for_update()
    )
    if pad is None or pad.revoked_at is not None or parent is None:
        return None
    return pad, parent
