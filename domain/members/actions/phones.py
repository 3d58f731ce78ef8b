"""Phones: binding a number that is proven to be a member's, and telling one to staff."""

from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from uuid import UUID

import msgspec
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from domain.kernel.actors import By
from domain.kernel.db import WriteSession
from domain.kernel.errors import InvalidInput
from domain.kernel.sealing import Vault
from domain.members import statements
from domain.members.actions.consents import Agreement, newest_version, standing_grant
from domain.members.errors import (
    ConsentTextUnknown,
    MemberBlocked,
    MemberUnavailable,
    PhoneTaken,
    PhoneUnknown,
)
from domain.members.models import Member, MemberPhone
from domain.members.phone_numbers import last_digits
from domain.members.words import ConsentPurpose, MergeCause, VerifiedBy
from domain.staff.actions import Change, record
from domain.staff.rules import problems_of_reason

PURPOSE = "phone"
"""What the vault knows phone numbers as."""


@dataclass(frozen=True, slots=True)
class VerifiedNumber:
    """An E.164 number that is proven to be somebody's, and by what."""

    e164: str = field(repr=False)
    by: VerifiedBy


class BoundPhone(msgspec.Struct, frozen=True):
    """The member whose phone was bound."""

    member_id: UUID


async def require_bindable(session: WriteSession, member_id: UUID, agreement: Agreement) -> None:
    """Look whether a number could be bound to the member now, before one is paid for.

    Locks nothing: `bind_phone` looks again. Refuses: MemberBlocked, ConsentTextUnknown.
    """
    reason = await session.scalar(select(Member.block_reason).where(Member.id == member_id))
    if reason is not None:
        raise MemberBlocked(reason)
    newest = await newest_version(session, ConsentPurpose.PHONE)
    if agreement.version != newest:
        raise ConsentTextUnknown(ConsentPurpose.PHONE, newest)


async def bind_phone(
    session: WriteSession,
    vault: Vault,
    member_id: UUID,
    *,
    number: VerifiedNumber,
    agreement: Agreement,
    at: datetime,
    random: Random,
) -> BoundPhone | PhoneTaken:
    """Bind a number to a member, in the place of another one, with the agreement to PHONE.

    The same number again changes nothing. Where it is another member's, a merge request is
    written and PhoneTaken is the answer: returned and not raised, so that the request stays.
    Refuses: MemberBlocked, ConsentTextUnknown.
    """
    key = phone_key(vault, number.e164)
    await statements.take_turns(session, [key])
    await statements.welcome(session, member_id)
    holder = await holder_of(session, key)
    if holder is not None and holder != member_id:
        pair = member_id, holder
        await statements.request_merge(session, pair, MergeCause.PHONE, at=at, random=random)
        return PhoneTaken()
    await put(session, vault, member_id, number=number, agreement=agreement, at=at, random=random)
    return BoundPhone(member_id)


async def put(
    session: WriteSession,
    vault: Vault,
    member_id: UUID,
    *,
    number: VerifiedNumber,
    agreement: Agreement,
    at: datetime,
    random: Random,
) -> None:
    """Write the number of a locked member, which nobody else has and no one else can take now."""
    entry_id = await standing_grant(
        session, member_id, ConsentPurpose.PHONE, agreement=agreement, at=at, random=random
    )
    bound = select(MemberPhone.phone_index, MemberPhone.consent_entry_id)
    known = (await session.execute(bound.where(MemberPhone.member_id == member_id))).one_or_none()
    key = phone_key(vault, number.e164)
    if known is not None and tuple(known) == (key, entry_id):
        return
    values = {
        "sealed": vault.seal(
            number.e164.encode(), purpose=PURPOSE, owner=member_id.hex, random=random
        ),
        "phone_index": key,
        "last_digits": last_digits(number.e164),
        "verified_at": at,
        "verified_by": number.by,
        "consent_entry_id": entry_id,
    }
    written = insert(MemberPhone).values(member_id=member_id, **values)
    await session.execute(written.on_conflict_do_update(index_elements=["member_id"], set_=values))


async def reveal_phone(
    session: WriteSession, vault: Vault, member_id: UUID, *, reason: str, by: By
) -> str:
    """Tell the whole number of a member to staff, and write into the trail that it was told.

    Refuses: InvalidInput for a reason that is none, MemberUnavailable, PhoneUnknown.
    """
    problems = [*problems_of_reason(reason)]
    if problems:
        raise InvalidInput(problems)
    if await session.scalar(select(Member.id).where(Member.id == member_id)) is None:
        raise MemberUnavailable
    bound = select(MemberPhone.sealed).where(MemberPhone.member_id == member_id)
    sealed = await session.scalar(bound)
    if sealed is None:
        raise PhoneUnknown
    change = Change("member.reveal_phone", "member", member_id, None, None, reason)
    await record(session, by.staff, change, at=by.at, random=by.random)
    return opened(vault, member_id, sealed)


async def holder_of(session: WriteSession, key: bytes) -> UUID | None:
    """The member who has the number with that index."""
    return await session.scalar(select(MemberPhone.member_id).where(MemberPhone.phone_index == key))


def phone_key(vault: Vault, e164: str) -> bytes:
    """The index that finds an E.164 number."""
    return vault.index(e164, purpose=PURPOSE)


def opened(vault: Vault, member_id: UUID, sealed: bytes) -> str:
    """The E.164 number that was sealed for the member."""
    return vault.open(sealed, purpose=PURPOSE, owner=member_id.hex).decode()
