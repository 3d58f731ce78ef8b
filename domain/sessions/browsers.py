"""Use cases of browsers: a member or staff signed in at the mall itself, and for no client."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from domain.kernel.db import WriteSession
from domain.kernel.forgetting import forget_oldest
from domain.members.models import ConsentText, Member
from domain.members.words import ConsentPurpose
from domain.sessions.clients import digest_of
from domain.sessions.models import BrowserSession
from domain.sessions.rules import BROWSER_LIFE, BROWSER_RETENTION
from domain.staff.models import StaffMember


@dataclass(frozen=True, slots=True)
class BrowserMember:
    """Who is signed in in a browser, since when, and what they are told if they are blocked."""

    member_id: UUID
    name: str
    authenticated_at: datetime
    block_reason: str | None


@dataclass(frozen=True, slots=True)
class BrowserStaff:
    """Which member of the staff is signed in in a browser; otherwise as `BrowserMember`."""

    staff_id: UUID
    name: str
    authenticated_at: datetime
    block_reason: str | None


async def begin_browser(
    session: WriteSession, secret: str, member_id: UUID, *, at: datetime
) -> None:
    """Let a browser that shows the secret stand for a member, for `BROWSER_LIFE`."""
    session.add(
        BrowserSession(
            digest=digest_of(secret),
            member_id=member_id,
            created_at=at,
            expires_at=at + BROWSER_LIFE,
        )
    )
    await session.flush()


async def browser_member(
    session: WriteSession, secret: str, *, at: datetime
) -> BrowserMember | None:
    """Who is signed in in the browser that shows the secret, if anybody is.

    Their session here is locked against its end, so that what follows from it is known to whoever
    ends all that is a member's.
    """
    found = await session.execute(
        select(
            BrowserSession.member_id, Member.name, BrowserSession.created_at, Member.block_reason
        )
        .join(Member, Member.id == BrowserSession.member_id)
        .where(
            BrowserSession.digest == digest_of(secret),
            BrowserSession.ended_at.is_(None),
            BrowserSession.expires_at > at,
        )
        .with_for_update(read=True, of=BrowserSession)
    )
    row = found.one_or_none()
    return BrowserMember(*row) if row else None


async def begin_browser_of_staff(
    session: WriteSession, secret: str, staff_id: UUID, *, at: datetime
) -> None:
    """As `begin_browser`, for a member of the staff."""
    session.add(
        BrowserSession(
            digest=digest_of(secret),
            staff_id=staff_id,
            created_at=at,
            expires_at=at + BROWSER_LIFE,
        )
    )
    await session.flush()


async def browser_staff(session: WriteSession, secret: str, *, at: datetime) -> BrowserStaff | None:
    """As `browser_member`, of a member of the staff."""
    found = await session.execute(
        select(
            BrowserSession.staff_id,
            StaffMember.name,
            BrowserSession.created_at,
            StaffMember.block_reason,
        )
        .join(StaffMember, StaffMember.id == BrowserSession.staff_id)
        .where(
            BrowserSession.digest == digest_of(secret),
            BrowserSession.ended_at.is_(None),
            BrowserSession.expires_at > at,
        )
        .with_for_update(read=True, of=BrowserSession)
    )
    row = found.one_or_none()
    return BrowserStaff(*row) if row else None


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
