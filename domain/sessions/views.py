"""Hot reads of sessions: what a client may know of the person who let it in."""

from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import bindparam, select

from domain.kernel.db import HotRead, ReadPool
from domain.members.models import Member
from domain.sessions.models import Session
from domain.staff.models import StaffMember


class SessionMember(msgspec.Struct, frozen=True, gc=False):
    """A member as a client with their profile sees them; never a phone."""

    member_id: UUID
    name: str
    picture_key: str | None


class SessionStaff(msgspec.Struct, frozen=True, gc=False):
    """A member of the staff as a client with their profile sees them."""

    staff_id: UUID
    name: str


_MEMBER = HotRead(
    select(Member.id, Member.name, Member.picture_key)
    .join(Session, Session.member_id == Member.id)
    .where(
        Session.id == bindparam("session_id"),
        Session.ended_at.is_(None),
        Session.expires_at > bindparam("at", type_=Session.expires_at.type),
        Member.blocked_at.is_(None),
    )
)
_STAFF = HotRead(
    select(StaffMember.id, StaffMember.name)
    .join(Session, Session.staff_id == StaffMember.id)
    .where(
        Session.id == bindparam("session_id"),
        Session.ended_at.is_(None),
        Session.expires_at > bindparam("at", type_=Session.expires_at.type),
        StaffMember.blocked_at.is_(None),
    )
)


async def member_of_session(
    reads: ReadPool, session_id: UUID, *, at: datetime
) -> SessionMember | None:
    """Whose session it is; None where it has ended, or is no member's."""
    rows = await _MEMBER.rows(reads, session_id=session_id, at=at)
    return SessionMember(*rows[0]) if rows else None


async def staff_of_session(
    reads: ReadPool, session_id: UUID, *, at: datetime
) -> SessionStaff | None:
    """Which member of the staff has the session; None where it has ended, or is none's."""
    rows = await _STAFF.rows(reads, session_id=session_id, at=at)
    return SessionStaff(*rows[0]) if rows else None
