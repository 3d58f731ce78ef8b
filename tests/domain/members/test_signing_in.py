"""Signing in: one person is one member, however they come and however many times at once."""

from collections import Counter
from uuid import UUID

import pytest
from sqlalchemy import text

from domain.kernel.db import Database
from domain.members.actions.blocking import block_member, unblock_member
from domain.members.actions.consents import Agreement
from domain.members.actions.phones import VerifiedNumber
from domain.members.actions.signing_in import SignedIn, sign_in_by_phone
from domain.members.errors import ConsentTextUnknown, MemberBlocked
from domain.members.models import (
    ConsentEntry,
    Member,
    MemberIdentity,
    MemberMergeRequest,
    MemberPhone,
)
from domain.members.words import Channel, ConsentPurpose, MergeCause, VerifiedBy
from tests.domain.members.people import (
    APP,
    BY,
    OTHER_APP,
    PHONE,
    RANDOM,
    VAULT,
    a_member,
    at_once,
    bind,
    broken,
    count,
    publish,
    rows,
    sign_in,
    write,
)
from tests.make import NOON


async def sign_in_with_phone(
    database: Database, phone: str = PHONE, *, version: int = 1
) -> SignedIn:
    """Sign somebody in by a number, whose code was right."""
    return await write(
        database,
        lambda session: sign_in_by_phone(
            session,
            VAULT,
            VerifiedNumber(phone, VerifiedBy.SMS),
            Agreement(version, Channel.WEB),
            at=NOON,
            random=RANDOM,
        ),
    )


async def test_the_first_sign_in_makes_a_member_and_the_next_finds_them(database: Database):
    first = await sign_in(database, "o-1")
    again = await sign_in(database, "o-1")
    assert (first.is_new, again.is_new) == (True, False)
    assert first.member_id == again.member_id
    (member,) = await rows(database, Member)
    assert member.name.startswith("会员")
    assert len(member.name) == 8
    assert (member.revision, member.is_personalised, member.language) == (1, True, None)


async def test_another_openid_or_another_app_is_another_member(database: Database):
    made = {
        (await sign_in(database, openid, app=app)).member_id
        for openid, app in (("o-1", APP), ("o-2", APP), ("o-1", OTHER_APP))
    }
    assert len(made) == 3


async def test_a_known_unionid_is_the_same_member_in_another_app(database: Database):
    first = await sign_in(database, "o-1", "u-1")
    second = await sign_in(database, "p-1", "u-1", app=OTHER_APP)
    assert second == SignedIn(first.member_id, is_new=False)
    assert await count(database, MemberIdentity) == 2
    assert await count(database, MemberMergeRequest) == 0


async def test_a_unionid_that_comes_later_is_kept_and_not_lost_again(database: Database):
    first = await sign_in(database, "o-1")
    await sign_in(database, "o-1", "u-1")
    await sign_in(database, "o-1")
    (identity,) = await rows(database, MemberIdentity)
    assert identity.unionid == "u-1"
    second = await sign_in(database, "p-1", "u-1", app=OTHER_APP)
    assert second.member_id == first.member_id


async def test_a_unionid_of_two_members_leaves_both_and_asks_once_for_a_merge(
    database: Database,
):
    first = (await sign_in(database, "o-1", "u-1")).member_id
    second = (await sign_in(database, "p-1", app=OTHER_APP)).member_id
    for _ in range(2):
        signed_in = await sign_in(database, "p-1", "u-1", app=OTHER_APP)
        assert signed_in == SignedIn(second, is_new=False)
    (request,) = await rows(database, MemberMergeRequest)
    assert [request.member_id, request.other_member_id] == sorted([first, second])
    assert request.cause is MergeCause.UNIONID
    assert await broken(database) == set()


async def test_a_new_openid_of_a_shared_unionid_goes_to_who_joined_first(database: Database):
    first = (await sign_in(database, "o-1", "u-1")).member_id
    second = (await sign_in(database, "p-1", app=OTHER_APP)).member_id
    await sign_in(database, "p-1", "u-1", app=OTHER_APP)
    third = await sign_in(database, "q-1", "u-1", app="wx-third")
    assert third == SignedIn(min(first, second), is_new=False)


async def test_twenty_first_sign_ins_of_one_person_make_one_member(database: Database):
    signed_in = await at_once(*(sign_in(database, "o-1", "u-1") for _ in range(20)))
    assert len({each.member_id for each in signed_in}) == 1
    assert Counter(each.is_new for each in signed_in) == {True: 1, False: 19}
    assert await count(database, Member) == await count(database, MemberIdentity) == 1


async def test_two_apps_of_one_person_at_once_make_one_member(database: Database):
    signed_in = await at_once(
        *(
            sign_in(database, f"{app}-{person}", f"u-{person}", app=app)
            for person in range(10)
            for app in (APP, OTHER_APP)
        )
    )
    members: dict[int, set[UUID]] = {}
    for place, each in enumerate(signed_in):
        members.setdefault(place // 2, set()).add(each.member_id)
    assert [len(each) for each in members.values()] == [1] * 10
    assert (await count(database, Member), await count(database, MemberIdentity)) == (10, 20)
    assert await count(database, MemberMergeRequest) == 0


async def test_a_blocked_member_is_refused_with_the_reason_until_unblocked(database: Database):
    member_id = (await sign_in(database, "o-1", "u-1")).member_id
    await write(
        database,
        lambda session: block_member(
            session, member_id, told="请联系客服。", reason="case 12", by=BY
        ),
    )
    for openid, app in (("o-1", APP), ("p-1", OTHER_APP)):
        with pytest.raises(MemberBlocked) as refused:
            await sign_in(database, openid, "u-1", app=app)
        assert refused.value.reason == "请联系客服。"
    assert await count(database, MemberIdentity) == 1
    await write(database, lambda session: unblock_member(session, member_id, reason="done", by=BY))
    assert (await sign_in(database, "o-1")).member_id == member_id


async def test_a_phone_signs_its_member_in_or_makes_one_with_a_consent(database: Database):
    await publish(database, ConsentPurpose.PHONE)
    first = await sign_in_with_phone(database)
    again = await sign_in_with_phone(database)
    assert again == SignedIn(first.member_id, is_new=False)
    assert first.is_new
    (phone,) = await rows(database, MemberPhone)
    (entry,) = await rows(database, ConsentEntry)
    assert (phone.verified_by, phone.consent_entry_id) == (VerifiedBy.SMS, entry.id)
    assert (entry.channel, entry.text_version) == (Channel.WEB, 1)
    assert await broken(database) == set()


async def test_a_phone_finds_the_member_who_bound_it_by_wechat(database: Database):
    await publish(database, ConsentPurpose.PHONE)
    member_id = await a_member(database)
    await bind(database, member_id)
    assert await sign_in_with_phone(database) == SignedIn(member_id, is_new=False)


async def test_no_member_is_made_by_phone_without_the_text_that_stands(database: Database):
    await publish(database, ConsentPurpose.PHONE)
    with pytest.raises(ConsentTextUnknown) as refused:
        await sign_in_with_phone(database, version=2)
    assert refused.value.newest == 1
    assert await count(database, Member) == 0


async def test_a_blocked_member_is_refused_by_phone_too(database: Database):
    await publish(database, ConsentPurpose.PHONE)
    member_id = (await sign_in_with_phone(database)).member_id
    await write(
        database,
        lambda session: block_member(session, member_id, told="停用", reason="x", by=BY),
    )
    with pytest.raises(MemberBlocked):
        await sign_in_with_phone(database)


async def test_ten_first_sign_ins_by_one_phone_make_one_member(database: Database):
    await publish(database, ConsentPurpose.PHONE)
    signed_in = await at_once(*(sign_in_with_phone(database) for _ in range(10)))
    assert len({each.member_id for each in signed_in}) == 1
    assert await count(database, Member) == 1


async def test_nothing_stored_of_a_phone_can_be_read(database: Database):
    await publish(database, ConsentPurpose.PHONE)
    await sign_in_with_phone(database)
    async with database.writes() as session:
        row = (await session.execute(text("SELECT member_phones::text FROM member_phones"))).one()
    assert "13800138000" not in row[0]
    assert b"13800138000".hex() not in row[0]
