"""Signing in: finding the member that somebody is, or making them one."""

from collections.abc import Sequence
from datetime import datetime
from random import Random
from uuid import UUID

import msgspec
from sqlalchemy import select

from domain.kernel.db import WriteSession
from domain.kernel.ids import new_id
from domain.kernel.sealing import Vault
from domain.members import statements
from domain.members.actions.consents import Agreement
from domain.members.actions.phones import VerifiedNumber, holder_of, phone_key, put
from domain.members.errors import MemberBlocked
from domain.members.models import Member, MemberIdentity
from domain.members.ports import WeChatSession
from domain.members.words import MergeCause, Provider

_PROVIDER = Provider.WECHAT_MINI_PROGRAM


class SignedIn(msgspec.Struct, frozen=True):
    """The member that somebody is, and whether they have become one just now."""

    member_id: UUID
    is_new: bool


async def sign_in_by_wechat(
    session: WriteSession, app_id: str, wechat: WeChatSession, *, at: datetime, random: Random
) -> SignedIn:
    """Find who somebody is by the openid, else by the unionid, or make them a member.

    An openid belongs to its member for good; a unionid that another member has too is recorded
    as a merge request. Refuses: MemberBlocked.
    """
    await statements.take_turns(session, _keys_of(app_id, wechat))
    identity = await session.scalar(
        select(MemberIdentity).where(
            MemberIdentity.provider == _PROVIDER,
            MemberIdentity.app_id == app_id,
            MemberIdentity.subject == wechat.openid,
        )
    )
    holders = await _holders(session, wechat.unionid)
    if identity is None:
        return await _first_time(session, app_id, wechat, holders=holders, at=at, random=random)
    identity.last_seen_at = at
    identity.unionid = wechat.unionid or identity.unionid
    for other in holders:
        if other != identity.member_id:
            pair = identity.member_id, other
            await statements.request_merge(session, pair, MergeCause.UNIONID, at=at, random=random)
    await _refuse_blocked(session, identity.member_id)
    await session.flush()
    return SignedIn(identity.member_id, is_new=False)


async def sign_in_by_phone(
    session: WriteSession,
    vault: Vault,
    number: VerifiedNumber,
    agreement: Agreement,
    *,
    at: datetime,
    random: Random,
) -> SignedIn:
    """Find who somebody is by a number that is proven theirs, or make them a member with it.

    The agreement to the PHONE text is recorded with a new member; who is found keeps theirs.
    Refuses: MemberBlocked, ConsentTextUnknown.
    """
    key = phone_key(vault, number.e164)
    await statements.take_turns(session, [key])
    holder = await holder_of(session, key)
    if holder is not None:
        await _refuse_blocked(session, holder)
        return SignedIn(holder, is_new=False)
    member = await statements.new_member(session, at=at, random=random)
    await put(session, vault, member.id, number=number, agreement=agreement, at=at, random=random)
    return SignedIn(member.id, is_new=True)


async def _first_time(
    session: WriteSession,
    app_id: str,
    wechat: WeChatSession,
    *,
    holders: Sequence[UUID],
    at: datetime,
    random: Random,
) -> SignedIn:
    """Tie the openid to whoever has had the unionid for longest, or to a new member."""
    if holders:
        member_id = holders[0]
        await _refuse_blocked(session, member_id)
    else:
        member_id = (await statements.new_member(session, at=at, random=random)).id
    identity = MemberIdentity(
        id=new_id(at, random),
        member_id=member_id,
        provider=_PROVIDER,
        app_id=app_id,
        subject=wechat.openid,
        unionid=wechat.unionid,
        created_at=at,
        last_seen_at=at,
    )
    session.add(identity)
    await session.flush()
    return SignedIn(member_id, is_new=not holders)


async def _holders(session: WriteSession, unionid: str | None) -> Sequence[UUID]:
    """The members with the unionid, the one who joined first before the others."""
    if unionid is None:
        return []
    found = await session.scalars(
        select(MemberIdentity.member_id)
        .where(MemberIdentity.unionid == unionid)
        .distinct()
        .order_by(MemberIdentity.member_id)
    )
    return found.all()


async def _refuse_blocked(session: WriteSession, member_id: UUID) -> None:
    """Locked until the end, so that a block and a session that begins do not miss each other."""
    reason = await session.scalar(
        select(Member.block_reason).where(Member.id == member_id).with_for_update(read=True)
    )
    if reason is not None:
        raise MemberBlocked(reason)


def _keys_of(app_id: str, wechat: WeChatSession) -> list[bytes]:
    keys = [f"{_PROVIDER}:{app_id}:{wechat.openid}"]
    if wechat.unionid is not None:
        keys.append(f"unionid:{wechat.unionid}")
    return [key.encode() for key in keys]
