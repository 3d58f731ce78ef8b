"""The audit of the members: silent on what is right; each invariant finds its fault."""

import asyncpg
import pytest

from domain.kernel.db import Database
from domain.members.actions.consents import grant_consent, withdraw_consent
from domain.members.audit import INVARIANTS
from domain.members.words import Channel, ConsentPurpose
from tests.domain.members.people import (
    AGREED,
    OTHER_APP,
    RANDOM,
    a_member,
    bind,
    broken,
    publish,
    sign_in,
    write,
)
from tests.make import NOON

FAULTS = {
    "members.phone_has_consent": "INSERT INTO consent_entries SELECT gen_random_uuid(), "
    "member_id, purpose, number + 1, text_version, 'withdrawn', channel, at, NULL "
    "FROM consent_entries WHERE purpose = 'phone'",
    "members.consent_entries_are_a_chain": "UPDATE consent_entries SET number = number + 1 "
    "WHERE purpose = 'personalisation' AND number = 2",
    "members.withdrawn_is_not_personalised": "UPDATE members SET is_personalised = true",
    "members.shared_unionid_is_asked_about": "DELETE FROM member_merge_requests",
}


async def people(database: Database) -> None:
    """One with a phone who withdrew a consent, and another who is the same person."""
    personalisation = ConsentPurpose.PERSONALISATION
    await publish(database, ConsentPurpose.PHONE, personalisation)
    member_id = await a_member(database)
    await bind(database, member_id)
    await write(
        database,
        lambda session: grant_consent(
            session, member_id, personalisation, agreement=AGREED, at=NOON, random=RANDOM
        ),
    )
    await write(
        database,
        lambda session: withdraw_consent(
            session, member_id, personalisation, channel=Channel.WEB, at=NOON, random=RANDOM
        ),
    )
    await sign_in(database, "p-1", app=OTHER_APP)
    await sign_in(database, "o-1", "u-1")
    await sign_in(database, "p-1", "u-1", app=OTHER_APP)


async def test_people_who_are_right_have_nothing_to_find(database: Database):
    assert await broken(database) == set()
    await people(database)
    assert await broken(database) == set()


def test_each_invariant_has_a_fault():
    assert set(FAULTS) == {invariant.name for invariant in INVARIANTS}


@pytest.mark.parametrize("name", FAULTS)
async def test_a_fault_is_found(
    database: Database, owner: "asyncpg.Connection[asyncpg.Record]", name: str
):
    await people(database)
    await owner.execute(FAULTS[name])
    assert await broken(database) == {name}
