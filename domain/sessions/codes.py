"""Use cases of authorization codes: issued for a person's yes, and good for one use."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from domain.kernel.db import WriteSession
from domain.kernel.forgetting import forget_oldest
from domain.members.statements import welcome
from domain.sessions.actions import Owner, end
from domain.sessions.clients import digest_of
from domain.sessions.models import AuthorizationCode, Client
from domain.sessions.rules import CODE_LIFE, CODE_RETENTION, EndReason
from domain.staff.statements import welcome_staff


@dataclass(frozen=True, slots=True)
class NewCode:
    """What a code stands for: whose yes to which client, and what the client bound it to."""

    client_id: str
    owner: Owner
    redirect_uri: str
    scopes: Sequence[str]
    nonce: str | None
    challenge: str
    authenticated_at: datetime


async def issue(session: WriteSession, code: str, new: NewCode, *, at: datetime) -> None:
    """Keep a code, of which only the digest is stored; good for `CODE_LIFE`."""
    session.add(
        AuthorizationCode(
            digest=digest_of(code),
            client_id=new.client_id,
            member_id=new.owner.member_id,
            staff_id=new.owner.staff_id,
            redirect_uri=new.redirect_uri,
            scopes=[*new.scopes],
            nonce=new.nonce,
            challenge=new.challenge,
            authenticated_at=new.authenticated_at,
            issued_at=at,
            expires_at=at + CODE_LIFE,
        )
    )
    await session.flush()


async def redeem(
    session: WriteSession, code: str, by: Client, *, at: datetime
) -> AuthorizationCode | None:
    """Use a code up that its client presents; None where it opens nothing.

    It is used up whatever the rest of the request is worth, and a second use ends the session
    that the first began: somebody else may have the code. Both have to be committed, on a refusal
    too. Of several at the same time one uses it, and each other one waits and sees that it did.
    Refuses: MemberBlocked; raises `StaffBlocked`.
    """
    found = select(AuthorizationCode.member_id, AuthorizationCode.staff_id).where(
        AuthorizationCode.digest == digest_of(code), AuthorizationCode.client_id == by.id
    )
    whose = (await session.execute(found)).one_or_none()
    if whose is None:
        return None
    # The person before the code, as whoever blocks them takes both: nobody waits in a circle.
    if whose.member_id is not None:
        await welcome(session, whose.member_id)
    else:
        await welcome_staff(session, whose.staff_id)
    using = (
        update(AuthorizationCode)
        .where(
            AuthorizationCode.digest == digest_of(code),
            AuthorizationCode.used_at.is_(None),
            AuthorizationCode.expires_at > at,
        )
        .values(used_at=at)
        .returning(AuthorizationCode)
        .execution_options(synchronize_session=False)
    )
    used = await session.scalar(using)
    if used is None:
        await _end_what_it_began(session, code, at=at)
    return used


async def note_session(session: WriteSession, code: AuthorizationCode, session_id: UUID) -> None:
    """Note which session a code that was just used has begun."""
    code.session_id = session_id
    await session.flush()


async def forget_old_authorization_codes(session: WriteSession, *, at: datetime, most: int) -> int:
    """Forget the oldest codes past their retention, ``most`` at a time; says how many."""
    when = AuthorizationCode.expires_at
    is_past = when < at - CODE_RETENTION
    return await forget_oldest(session, AuthorizationCode, is_past, by=when, most=most)


async def _end_what_it_began(session: WriteSession, code: str, *, at: datetime) -> None:
    began = select(AuthorizationCode.session_id).where(AuthorizationCode.digest == digest_of(code))
    session_id = await session.scalar(began)
    if session_id is not None:
        await end(session, session_id, EndReason.REUSED, at=at)
