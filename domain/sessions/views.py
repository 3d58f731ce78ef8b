"""Hot reads of sessions: people as a client sees them, and what people see of their own."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from uuid import UUID

import msgspec
from sqlalchemy import BigInteger, bindparam, select

from domain.kernel.db import HotRead, ReadPool
from domain.kernel.ids import public_id
from domain.kernel.paging import Page, Place, page_of
from domain.members.models import Member
from domain.sessions.models import Client, Session
from domain.staff.models import StaffMember

SESSION = "session"
"""The kind in a session's public id."""


class SessionMember(msgspec.Struct, frozen=True, gc=False):
    """A member as a client with their profile sees them; never a phone."""

    member_id: UUID
    name: str
    picture_key: str | None


class SessionStaff(msgspec.Struct, frozen=True, gc=False):
    """A member of the staff as a client with their profile sees them."""

    staff_id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody who has sessions, a member or of the staff, and the one by which they are here."""

    id: UUID
    session_id: UUID


class SessionView(msgspec.Struct, frozen=True, gc=False):
    """An open session as its owner sees it."""

    id: str
    client_name: str
    started_at: datetime
    is_current: bool


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


async def open_sessions(
    reads: ReadPool, who: SignedIn, *, at: datetime, first: int, after: Place | None
) -> Page[SessionView]:
    """Take the ``first`` of somebody's own open sessions behind ``after``, the newest first."""
    rows = await _open(after=after is not None).rows(
        reads, person=who.id, at=at, after=after.key if after else None, limit=first + 1
    )
    page = page_of(rows, first)
    views = [
        SessionView(
            public_id(SESSION, row["id"]),
            row["name"],
            row["started_at"],
            row["id"] == who.session_id,
        )
        for row in page.items
    ]
    return Page(views, page.has_next)


@cache
def _open(*, after: bool) -> HotRead:
    statement = (
        select(Session.id, Client.name, Session.started_at)
        .join(Client, Session.client_id == Client.id)
        .where(
            Session.is_of(bindparam("person", type_=Session.id.type)),
            Session.ended_at.is_(None),
            Session.expires_at > bindparam("at", type_=Session.expires_at.type),
        )
    )
    if after:
        statement = statement.where(Session.id < bindparam("after", type_=Session.id.type))
    limit = bindparam("limit", type_=BigInteger)
    return HotRead(statement.order_by(Session.id.desc()).limit(limit))
