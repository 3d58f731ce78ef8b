"""Statements that several use cases of the members share: turns, rows under a lock, findings."""

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from random import Random
from uuid import UUID

from sqlalchemy import ARRAY, any_, bindparam, func, select
from sqlalchemy import Uuid as UuidColumn
from sqlalchemy.dialects.postgresql import insert

from domain.kernel.db import HotWrite, WriteSession
from domain.kernel.errors import Unauthenticated
from domain.kernel.hot_pool import Sender
from domain.kernel.ids import new_id
from domain.members.errors import MemberBlocked, MemberUnavailable
from domain.members.models import Member, MemberIdentity, MemberMergeRequest
from domain.members.words import MergeCause, Provider

_LOCK_BYTES = 8
_FIRST_NAME = "会员"
_NUMBERS = 1_000_000
_LOCK = (
    select(Member)
    .where(Member.id == any_(bindparam("ids", type_=ARRAY(UuidColumn))))
    .order_by(Member.id)
    .with_for_update(key_share=True)
    .execution_options(populate_existing=True)
)
"""One statement for any number of members."""
_LOCK_REASONS = HotWrite(
    select(Member.id, Member.block_reason)
    .where(Member.id == any_(bindparam("ids", type_=ARRAY(UuidColumn))))
    .order_by(Member.id)
    .with_for_update(key_share=True)
)


async def take_turns(session: WriteSession, keys: Iterable[bytes]) -> None:
    """Wait until nobody else works on a person of one of the keys, until this transaction ends.

    To be called before any row is locked; a turn that one has already is had again at once. Taken
    in ascending order, so that nobody waits in a circle. A wait past the lock timeout is BUSY.
    """
    for number in sorted({_number_of(key) for key in keys}):
        await session.execute(select(func.pg_advisory_xact_lock(number)))


async def lock_members(session: WriteSession, ids: Iterable[UUID]) -> dict[UUID, Member]:
    """Those of the members that there are, as they are now, locked in ascending order.

    The lock bounds what a member has (a cart, addresses, units of a limit): whoever changes any
    of that holds it until the transaction ends. Rows that only name the member do not wait.
    """
    rows = await session.scalars(_LOCK, {"ids": sorted(set(ids))})
    return {member.id: member for member in rows}


async def lock_members_for_blocks(session: Sender, ids: Iterable[UUID]) -> dict[UUID, str | None]:
    """The same lock where no more is asked of a member than whether, and why, they are blocked."""
    rows = await _LOCK_REASONS.rows(session, ids=sorted(set(ids)))
    return {row[0]: row[1] for row in rows}


async def locked(session: WriteSession, member_id: UUID) -> Member:
    """The member as they are now, locked. Refuses: MemberUnavailable."""
    found = await _locked(session, member_id)
    if found is None:
        raise MemberUnavailable
    return found


async def own(session: WriteSession, member_id: UUID) -> Member:
    """The member who is signed in, locked. Fault: UNAUTHENTICATED where they are gone."""
    found = await _locked(session, member_id)
    if found is None:
        raise Unauthenticated
    return found


async def welcome(session: WriteSession, member_id: UUID) -> Member:
    """As `own`, for what only a member in good standing may do. Refuses: MemberBlocked."""
    member = await own(session, member_id)
    if member.block_reason is not None:
        raise MemberBlocked(member.block_reason)
    return member


async def openid_of(session: WriteSession, member_id: UUID, app_id: str) -> str | None:
    """WeChat's name for the member in one mini-program, the one seen last; None without any."""
    identity = MemberIdentity
    return await session.scalar(
        select(identity.subject)
        .where(
            identity.member_id == member_id,
            identity.provider == Provider.WECHAT_MINI_PROGRAM,
            identity.app_id == app_id,
        )
        .order_by(identity.last_seen_at.desc())
        .limit(1)
    )


async def new_member(session: WriteSession, *, at: datetime, random: Random) -> Member:
    """Add a member with a name that says nothing, which they may change."""
    name = f"{_FIRST_NAME}{random.randrange(_NUMBERS):06}"
    member = Member(
        id=new_id(at, random), name=name, joined_at=at, is_personalised=True, revision=1
    )
    session.add(member)
    await session.flush()
    return member


async def request_merge(
    session: WriteSession,
    pair: tuple[UUID, UUID],
    cause: MergeCause,
    *,
    at: datetime,
    random: Random,
) -> None:
    """Record that two members seem to be one person; once for as long as that is not settled."""
    member_id, other_member_id = sorted(pair)
    request = insert(MemberMergeRequest).values(
        id=new_id(at, random),
        member_id=member_id,
        other_member_id=other_member_id,
        cause=cause,
        created_at=at,
    )
    await session.execute(request.on_conflict_do_nothing())


async def _locked(session: WriteSession, member_id: UUID) -> Member | None:
    return (await lock_members(session, [member_id])).get(member_id)


def _number_of(key: bytes) -> int:
    """The key's number among PostgreSQL's advisory locks."""
    return int.from_bytes(sha256(key).digest()[:_LOCK_BYTES], signed=True)
