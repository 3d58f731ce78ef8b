"""The audit of messages: silent on what is right; each invariant finds its fault."""

import asyncpg
import pytest

from domain.kernel.audit import violations
from domain.kernel.db import Database
from domain.messages.audit import INVARIANTS
from tests.domain.messages import post

FAULTS = {
    "messages.sent_has_a_permit": "UPDATE message_permits SET status = 'free', message_id = NULL, "
    "settled_at = NULL",
    "messages.used_permit_has_a_message": "UPDATE message_permits SET message_id = "
    "gen_random_uuid(), status = 'used', settled_at = now() WHERE status = 'free'",
    "messages.send_is_of_its_message": "UPDATE message_sends SET kind = 'order_closed'",
}


async def sent(database: Database) -> None:
    """A message on its way, another that had no permit, and a permit that is free."""
    first, second = await post.a_member(database), await post.a_member(database, "o-2")
    await post.permit(database, first, times=2)
    await post.told(database, [post.paid(first), post.paid(second)])
    await post.claimed(database)


async def broken(database: Database) -> set[str]:
    """The names of the invariants that do not hold."""
    async with database.writes() as session:
        return {
            each.name for each in INVARIANTS if [row async for row in violations(session, each)]
        }


async def test_messages_that_are_right_have_nothing_to_find(database: Database):
    await sent(database)
    assert await broken(database) == set()


def test_each_invariant_has_a_fault():
    assert set(FAULTS) == {invariant.name for invariant in INVARIANTS}


@pytest.mark.parametrize("name", FAULTS)
async def test_a_fault_is_found(
    database: Database, owner: "asyncpg.Connection[asyncpg.Record]", name: str
):
    await sent(database)
    await owner.execute(FAULTS[name])
    assert await broken(database) == {name}
