"""Use cases of browsers: people who are signed in at the mall itself, and for no client."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select, update

from domain.kernel.db import WriteSession
from domain.kernel.forgetting import forget_oldest
from domain.members.models import ConsentText, Member
from domain.members.words import ConsentPurpose
from domain.sessions.actions import Owner
from domain.sessions.clients import digest_of
from domain.sessions.models import BrowserSession
from domain.sessions.rules import BROWSER_LIFE, BROWSER_RETENTION
from domain.staff.models import StaffMember


@dataclass(frozen=True, slots=True)
class BrowserPerson:
    """Who is signed in in a browser, since when, and what they are told if they are blocked."""

    id: UUID
    name: str
    authenticated_at: datetime
    block_reason: str | None


async def begin_browser(session: WriteSession, secret: str, owner: Owner, *, at: datetime) -> None:
    """Let a browser that shows the secret stand for a person, for `BROWSER_LIFE`."""
    session.add(
        BrowserSession(
            digest=digest_of(secret),
            member_id=owner.member_id,
            staff_id=owner.staff_id,
            created_at=at,
            expires_at=at + BROWSER_LIFE,
        )
    )
    await session.flush()


async def browser_member(
    session: WriteSession, secret: str, *, at: datetime
) -> BrowserPerson | None:
    """The member who is signed in in the browser that shows the secret, if one is.

    Their session here is locked against its end, so that what follows from it is known to whoever
    ends all that is a member's.
    """
    people = select(
        BrowserSession.member_id, Member.name, BrowserSession.created_at, Member.block_reason
    ).join(Member, Member.id == BrowserSession.member_id)
    return await _person(session, people, secret, at=at)


async def browser_staff(
    session: WriteSession, secret: str, *, at: datetime
) -> BrowserPerson | None:
    """As `browser_member`, for a member of the staff."""
    people = select(
        BrowserSession.staff_id,
        StaffMember.name,
        BrowserSession.created_at,
        StaffMember.block_reason,
    ).join(StaffMember, StaffMember.id == BrowserSession.staff_id)
    return await _person(session, people, secret, at=at)


async def end_browser(session: WriteSession, secret: str, *, at: datetime) -> None:
    """Sign whoever is signed in out in this browser; the clients they let in stay."""
    await session.execute(
        update(BrowserSession)
        .where(BrowserSession.digest == digest_of(secret), BrowserSession.ended_at.is_(None))
        .values(ended_at=at)
        .execution_options(synchronize_session=False)
    )


async def phone_text(session: WriteSession) -> ConsentText | None:
    """The text that somebody agrees to whose phone is kept; None where there is none yet."""
    return await session.scalar(
        select(ConsentText)
        .where(ConsentText.purpose == ConsentPurpose.PHONE)
        .order_by(ConsentText.version.desc())
        .limit(1)
    )


async def forget_old_browsers(session: WriteSession, *, at: datetime, most: int) -> int:
    """Forget the oldest sessions of browsers past their retention, ``most`` at a time; how many."""
    when = BrowserSession.expires_at
    is_past = when < at - BROWSER_RETENTION
    return await forget_oldest(session, BrowserSession, is_past, by=when, most=most)


async def _person(
    session: WriteSession, people: Select[*tuple[Any, ...]], secret: str, *, at: datetime
) -> BrowserPerson | None:
    found = await session.execute(
        people.where(
            BrowserSession.digest == digest_of(secret),
            BrowserSession.ended_at.is_(None),
            BrowserSession.expires_at > at,
        ).with_for_update(read=True, of=BrowserSession)
    )
    row = found.one_or_none()
    return BrowserPerson(*row) if row else None
