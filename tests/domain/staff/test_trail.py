"""The audit trail: every change whole, in order, with a reason, and final."""

from collections import Counter
from random import Random

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from domain.kernel.actors import Role, Staff
from domain.kernel.db import Database
from domain.staff import actions
from domain.staff.actions import Change
from domain.staff.models import AuditEntry, StaffMember
from tests import make
from tests.make import NOON

LIN = Staff(make.an_id(), "林", Role.OPERATOR)
SUBJECT = make.an_id()


def a_change(number: int = 1, *, reason: str = "价签印错") -> Change:
    """A change of a price."""
    return Change("variant.edit", "variant", SUBJECT, {"price_fen": number}, None, reason=reason)


async def record(database: Database, random: Random, *changes: Change) -> None:
    """Record in a transaction of its own."""
    async with database.writes.begin() as session:
        await actions.record_all(session, LIN, changes, at=NOON, random=random)


async def entries(database: Database) -> list[AuditEntry]:
    """The trail in its order."""
    async with database.writes() as session:
        return list(await session.scalars(select(AuditEntry).order_by(AuditEntry.id)))


async def test_an_entry_says_who_when_what_and_why(database: Database, random: Random):
    change = Change(
        "variant.edit",
        "variant",
        SUBJECT,
        before=None,
        after={"price_fen": 2**53 - 1, "shelf": SUBJECT, "at": NOON, "titles": ["雾", None]},
        reason="价签印错",
    )
    async with database.writes.begin() as session:
        await actions.record(session, LIN, change, at=NOON, random=random)
    (entry,) = await entries(database)
    assert (entry.actor, entry.actor_name, entry.at) == (LIN.key, "林", NOON)
    assert (entry.action, entry.reason) == ("variant.edit", "价签印错")
    assert (entry.subject_kind, entry.subject_id) == ("variant", SUBJECT)
    assert entry.before is None
    assert entry.after == {
        "price_fen": 2**53 - 1,
        "shelf": str(SUBJECT),
        "at": "2026-11-11T04:00:00Z",
        "titles": ["雾", None],
    }
    async with database.writes() as session:
        nothing = "SELECT count(*) FROM audit_entries WHERE before IS NULL"
        assert await session.scalar(text(nothing)) == 1


@pytest.mark.parametrize("count", [1, 300])
async def test_many_changes_keep_their_order_and_cost_one_statement(
    database: Database, random: Random, count: int, count_statements: "Counter[str]"
):
    await record(database, random, *map(a_change, range(count)))
    assert count_statements == {"INSERT": 1}
    assert [entry.before for entry in await entries(database)] == [
        {"price_fen": number} for number in range(count)
    ]


async def test_no_change_costs_nothing(
    database: Database, random: Random, count_statements: "Counter[str]"
):
    await record(database, random)
    assert not count_statements


@pytest.mark.parametrize("reason", ["", " ", "\t\n"])
async def test_a_change_without_a_reason_is_impossible(
    database: Database, random: Random, reason: str
):
    with pytest.raises(IntegrityError, match="reason_is_given"):
        await record(database, random, a_change(), a_change(reason=reason))
    assert await entries(database) == []


@pytest.mark.parametrize("role", Role)
async def test_each_role_can_be_had_and_no_other(database: Database, role: Role):
    async with database.writes() as session:
        session.add(
            StaffMember(id=make.an_id(), login="lin", name="林", role=role, created_at=NOON)
        )
        await session.flush()
        with pytest.raises(IntegrityError, match="role_is_known"):
            await session.execute(text("UPDATE staff SET role = 'king'"))
