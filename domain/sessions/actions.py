"""Use cases of sessions: beginning one, keeping it alive, and ending it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from sqlalchemy import delete, exists, func, or_, select, update

from domain.kernel.db import WriteSession
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
    MOST_SIBLINGS,
    REFRESH_LIFE,
    SESSION_LIFE,
    SESSION_RETENTION,
    EndReason,
)


async def begin(
    session: WriteSession,
    client_id: str,
    *,
    member_id: UUID | None,
    scopes: Sequence[str],
    at: datetime,
    random: Random,
) -> Session:
    """Begin the session of a sign-in; without a member it is the client's own."""
    begun = Session(
        id=new_id(at, random),
        client_id=client_id,
        member_id=member_id,
        scopes=[*scopes],
        started_at=at,
        expires_at=at + SESSION_LIFE,
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
            expires_at=min(at + REFRESH_LIFE, of.expires_at),
        )
    )
    if parent is not None:
        parent.used_at = parent.used_at or at
        parent.children += 1
    await session.flush()


@dataclass(frozen=True, slots=True)
class Presented:
    """A refresh token that may be changed for the next, with its session; both rows are locked."""

    token: RefreshToken
    session: Session


async def present(
    session: WriteSession, token: str, by: Client, *, at: datetime
) -> Presented | None:
    """Take a refresh token that a client presents; None where it may not be changed.

    The session is locked, so of several that present one token at the same time each sees what
    the one before has done. A token that comes again, later than its client's grace or after the
    next one was used, ends the session: somebody else may have it. This has to be committed.
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
    if of.ended_at is not None or min(found.expires_at, of.expires_at) <= at:
        return None
    if found.used_at is None or await _is_in_grace(session, found, by, at=at):
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
    """End a session; False where it had ended before. Each process knows it within a second."""
    ending = (
        update(Session)
        .where(Session.id == session_id, Session.ended_at.is_(None))
        .values(ended_at=at, end_reason=reason, end_note=note)
        .returning(Session.id)
    )
    return await session.scalar(ending) is not None


async def end_all_of_member(
    session: WriteSession, member_id: UUID, reason: EndReason, *, at: datetime, note: str | None
) -> None:
    """End each session of a member, also in browsers; ``note`` is what they are told.

    Codes that they have not come back with open nothing any more. Browsers first and sessions
    last: each waits for what is just becoming the next, and then finds it.
    """
    await session.execute(
        update(BrowserSession)
        .where(BrowserSession.member_id == member_id, BrowserSession.ended_at.is_(None))
        .values(ended_at=at)
        .execution_options(synchronize_session=False)
    )
    await session.execute(
        delete(AuthorizationCode)
        .where(AuthorizationCode.member_id == member_id, AuthorizationCode.used_at.is_(None))
        .execution_options(synchronize_session=False)
    )
    await session.execute(
        update(Session)
        .where(Session.member_id == member_id, Session.ended_at.is_(None))
        .values(ended_at=at, end_reason=reason, end_note=note)
        .execution_options(synchronize_session=False)
    )


async def end_all_of_client(session: WriteSession, client_id: str, *, at: datetime) -> None:
    """End each session of a client that was disabled."""
    await session.execute(
        update(Session)
        .where(Session.client_id == client_id, Session.ended_at.is_(None))
        .values(ended_at=at, end_reason=EndReason.CLIENT_DISABLED)
        .execution_options(synchronize_session=False)
    )


async def session_of(session: WriteSession, session_id: UUID) -> Session | None:
    """A session by its id, as it is now."""
    return await session.get(Session, session_id)


async def session_of_refresh_token(session: WriteSession, token: str) -> Session | None:
    """The session that a refresh token keeps alive, as long as it can."""
    return await session.scalar(
        select(Session)
        .join(RefreshToken, RefreshToken.session_id == Session.id)
        .where(RefreshToken.digest == digest_of(token))
    )


async def forget_old(session: WriteSession, *, at: datetime, most: int) -> int:
    """Forget sessions past their retention with their tokens, ``most`` at a time; how many."""
    past = at - SESSION_RETENTION
    old = (
        select(Session.id)
        .where(or_(Session.ended_at < past, Session.expires_at < past))
        .limit(most)
        .with_for_update(skip_locked=True)
        .cte("old")
        .prefix_with("MATERIALIZED")
    )
    forgotten = await session.execute(
        delete(Session)
        .where(Session.id == old.c.id)
        .returning(Session.id)
        .execution_options(synchronize_session=False)
    )
    return len(forgotten.all())


async def _is_in_grace(
    session: WriteSession, token: RefreshToken, by: Client, *, at: datetime
) -> bool:
    """Whether a client may just not have heard the answer to its first use of the token.

    Not where any token that it was changed for was used: then the answer was heard.
    """
    grace = timedelta(seconds=by.refresh_grace_seconds)
    if token.used_at is None or at - token.used_at >= grace or token.children >= MOST_SIBLINGS:
        return False
    child_was_used = exists().where(
        RefreshToken.parent_digest == token.digest, RefreshToken.used_at.is_not(None)
    )
    return not await session.scalar(select(func.coalesce(child_was_used, False)))
