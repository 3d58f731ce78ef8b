"""Use cases of sessions: beginning one, keeping it alive, and ending it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import and_, delete, exists, func, or_, select, update

from domain.kernel.db import WriteSession
from domain.kernel.forgetting import forget_oldest
from domain.kernel.ids import new_id
from domain.sessions.clients import digest_of
from domain.sessions.models import (
    AuthorizationCode,
    BrowserSession,
    Client,
    RefreshToken,
    Session,
)
from domain.sessions.rules import (
    ACCESS_LIFE,
    CLIENT_LIFE,
    LEEWAY,
    MEMBER_LIFE,
    MOST_SIBLINGS,
    PAD_LIFE,
    SESSION_RETENTION,
    STAFF_AT_PAD_LIFE,
    STAFF_LIFE,
    EndReason,
    Life,
)


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a session is: a person's, a pad's, of staff at a pad, or (of nobody) the client's own.

    Staff at a pad have the pad's session as the parent.
    """

    member_id: UUID | None = None
    staff_id: UUID | None = None
    pad_id: UUID | None = None
    parent_id: UUID | None = None

    @property
    def life(self) -> Life:
        """How long sessions of this kind live."""
        if self.member_id is not None:
            return MEMBER_LIFE
        if self.staff_id is not None:
            return STAFF_LIFE if self.pad_id is None else STAFF_AT_PAD_LIFE
        return CLIENT_LIFE if self.pad_id is None else PAD_LIFE


async def start_session(
    session: WriteSession,
    client_id: str,
    owner: Owner,
    *,
    scopes: Sequence[str],
    at: datetime,
    random: Random,
) -> Session:
    """Begin the session of a sign-in."""
    begun = Session(
        id=new_id(at, random),
        client_id=client_id,
        member_id=owner.member_id,
        staff_id=owner.staff_id,
        pad_id=owner.pad_id,
        parent_id=owner.parent_id,
        scopes=[*scopes],
        started_at=at,
        expires_at=at + owner.life.whole,
    )
    session.add(begun)
    await session.flush()
    return begun


async def keep_refresh_token(
    session: WriteSession, of: Session, token: str, *, parent: RefreshToken | None, at: datetime
) -> None:
    """Note a refresh token of a session, and that its parent was changed for it."""
    session.add(
        RefreshToken(
            digest=digest_of(token),
            session_id=of.id,
            parent_digest=parent.digest if parent else None,
            issued_at=at,
            expires_at=min(at + owner_of(of).life.idle, of.expires_at),
        )
    )
    if parent is not None:
        parent.used_at = parent.used_at or at
        parent.children += 1
    await session.flush()


def owner_of(of: Session) -> Owner:
    """Whose a session is."""
    return Owner(of.member_id, of.staff_id, of.pad_id, of.parent_id)


@dataclass(frozen=True, slots=True)
class Presented:
    """A refresh token that may be changed for the next, with its session; both rows are locked."""

    token: RefreshToken
    session: Session


@dataclass(frozen=True, slots=True)
class Over:
    """A session that has ended, whose it was, and what the person is told."""

    reason: EndReason
    note: str | None
    owner: Owner


async def present(
    session: WriteSession, token: str, by: Client, *, at: datetime
) -> Presented | Over | None:
    """Take a refresh token that a client presents; None where it may not be changed.

    The session is locked, so of several that present one token at the same time each sees what
    the one before has done. A token that comes again, later than its client's grace or after the
    next one was used, ends the session: somebody else may have it. So does one that was not used
    beside another that it was handed out with. This has to be committed.
    """
    found = await session.scalar(
        select(RefreshToken).where(RefreshToken.digest == digest_of(token))
    )
    if found is None:
        return None
    of = await session.scalar(
        select(Session).where(Session.id == found.session_id).with_for_update()
    )
    if of is None or of.client_id != by.id:
        return None
    await session.refresh(found)
    if of.end_reason is not None:
        return Over(of.end_reason, of.end_note, owner_of(of))
    if min(found.expires_at, of.expires_at) <= at:
        return None
    if await _is_right(session, found, by, at=at):
        return Presented(found, of)
    await end(session, of.id, EndReason.REUSED, at=at)
    return None


async def end(
    session: WriteSession,
    session_id: UUID,
    reason: EndReason,
    *,
    at: datetime,
    note: str | None = None,
) -> bool:
    """End a session; False where it had ended before. Each process knows it within a second.

    With a pad's session end those of the staff who are signed in at it; it is locked first, so
    that whoever is just signing in there is among them.
    """
    await session.execute(select(Session.id).where(Session.id == session_id).with_for_update())
    is_of_it = or_(Session.id == session_id, Session.parent_id == session_id)
    ending = (
        update(Session)
        .where(is_of_it, Session.ended_at.is_(None))
        .values(**_over(reason, note, at))
        .returning(Session.id)
        .execution_options(synchronize_session=False)
    )
    return session_id in set(await session.scalars(ending))


async def end_all_of_member(
    session: WriteSession, member_id: UUID, reason: EndReason, *, at: datetime, note: str | None
) -> None:
    """End each session of a member, also in browsers; ``note`` is what they are told.

    Codes that they have not come back with open nothing any more.
    """
    await _end_all(session, "member_id", member_id, reason, at=at, note=note)


async def end_all_of_staff(
    session: WriteSession,
    staff_id: UUID,
    reason: EndReason,
    *,
    at: datetime,
    note: str | None,
    but: UUID | None = None,
) -> None:
    """As `end_all_of_member`, of a member of the staff: in browsers and at pads.

    ``but`` is a session that goes on, in which somebody changed their own password.
    """
    await _end_all(session, "staff_id", staff_id, reason, at=at, note=note, but=but)


async def end_at_pads(
    session: WriteSession, staff_id: UUID, reason: EndReason, *, at: datetime
) -> None:
    """End what a member of the staff is signed in with at pads, and nothing in browsers."""
    await session.execute(
        update(Session)
        .where(
            Session.staff_id == staff_id,
            Session.parent_id.is_not(None),
            Session.ended_at.is_(None),
        )
        .values(**_over(reason, None, at))
        .execution_options(synchronize_session=False)
    )


async def forget_block(session: WriteSession, person_id: UUID, *, at: datetime) -> None:
    """Let what remains of a person's sessions say no more that they are blocked: they are not.

    The sessions stay over; the person signs in again.
    """
    lately = Session.ended_at > at - ACCESS_LIFE - 2 * LEEWAY
    blocked = Session.end_reason == EndReason.BLOCKED
    await session.execute(
        update(Session)
        .where(Session.is_of(person_id), blocked, lately)
        .values(ended_at=at, end_reason=EndReason.REVOKED, end_note=None)
        .execution_options(synchronize_session=False)
    )


async def session_of(session: WriteSession, session_id: UUID) -> Session | None:
    """A session by its id, as it is now."""
    return await session.get(Session, session_id)


async def refresh_token(session: WriteSession, token: str) -> tuple[RefreshToken, Session] | None:
    """A refresh token with its session, whatever has become of either."""
    row = (
        await session.execute(
            select(RefreshToken, Session)
            .join(Session, RefreshToken.session_id == Session.id)
            .where(RefreshToken.digest == digest_of(token))
        )
    ).one_or_none()
    return (row[0], row[1]) if row else None


async def forget_expired_tokens(session: WriteSession, *, at: datetime, most: int) -> int:
    """Forget refresh tokens that nobody could use any more, ``most`` at a time; how many."""
    when = RefreshToken.expires_at
    return await forget_oldest(session, RefreshToken, when < at, by=when, most=most)


async def forget_old_sessions(session: WriteSession, *, at: datetime, most: int) -> int:
    """Forget sessions past their retention, ``most`` at a time; how many.

    Their tokens have expired before and are forgotten first, so that a chunk stays a chunk.
    """
    when = Session.expires_at
    is_bare = ~exists().where(RefreshToken.session_id == Session.id)
    is_past = and_(when < at - SESSION_RETENTION, is_bare)
    return await forget_oldest(session, Session, is_past, by=when, most=most)


async def _end_all(
    session: WriteSession,
    column: str,
    person_id: UUID,
    reason: EndReason,
    *,
    at: datetime,
    note: str | None,
    but: UUID | None = None,
) -> None:
    # Browsers first and sessions last: each waits for what is just becoming the next, and then
    # finds it.
    await session.execute(
        update(BrowserSession)
        .where(getattr(BrowserSession, column) == person_id, BrowserSession.ended_at.is_(None))
        .values(ended_at=at)
        .execution_options(synchronize_session=False)
    )
    await session.execute(
        delete(AuthorizationCode)
        .where(getattr(AuthorizationCode, column) == person_id, AuthorizationCode.used_at.is_(None))
        .execution_options(synchronize_session=False)
    )
    await session.execute(
        update(Session)
        .where(
            getattr(Session, column) == person_id,
            Session.ended_at.is_(None),
            Session.id.is_distinct_from(but),
        )
        .values(**_over(reason, note, at))
        .execution_options(synchronize_session=False)
    )


def _over(reason: EndReason, note: str | None, at: datetime) -> dict[str, Any]:
    """What a session is written with that ends: it expires at that moment, if not before."""
    expires_at = func.greatest(Session.started_at, func.least(Session.expires_at, at))
    return {"ended_at": at, "end_reason": reason, "end_note": note, "expires_at": expires_at}


async def _is_right(
    session: WriteSession, token: RefreshToken, by: Client, *, at: datetime
) -> bool:
    if token.used_at is not None:
        return await _is_in_grace(session, token, by, at=at)
    if token.parent_digest is None:
        return True
    sibling_was_used = exists().where(
        RefreshToken.parent_digest == token.parent_digest, RefreshToken.used_at.is_not(None)
    )
    return not await session.scalar(select(sibling_was_used))


async def _is_in_grace(
    session: WriteSession, token: RefreshToken, by: Client, *, at: datetime
) -> bool:
    """Whether a client may just not have heard the answer to its first use of the token.

    Not where any token that it was changed for was used: then the answer was heard.
    """
    if not by.refresh_grace_seconds or token.used_at is None:
        return False
    # A request that waited for the lock may have begun before the use that it waited for.
    if at - token.used_at >= timedelta(seconds=by.refresh_grace_seconds):
        return False
    if token.children >= MOST_SIBLINGS:
        return False
    child_was_used = exists().where(
        RefreshToken.parent_digest == token.digest, RefreshToken.used_at.is_not(None)
    )
    return not await session.scalar(select(child_was_used))
