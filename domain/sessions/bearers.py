"""Who acts in a session: what its access tokens say, read whenever one is made."""

from uuid import UUID

from sqlalchemy import select

from domain.kernel.actors import STORE_ROLES, Actor, Member, Partner, Scope, Staff
from domain.kernel.actors import Pad as PadActor
from domain.kernel.db import WriteSession
from domain.sessions.models import Pad, Session
from domain.staff.models import StaffMember, StaffStore


async def bearer_of(session: WriteSession, of: Session) -> Actor:
    """Who acts in a session, as they are now: a name, a role and stores may have changed."""
    if of.member_id is not None:
        return Member(of.member_id, of.id)
    pad = await _pad_of(session, of)
    if of.staff_id is not None:
        return await staff_actor(session, of.staff_id, session_id=of.id, pad=pad)
    if pad is not None:
        return pad
    known = frozenset(scope for scope in Scope if scope in of.scopes)
    return Partner(of.client_id, of.id, known)


async def staff_actor(
    session: WriteSession,
    staff_id: UUID,
    *,
    session_id: UUID | None = None,
    pad: PadActor | None = None,
) -> Staff:
    """A member of the staff as they are now, in a session of theirs or in a browser."""
    staff = await session.get_one(StaffMember, staff_id)
    stores = None
    if staff.role in STORE_ROLES:
        theirs = select(StaffStore.store_id).where(StaffStore.staff_id == staff.id)
        stores = frozenset(await session.scalars(theirs))
    return Staff(staff.id, staff.name, staff.role, session_id, stores, pad)


async def _pad_of(session: WriteSession, of: Session) -> PadActor | None:
    """The pad of its own session, or of the one that its staff are signed in within."""
    if of.pad_id is None:
        return None
    pad = await session.get_one(Pad, of.pad_id)
    return PadActor(pad.id, pad.store_id, of.parent_id or of.id)
