"""The audit of the staff: silent on what is right; each invariant finds its fault."""

import asyncpg
import pytest

from domain.kernel.actors import Role
from domain.kernel.audit import violations
from domain.kernel.db import Database
from domain.staff.audit import INVARIANTS
from domain.staff.models import RecoveryCode, StaffMember
from tests import make
from tests.api.staff.desk import a_store, someone
from tests.make import NOON

FAULTS = {
    "staff.store_roles_have_stores": "DELETE FROM staff_stores",
    "staff.work_in_stores": "UPDATE places SET kind = 'warehouse'",
    "staff.an_owner_signs_in": "UPDATE staff SET password_hash = NULL WHERE role = 'owner'",
    "staff.recovery_codes_have_an_authenticator": "UPDATE staff SET totp_confirmed_at = NULL",
}


async def broken(database: Database) -> set[str]:
    """The names of the invariants that do not hold."""
    async with database.writes() as session:
        return {
            invariant.name
            for invariant in INVARIANTS
            if [row async for row in violations(session, invariant)]
        }


async def people(database: Database) -> None:
    """An owner with an authenticator, and a guide in a store."""
    owner = await someone(database)
    await someone(database, Role.GUIDE, await a_store(database))
    async with database.writes.begin() as session:
        row = await session.get_one(StaffMember, owner.id)
        row.totp_sealed, row.totp_confirmed_at = b"sealed", NOON
        session.add(RecoveryCode(digest=b"d" * 32, staff_id=owner.id, created_at=NOON))
        session.add(
            StaffMember(
                id=make.an_id(), login="new", name="新", role=Role.ENGINEER, created_at=NOON
            )
        )


async def test_staff_who_are_right_have_nothing_to_find(database: Database):
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
