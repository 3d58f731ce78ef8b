"""People of the staff, and what they do through trusted documents, as the tests need it."""

from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select

from domain.kernel.actors import STORE_ROLES, Pad, Role, Staff
from domain.kernel.db import Database
from domain.kernel.ids import public_id
from domain.staff.credentials import hashed
from domain.staff.models import AuditEntry, StaffMember, StaffStore
from domain.stores.models import Place, PlaceKind
from tests import make
from tests.api.catalog.desk import a_request
from tests.api.members.desk import Caller
from tests.make import NOON

PASSWORD = "camellia by the lake"  # noqa: S105 - opens the malls of tests only
HASH = hashed(PASSWORD)
_RANDOM = Random(11)


async def a_store(database: Database, code: str = "ST-1") -> UUID:
    """A store."""
    async with database.writes.begin() as session:
        key = make.an_id()
        session.add(Place(id=key, code=code, kind=PlaceKind.STORE, title_zh="店", title_en="Store"))
    return key


async def someone(
    database: Database, role: Role = Role.OWNER, *stores: UUID, login: str | None = None
) -> Staff:
    """A member of the staff with a password, as they act in a browser."""
    key = make.an_id()
    name = login or f"{role.replace('_', '-')}.{key.hex[-6:]}"
    async with database.writes.begin() as session:
        await session.execute(
            insert(StaffMember).values(
                id=key, login=name, name=name, role=role, created_at=NOON, password_hash=HASH
            )
        )
        for store in stores:
            await session.execute(insert(StaffStore).values(staff_id=key, store_id=store))
    theirs = frozenset(stores) if role in STORE_ROLES else None
    return Staff(key, name, role, make.an_id(), theirs)


def at_pad(staff: Staff, pad_id: UUID, store: UUID) -> Staff:
    """The same person, signed in at a pad."""
    pad = Pad(pad_id, store, make.an_id())
    return Staff(staff.id, staff.name, staff.role, make.an_id(), staff.store_ids, pad)


def desk_of(database: Database, staff: Staff) -> Caller:
    """Somebody who runs trusted documents."""
    return Caller(database, staff, random=_RANDOM)


async def own(desk: Caller, mutation: str, **given: object) -> Any:
    """Change something about one's own account, with the right password unless one is given."""
    whole: dict[str, object] = {"requestId": a_request(), "currentPassword": PASSWORD, **given}
    return await desk.see(mutation, input=whole)


def id_of(staff: Staff) -> str:
    """Their public id."""
    return public_id("staff", staff.id)


async def row_of(database: Database, key: UUID) -> StaffMember:
    """An account as it is kept."""
    async with database.writes() as session:
        return await session.get_one(StaffMember, key)


async def trail(database: Database) -> list[AuditEntry]:
    """The trail in its order."""
    async with database.writes() as session:
        return list(await session.scalars(select(AuditEntry).order_by(AuditEntry.id)))
