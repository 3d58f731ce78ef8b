"""Binding phones: with a consent, to one member, sealed; and told to staff on the record."""

import pytest
from sqlalchemy import select

from domain.kernel.db import Database
from domain.kernel.errors import InvalidInput
from domain.kernel.sealing import Unsealable
from domain.members.actions.consents import Agreement
from domain.members.actions.phones import BoundPhone, opened, reveal_phone
from domain.members.errors import (
    ConsentTextUnknown,
    MemberUnavailable,
    PhoneTaken,
    PhoneUnknown,
)
from domain.members.models import ConsentEntry, MemberMergeRequest, MemberPhone
from domain.members.words import Channel, ConsentPurpose, MergeCause
from domain.staff.models import AuditEntry
from tests import make
from tests.domain.members.people import (
    BY,
    OTHER_PHONE,
    PHONE,
    VAULT,
    a_member,
    at_once,
    bind,
    broken,
    count,
    later,
    publish,
    rows,
    write,
)


@pytest.fixture(autouse=True)
async def text(database: Database) -> None:
    """The text about phones."""
    await publish(database, ConsentPurpose.PHONE)


async def test_a_phone_is_bound_sealed_and_with_its_consent(database: Database):
    member_id = await a_member(database)
    assert await bind(database, member_id) == BoundPhone(member_id)
    (phone,) = await rows(database, MemberPhone)
    (entry,) = await rows(database, ConsentEntry)
    assert phone.last_digits == "8000"
    assert phone.consent_entry_id == entry.id
    assert opened(VAULT, member_id, phone.sealed) == PHONE
    with pytest.raises(Unsealable):
        opened(VAULT, make.an_id(), phone.sealed)
    assert await broken(database) == set()


async def test_the_same_phone_again_changes_nothing(database: Database):
    member_id = await a_member(database)
    await bind(database, member_id)
    (before,) = await rows(database, MemberPhone)
    await bind(database, member_id, at=later(seconds=9))
    (after,) = await rows(database, MemberPhone)
    assert (after.sealed, after.verified_at) == (before.sealed, before.verified_at)
    assert await count(database, ConsentEntry) == 1


async def test_another_phone_takes_the_place_of_the_first_and_frees_it(database: Database):
    member_id, other_id = await a_member(database), await a_member(database, "o-2")
    await bind(database, member_id)
    await bind(database, member_id, OTHER_PHONE)
    (phone,) = await rows(database, MemberPhone)
    assert opened(VAULT, member_id, phone.sealed) == OTHER_PHONE
    assert await bind(database, other_id) == BoundPhone(other_id)


async def test_a_newer_text_is_agreed_to_with_the_next_binding(database: Database):
    member_id = await a_member(database)
    await bind(database, member_id)
    await publish(database, ConsentPurpose.PHONE)
    with pytest.raises(ConsentTextUnknown) as refused:
        await bind(database, member_id)
    assert refused.value.newest == 2
    await bind(database, member_id, agreement=Agreement(2, Channel.APP))
    (phone,) = await rows(database, MemberPhone)
    async with database.writes() as session:
        entry = await session.get_one(ConsentEntry, phone.consent_entry_id)
    assert (entry.number, entry.text_version) == (2, 2)
    assert await broken(database) == set()


async def test_a_phone_of_another_member_is_refused_and_a_merge_is_asked_for(
    database: Database,
):
    first, second = await a_member(database), await a_member(database, "o-2")
    await bind(database, first)
    assert isinstance(await bind(database, second), PhoneTaken)
    (phone,) = await rows(database, MemberPhone)
    assert phone.member_id == first
    (request,) = await rows(database, MemberMergeRequest)
    assert [request.member_id, request.other_member_id] == sorted([first, second])
    assert request.cause is MergeCause.PHONE
    assert await count(database, ConsentEntry) == 1


async def test_of_two_who_bind_one_phone_at_once_one_gets_it(database: Database):
    members = [await a_member(database, f"o-{number}") for number in range(6)]
    bound = await at_once(*(bind(database, member_id) for member_id in members))
    assert sum(isinstance(each, BoundPhone) for each in bound) == 1
    assert await count(database, MemberPhone) == 1
    assert await count(database, MemberMergeRequest) == 5


async def test_two_members_who_exchange_their_phones_at_once_never_wait_in_a_circle(
    database: Database,
):
    first, second = await a_member(database), await a_member(database, "o-2")
    await bind(database, first)
    await bind(database, second, OTHER_PHONE)
    bound = await at_once(bind(database, first, OTHER_PHONE), bind(database, second))
    assert [type(each) for each in bound] == [PhoneTaken, PhoneTaken]
    assert await count(database, MemberMergeRequest) == 1


async def test_a_phone_is_told_to_staff_on_the_record(database: Database):
    member_id = await a_member(database)
    await bind(database, member_id)
    told = await write(
        database,
        lambda session: reveal_phone(session, VAULT, member_id, reason="送货", by=BY),
    )
    assert told == PHONE
    async with database.writes() as session:
        entry = (
            await session.scalars(select(AuditEntry).where(AuditEntry.subject_id == member_id))
        ).one()
    assert (entry.action, entry.reason) == ("member.reveal_phone", "送货")
    assert PHONE[3:] not in str([entry.before, entry.after])


async def test_nothing_is_told_without_a_reason_a_member_or_a_phone(database: Database):
    member_id = await a_member(database)
    for told_of, reason, refusal in (
        (member_id, " ", InvalidInput),
        (make.an_id(), "x", MemberUnavailable),
        (member_id, "x", PhoneUnknown),
    ):
        with pytest.raises(refusal):
            await write(
                database,
                lambda session, told_of=told_of, reason=reason: reveal_phone(
                    session, VAULT, told_of, reason=reason, by=BY
                ),
            )
    assert "member.reveal_phone" not in {each.action for each in await rows(database, AuditEntry)}
