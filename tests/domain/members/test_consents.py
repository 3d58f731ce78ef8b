"""Consents: a journal of what was said to which text; the latest word stands."""

from uuid import UUID

import pytest

from domain.kernel.db import Database
from domain.kernel.errors import InvalidInput
from domain.kernel.language import Bilingual
from domain.members.actions.blocking import block_member
from domain.members.actions.consents import (
    Agreement,
    grant_consent,
    publish_text,
    withdraw_consent,
)
from domain.members.actions.profiles import edit_profile
from domain.members.errors import ConsentTextUnknown, MemberBlocked
from domain.members.models import ConsentEntry, ConsentText, Member, MemberPhone
from domain.members.words import Channel, ConsentAction, ConsentPurpose
from tests.domain.members.people import (
    AGREED,
    BY,
    PHONE,
    RANDOM,
    a_member,
    at_once,
    bind,
    broken,
    count,
    publish,
    rows,
    write,
)
from tests.make import NOON

MARKETING, PERSONALISATION = ConsentPurpose.MARKETING, ConsentPurpose.PERSONALISATION


async def grant(
    database: Database, member_id: UUID, purpose: ConsentPurpose, *, version: int = 1
) -> object:
    agreement = Agreement(version, Channel.MINI_PROGRAM, {"page": "settings"})
    return await write(
        database,
        lambda session: grant_consent(
            session, member_id, purpose, agreement=agreement, at=NOON, random=RANDOM
        ),
    )


async def withdraw(database: Database, member_id: UUID, purpose: ConsentPurpose) -> object:
    return await write(
        database,
        lambda session: withdraw_consent(
            session, member_id, purpose, channel=Channel.WEB, at=NOON, random=RANDOM
        ),
    )


async def said(database: Database) -> list[tuple[int, ConsentAction, int]]:
    """What was said, in the order of the numbers."""
    entries = sorted(await rows(database, ConsentEntry), key=lambda entry: entry.number)
    return [(each.number, each.action, each.text_version) for each in entries]


async def test_what_is_granted_and_withdrawn_stays_written(database: Database):
    await publish(database, MARKETING)
    member_id = await a_member(database)
    for _ in range(2):
        await grant(database, member_id, MARKETING)
    for _ in range(2):
        await withdraw(database, member_id, MARKETING)
    await publish(database, MARKETING)
    await grant(database, member_id, MARKETING, version=2)
    assert await said(database) == [
        (1, ConsentAction.GRANTED, 1),
        (2, ConsentAction.WITHDRAWN, 1),
        (3, ConsentAction.GRANTED, 2),
    ]
    entry = next(each for each in await rows(database, ConsentEntry) if each.number == 1)
    assert (entry.channel, entry.evidence) == (Channel.MINI_PROGRAM, {"page": "settings"})
    assert await broken(database) == set()


async def test_ten_who_grant_at_once_say_it_once(database: Database):
    await publish(database, MARKETING)
    member_id = await a_member(database)
    await at_once(*(grant(database, member_id, MARKETING) for _ in range(10)))
    assert await said(database) == [(1, ConsentAction.GRANTED, 1)]


async def test_nobody_agrees_to_a_text_that_does_not_stand(database: Database):
    member_id = await a_member(database)
    with pytest.raises(ConsentTextUnknown) as refused:
        await grant(database, member_id, MARKETING)
    assert refused.value.newest is None
    await publish(database, MARKETING, MARKETING)
    for version in (0, 1, 3):
        with pytest.raises(ConsentTextUnknown) as refused:
            await grant(database, member_id, MARKETING, version=version)
        assert refused.value.newest == 2
    assert await said(database) == []


async def test_without_the_consent_the_phone_is_forgotten(database: Database):
    await publish(database, ConsentPurpose.PHONE)
    member_id = await a_member(database)
    await bind(database, member_id)
    await withdraw(database, member_id, ConsentPurpose.PHONE)
    assert await count(database, MemberPhone) == 0
    await bind(database, member_id, PHONE, agreement=AGREED)
    assert [action for _, action, _ in await said(database)] == [
        ConsentAction.GRANTED,
        ConsentAction.WITHDRAWN,
        ConsentAction.GRANTED,
    ]
    assert await broken(database) == set()


async def test_personalisation_follows_its_consent(database: Database):
    await publish(database, PERSONALISATION)
    member_id = await a_member(database)
    await grant(database, member_id, PERSONALISATION)
    await withdraw(database, member_id, PERSONALISATION)
    (member,) = await rows(database, Member)
    assert (member.is_personalised, member.revision) == (False, 2)
    with pytest.raises(InvalidInput) as refused:
        await write(
            database,
            lambda session: edit_profile(session, member_id, {"is_personalised": True}),
        )
    assert [each.code for each in refused.value.problems] == ["consent_withdrawn"]
    await grant(database, member_id, PERSONALISATION)
    (member,) = await rows(database, Member)
    assert (member.is_personalised, member.revision) == (True, 3)


async def test_a_block_keeps_from_granting_and_not_from_what_withdraws(database: Database):
    await publish(database, MARKETING)
    member_id = await a_member(database)
    await grant(database, member_id, MARKETING)
    await write(
        database,
        lambda session: block_member(session, member_id, told="停用", reason="x", by=BY),
    )
    await withdraw(database, member_id, MARKETING)
    with pytest.raises(MemberBlocked):
        await grant(database, member_id, MARKETING)
    assert len(await said(database)) == 2


async def test_texts_are_numbered_by_purpose_also_when_published_at_once(database: Database):
    await at_once(*(publish(database, MARKETING) for _ in range(3)))
    await publish(database, PERSONALISATION)
    texts = await rows(database, ConsentText)
    assert [(each.purpose, each.version) for each in texts] == [
        (MARKETING, 1),
        (MARKETING, 2),
        (MARKETING, 3),
        (PERSONALISATION, 1),
    ]


async def test_a_text_that_says_nothing_or_too_much_is_refused(database: Database):
    with pytest.raises(InvalidInput) as refused:
        await write(
            database,
            lambda session: publish_text(
                session,
                MARKETING,
                Bilingual(" ", "x" * 121),
                body=Bilingual("x" * 20_001, ""),
                reason="",
                by=BY,
            ),
        )
    assert [(each.path, each.code) for each in refused.value.problems] == [
        ("title.zh", "missing"),
        ("title.en", "too_long"),
        ("body.zh", "too_long"),
        ("body.en", "missing"),
        ("reason", "missing"),
    ]
    assert await count(database, ConsentText) == 0
